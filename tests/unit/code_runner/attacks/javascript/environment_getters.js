// Getters of the interpreter's own classes, asked of what is none of theirs: native code that takes the wrong object.
// ends: ok, crashed, failed
export default async function handler(event, context) {
  const found = {};
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const prototype = globalThis[name]?.prototype;
    if (!prototype || typeof prototype !== "object") continue;
    for (const [key, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const native = get ?? value;
      if (typeof native !== "function") continue;
      for (const self of [prototype, {}, 1, null, new Uint8Array(8)]) {
        let got;
        try { got = String(native.call(self, {}, [], -1)); } catch (error) { got = String(error); }
        if (got.includes("canary") || got.includes("pk_")) found[name + "." + key] = "got " + got;
      }
    }
  }
  return found;
}
