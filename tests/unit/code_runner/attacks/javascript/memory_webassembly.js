// Machine code of one's own, within the interpreter.
// native: compiled
export default async function handler(event, context) {
  const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  return {
    compiled: await tried(() => needed(new WebAssembly.Module(bytes))),
    instance: await tried(async () => needed(await WebAssembly.instantiate(bytes))),
    memory: await tried(() => needed(new WebAssembly.Memory({ initial: 1 }))),
  };
}
