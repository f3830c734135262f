// console.* becomes lines of the function's log.
import { log } from "./host.js";

const DEPTH = 4;

export function shown(value, depth = 0, seen = []) {
  if (typeof value === "string") return depth ? JSON.stringify(value) : value;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `[Function: ${value.name || "anonymous"}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Error) return value.stack ? `${value.name}: ${value.message}\n${value.stack}`.trimEnd() : String(value);
  if (value instanceof Date) return isNaN(value) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp || value instanceof URL) return String(value);
  if (value instanceof Promise) return "Promise";
  if (seen.includes(value)) return "[Circular]";
  if (depth >= DEPTH) return Array.isArray(value) ? "[Array]" : "[Object]";
  const inner = (each) => shown(each, depth + 1, [...seen, value]);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return `[ ${Array.from(value, inner).join(", ")} ]`;
  if (value instanceof Set) return `Set { ${[...value].map(inner).join(", ")} }`;
  if (value instanceof Map) return `Map { ${[...value].map(([key, each]) => `${inner(key)} => ${inner(each)}`).join(", ")} }`;
  const name = value.constructor?.name;
  const fields = Object.entries(value).map(([key, each]) => `${key}: ${inner(each)}`);
  return `${name && name !== "Object" ? `${name} ` : ""}{ ${fields.join(", ")} }`;
}

function formatted(given) {
  if (typeof given[0] !== "string" || !given[0].includes("%")) return given.map((each) => shown(each)).join(" ");
  const rest = given.slice(1);
  const text = given[0].replace(/%[sdifjoO%]/g, (mark) => {
    if (mark === "%%") return "%";
    if (!rest.length) return mark;
    const value = rest.shift();
    if (mark === "%d" || mark === "%f") return String(Number(value));
    if (mark === "%i") return String(Math.trunc(Number(value)));
    return mark === "%j" ? JSON.stringify(value) : shown(value);
  });
  return [text, ...rest.map((each) => shown(each))].join(" ");
}

export function install() {
  const counts = {};
  const line = (level) => (...given) => log(level, formatted(given));
  const console = { debug: line("debug"), trace: line("debug"), log: line("info"), info: line("info"), warn: line("warning"), error: line("error") };
  Object.assign(console, {
    dir: console.log,
    table: console.log,
    assert: (fine, ...given) => fine || console.error("Assertion failed:", ...given),
    count: (name = "default") => console.log(`${name}: ${(counts[name] = (counts[name] ?? 0) + 1)}`),
    group: console.log,
    groupEnd() {},
    time() {},
    timeEnd() {},
    timeLog() {},
  });
  Object.defineProperty(globalThis, "console", { value: console, writable: true, configurable: true });
}
