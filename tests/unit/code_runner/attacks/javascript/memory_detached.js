// Memory behind a view whose buffer has shrunk or gone.
// ends: ok, crashed, failed
export default async function handler(event, context) {
  const seen = (view) => needed(view.some((each) => each !== 0));
  return {
    moved: await tried(() => { const view = new Uint8Array(1000); view.buffer.transfer(); return seen(view); }),
    sorted: await tried(() => { const buffer = new ArrayBuffer(8000, { maxByteLength: 8000 }); const view = new Float64Array(buffer); view.sort(() => { buffer.resize(0); return 1; }); return seen(view); }),
    copied: await tried(() => { const buffer = new ArrayBuffer(8000, { maxByteLength: 8000 }); const view = new Uint8Array(buffer); return seen(view.subarray({ valueOf() { buffer.resize(8); return 0; } }, 8000)); }),
    beyond: await tried(() => { const view = new DataView(new ArrayBuffer(8)); return view.getUint8(2 ** 31) || view.getUint8(-1); }),
    species: await tried(() => { const one = [1.1]; one.constructor = { [Symbol.species]: function () { return new Uint8Array(0); } }; return needed(one.concat([1, 2, 3]).length > 3); }),
  };
}
