// Marks in everything that lasts as long as the interpreter: globals, prototypes, functions, variables.
// ends: ok, failed, crashed
globalThis.kept = [];

export default async function handler(event, context) {
  const mark = "left-" + "behind";
  globalThis.mark = mark;
  globalThis.kept.push(mark);
  for (const kind of [Object, Array, String, Function, Promise, Number, RegExp, Date, Map, Error]) kind.prototype.mark = mark;
  process.env.MARK = process.env.AWS_MARK = mark;
  console.log = fetch.mark = () => mark;
  globalThis.fetch = () => mark;
  Math.random = Date.now = () => 4;
  const { default: shared } = await import("lodash").catch(() => ({ default: {} }));
  shared.mark = mark;
  Object.freeze(globalThis.JSON);
  throw new Error(mark);
}
