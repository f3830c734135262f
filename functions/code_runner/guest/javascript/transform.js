// A function's code is an ES module; the engine inside the component only runs scripts. Imports become look-ups, exports
// assignments, promises that nobody waits for are watched; every line stays where it was.
import { parse } from "acorn";
import { full } from "acorn-walk";
import { moduleWords } from "./scan.js";

const FILE = "function.js";
export const PARTS = "__exports,__imported,__import,__floating";

const LARGE = 24_000; // characters: parsing takes 18 ms for a thousand
const OPTIONS = { ecmaVersion: "latest", sourceType: "module", locations: true };

// {text, imports: [{module, name, line}], exported: Map of names to nodes, refused: problems}, or throws a SyntaxError.
// Of large code, bundles mostly, only what makes it a module is looked at: nobody watches over its promises.
export function transform(code) {
  const work = { code, edits: [], head: "", tail: "", imports: [], exported: new Map(), refused: [] };
  if (code.length > LARGE) inParts(work);
  else whole(work);
  const body = edited(code, work.edits);
  const text = `(async function(${PARTS}){"use strict";${work.head}${body}\n;${work.tail}})\n//# sourceURL=${FILE}`;
  return { text, imports: work.imports, exported: work.exported, refused: work.refused };
}

function whole(work) {
  const program = parse(work.code, OPTIONS);
  for (const statement of program.body) (STATEMENTS[statement.type] ?? (() => {}))(statement, work);
  full(program, (node) => (EXPRESSIONS[node.type] ?? (() => {}))(node, work));
}

const FROM = /import\s*(?:[^"'`;()=]*?\bfrom\s*)?("[^"\n]*"|'[^'\n]*')\s*;?|export\s*(?:\*[^"'`;()=]*?|\{[^}]*\}\s*)\bfrom\s*("[^"\n]*"|'[^'\n]*')\s*;?/y;
const NAMES = /export\s*\{([^}]*)\}\s*;?/y;
const DECLARED = /export\s+(default\s+)?(async\s+function\b\s*\*?|function\b\s*\*?|class\b|const\b|let\b|var\b)\s*(?!extends\b)([\w$]+)?/y;
const DEFAULT = /export\s+default\b/y;

function inParts(work) {
  for (const { start, kind } of moduleWords(work.code)) {
    const line = work.code.slice(0, start).split("\n").length;
    if (kind === "(") work.edits.push([start, start + "import".length, "__import"]);
    else if (kind === ".") work.refused.push({ message: "import.meta is not available in functions.", line });
    else statementAt(start, line, work);
  }
}

function statementAt(start, line, work) {
  const match = (expression) => {
    expression.lastIndex = start;
    return expression.exec(work.code);
  };
  let found = match(FROM);
  if (found) {
    const [node] = parse(found[0], OPTIONS).body;
    return STATEMENTS[node.type]({ ...node, start, end: start + found[0].length, loc: { start: { line } } }, work);
  }
  if ((found = match(NAMES))) {
    for (const each of found[1].split(",").map((text) => text.trim()).filter(Boolean)) {
      const [local, exported = local] = each.split(/\s+as\s+/);
      work.exported.set(exported.replace(/["']/g, ""), null);
      work.tail += `__exports[${JSON.stringify(exported.replace(/["']/g, ""))}]=${local};`;
    }
    return blank(start, start + found[0].length, work);
  }
  if ((found = match(DECLARED)) && (found[3] || (found[1] && !/^(const|let|var)/.test(found[2])))) {
    const name = found[3] ?? "__default";
    const end = start + found[0].length;
    work.edits.push([start, end, `${found[2]} ${name}${lines(work.code, start, end)}`]);
    work.exported.set(found[1] ? "default" : name, null);
    work.tail += `__exports.${found[1] ? "default" : name}=${name};`;
    return undefined;
  }
  if ((found = match(DEFAULT))) {
    work.exported.set("default", null);
    return work.edits.push([start, start + found[0].length, "__exports.default=" + lines(work.code, start, start + found[0].length)]);
  }
  throw Object.assign(new SyntaxError("An import or export that is not understood in large code: write export { … }."), { loc: { line } });
}

const STATEMENTS = {
  ImportDeclaration(node, work) {
    const module = node.source.value;
    const look = `__imported(${JSON.stringify(module)})`;
    const at = (name) => work.imports.push({ module, name, line: node.loc.start.line });
    at(null);
    for (const each of node.specifiers) {
      const name = each.type === "ImportDefaultSpecifier" ? "default" : each.imported && nameOf(each.imported);
      if (name) at(name);
      work.head += name ? `const ${each.local.name}=${look}[${JSON.stringify(name)}];` : `const ${each.local.name}=${look};`;
    }
    blank(node.start, node.end, work);
  },
  ExportDefaultDeclaration(node, work) {
    work.exported.set("default", node.declaration);
    if (node.declaration.id && /Declaration$/.test(node.declaration.type)) {
      blank(node.start, node.declaration.start, work);
      work.tail += `__exports.default=${node.declaration.id.name};`;
    } else {
      work.edits.push([node.start, node.declaration.start, "__exports.default=" + lines(work.code, node.start, node.declaration.start)]);
      work.edits.push([node.end, node.end, ";"]);
    }
  },
  ExportNamedDeclaration(node, work) {
    if (node.declaration) {
      blank(node.start, node.declaration.start, work);
      const bound = node.declaration.declarations?.flatMap((each) => namesOf(each.id)) ?? [node.declaration.id.name];
      for (const name of bound) {
        work.exported.set(name, node.declaration);
        work.tail += `__exports.${name}=${name};`;
      }
      return;
    }
    if (node.source) work.imports.push({ module: node.source.value, name: null, line: node.loc.start.line });
    for (const each of node.specifiers) {
      const from = node.source ? `__imported(${JSON.stringify(node.source.value)})[${JSON.stringify(nameOf(each.local))}]` : each.local.name;
      work.exported.set(nameOf(each.exported), null);
      work.tail += `__exports[${JSON.stringify(nameOf(each.exported))}]=${from};`;
    }
    blank(node.start, node.end, work);
  },
  ExportAllDeclaration(node, work) {
    work.imports.push({ module: node.source.value, name: null, line: node.loc.start.line });
    const module = `__imported(${JSON.stringify(node.source.value)})`;
    work.tail += node.exported
      ? `__exports[${JSON.stringify(nameOf(node.exported))}]=${module};`
      : `for(const n in ${module})if(n!=="default"&&!(n in __exports))__exports[n]=${module}[n];`;
    blank(node.start, node.end, work);
  },
};

const EXPRESSIONS = {
  ExpressionStatement(node, work) {
    const expression = node.expression;
    const type = expression.type === "UnaryExpression" && expression.operator === "void" ? "void" : expression.type;
    if (!["CallExpression", "NewExpression", "ImportExpression", "void"].includes(type)) return;
    const inner = type === "void" ? expression.argument : expression;
    work.edits.push([inner.start, inner.start, " __floating("]); // apart from the word before: `else(f)()`
    work.edits.push([inner.end, inner.end, ")"]);
  },
  ImportExpression(node, work) {
    work.edits.push([node.start, node.start + "import".length, "__import"]);
    if (node.source.type === "Literal") work.imports.push({ module: String(node.source.value), name: null, line: node.loc.start.line });
  },
  MetaProperty(node, work) {
    if (node.meta.name === "import") work.refused.push({ message: "import.meta is not available in functions.", line: node.loc.start.line });
  },
};

function nameOf(node) {
  return node.type === "Literal" ? node.value : node.name;
}

function namesOf(pattern) {
  if (!pattern) return [];
  if (pattern.type === "Identifier") return [pattern.name];
  if (pattern.type === "ObjectPattern") return pattern.properties.flatMap((each) => namesOf(each.value ?? each.argument));
  if (pattern.type === "ArrayPattern") return pattern.elements.flatMap(namesOf);
  return namesOf(pattern.left ?? pattern.argument);
}

const lines = (code, start, end) => code.slice(start, end).replace(/[^\n]+/g, "");

function blank(start, end, work) {
  work.edits.push([start, end, lines(work.code, start, end)]);
}

// Edits do not overlap; those at the same place keep their order.
function edited(code, edits) {
  const parts = [];
  let place = 0;
  edits.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  for (const [start, end, text] of edits) {
    parts.push(code.slice(place, start), text);
    place = Math.max(place, end);
  }
  return parts.join("") + code.slice(place);
}
