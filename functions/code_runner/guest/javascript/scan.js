// Finds what makes large code a module without parsing the rest: tokens only, each by one regular expression.

const SKIPPED = /(?:\s+|\/\/[^\n]*|\/\*[^]*?\*\/)+/y;
const TOKEN = /[\w$\u0080-\uffff]+|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'|[{}()[\]`/;]|=>|\+\+|--|[^\w$\s"'`/{}()[\];\u0080-\uffff]/y;
const TEMPLATE = /(?:[^`\\$]|\\[^]|\$(?!\{))*(`|\$\{)/y;
const REGEXP = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;
const WORD = /^[\w$\u0080-\uffff]/;
const BEFORE_VALUE = new Set("return typeof case do else in instanceof new void delete throw yield await of default extends".split(" "));
const BEFORE_BLOCK = new Set(["", ")", ";", "{", "}", "=>", "else", "do", "try", "finally", "static"]);
const BEFORE_CONDITION = new Set(["if", "while", "for", "with"]);

// Where the statements import and export begin, and import(…) and import.meta: {start, word, kind: "statement" | "(" | "."}.
export function moduleWords(code) {
  const found = [];
  const open = []; // of each bracket: its kind, and the token before it
  let place = 0;
  let before = "";
  let value = false; // whether that token ended a value: then a slash divides
  const at = (expression) => {
    expression.lastIndex = place;
    const match = expression.exec(code);
    if (match) place = expression.lastIndex;
    return match;
  };
  const template = () => {
    const end = at(TEMPLATE);
    if (!end) throw new SyntaxError("A template has no end.");
    value = end[1] === "`";
    before = end[1];
    if (!value) open.push(["template", ""]);
  };
  for (at(SKIPPED); place < code.length; at(SKIPPED)) {
    const start = place;
    const token = at(TOKEN)?.[0];
    if (token === undefined) throw new SyntaxError("A text has no end.");
    if (token === "`") {
      template();
      continue;
    }
    if (token === "/") {
      place = start;
      const literal = !value && at(REGEXP);
      if (!literal) place = start + 1;
      value = Boolean(literal);
    } else if (token === "(" || token === "[" || token === "{") {
      const block = BEFORE_BLOCK.has(before) || (WORD.test(before) && !BEFORE_VALUE.has(before));
      open.push([token === "{" && block ? "block" : token, before]);
      value = false;
    } else if (token === ")" || token === "]" || token === "}") {
      const [kind, earlier] = open.pop() ?? ["", ""];
      if (kind === "template") {
        template();
        continue;
      }
      value = kind !== "block" && !(token === ")" && BEFORE_CONDITION.has(earlier));
    } else if (WORD.test(token)) {
      const name = before === "." || before === "?.";
      if (!name && (token === "import" || (token === "export" && open.length === 0))) {
        const kind = token === "import" ? (/\s*([(.])?/y.exec(code.slice(place, place + 200))[1] ?? "statement") : "statement";
        if (kind !== "statement" || open.length === 0) found.push({ start, word: token, kind });
      }
      value = name || !BEFORE_VALUE.has(token);
    } else value = (token === "++" || token === "--") && value || token[0] === '"' || token[0] === "'";
    before = token;
  }
  return found;
}
