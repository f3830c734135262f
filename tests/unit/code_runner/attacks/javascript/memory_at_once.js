// More memory at once than there is.
// ends: ok, crashed, failed, timeout
// timeout: 0.4
export default async function handler(event, context) {
  return {
    buffer: await tried(() => new ArrayBuffer(2 ** 40).byteLength),
    gigabytes: await tried(() => new Uint8Array(3 * 2 ** 30).length),
    shared: await tried(() => new SharedArrayBuffer(2 ** 33).byteLength),
    text: await tried(() => "x".repeat(2 ** 30).length),
    doubled: await tried(() => { let text = "x"; for (;;) text += text; }),
    filled: await tried(() => new Array(2 ** 31).fill(0).length),
    wasm: await tried(() => new WebAssembly.Memory({ initial: 65536 }).buffer.byteLength),
    number: await tried(() => (1n << (1n << 34n)).toString().length),
  };
}
