// Text that timers and handlers evaluate, and functions that make code from it.
export default async function handler(event, context) {
  return {
    timer: await tried(() => new Promise((kept, failed) => { globalThis.kept = kept; setTimeout("globalThis.kept('evaluated')", 0); setTimeout(() => failed(new Error("not evaluated")), 30); })),
    script: await tried(() => importScripts("data:text/javascript,1")),
    reflected: await tried(() => needed(Reflect.construct(Function, ["return this.process?.versions?.node"])())),
  };
}
