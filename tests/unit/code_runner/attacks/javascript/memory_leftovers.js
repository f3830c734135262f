// What an account before left in memory: new memory, resized buffers, references to what was collected.
// ends: ok, crashed, failed
export default async function handler(event, context) {
  const holds = (bytes) => Array.from("left-behind").some((letter) => bytes.includes(letter.charCodeAt(0)));
  return {
    fresh: await tried(() => needed(holds(new Uint8Array(8_000_000)))),
    resized: await tried(() => { const buffer = new ArrayBuffer(8, { maxByteLength: 4_000_000 }); buffer.resize(4_000_000); return needed(holds(new Uint8Array(buffer))); }),
    moved: await tried(() => needed(holds(new Uint8Array(new ArrayBuffer(8).transfer(4_000_000))))),
    unsafe: await tried(() => needed(holds(Buffer.allocUnsafe(4_000_000)))),
  };
}
