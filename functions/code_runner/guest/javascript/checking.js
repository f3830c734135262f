// Looks at a function's code before it is kept: it is read, nothing of it runs.
import { whyNot, whyNotName } from "./modules.js";
import { transform } from "./transform.js";

const MISSING = "The code has no handler: write export default async function handler(event, context).";
const FUNCTIONS = ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"];

// {message, line} each, in the order of the lines.
export function problems(code) {
  let read;
  try {
    read = transform(code);
    (0, eval)(read.text); // an expression: a function that is not called
  } catch (error) {
    return [unreadable(error)];
  }
  const found = [...read.refused, ...imports(read.imports), ...handler(read.exported)];
  return found.sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
}

function unreadable(error) {
  if (error instanceof SyntaxError) {
    return { message: `SyntaxError: ${error.message.replace(/ \(\d+:\d+\)$/, "")}.`, line: error.loc?.line ?? error.lineNumber ?? null };
  }
  return { message: error === "out of memory" ? "The code is too large to be read." : "The code is nested too deeply.", line: null };
}

function* imports(wanted) {
  for (const { module, name, line } of wanted) {
    const reason = whyNot(module);
    if (reason && name === null) yield { message: reason, line };
    const missing = !reason && name !== null && whyNotName(module, name);
    if (missing) yield { message: missing, line };
  }
}

function* handler(exported) {
  const name = exported.has("default") ? "default" : "handler";
  const node = exported.get(name);
  if (!exported.has(name)) yield { message: MISSING, line: null };
  else if (node && FUNCTIONS.includes(node.type) && required(node) > 2) {
    yield { message: "handler is called with two arguments: handler(event, context).", line: node.loc.start.line };
  } else if (node && ["ClassDeclaration", "ClassExpression", "Literal", "ObjectExpression", "ArrayExpression"].includes(node.type)) {
    yield { message: "What the code exports is no function: write export default async function handler(event, context).", line: node.loc.start.line };
  }
}

const required = (node) => node.params.filter((each) => each.type !== "AssignmentPattern" && each.type !== "RestElement").length;
