// Output and clocks replaced by what is none, for whoever writes the answer.
// ends: ok, failed, crashed
export default async function handler(event, context) {
  globalThis.console = null;
  globalThis.setTimeout = globalThis.Promise = globalThis.queueMicrotask = globalThis.fetch = () => { throw new Error("forged"); };
  globalThis.Error = globalThis.String = globalThis.Object = undefined;
  return { any: "thing" };
}
