// Depth within the interpreter's own functions: writing, comparing, joining, parsing, matching.
// ends: ok, crashed, failed
export default async function handler(event, context) {
  let nested = [];
  for (let i = 0; i < 1_000_000; i++) nested = [nested];
  let chain = {};
  for (let i = 0; i < 500_000; i++) chain = Object.create(chain);
  const turning = { toString() { return String(this); } };
  return {
    json: await endured(() => JSON.stringify(nested).length),
    join: await tried(() => needed(String(nested))),
    flat: await tried(() => needed(nested.flat(Infinity))),
    text: await tried(() => String(turning)),
    chain: await tried(() => needed(chain.missing)),
    proxy: await tried(() => { let proxy = {}; for (let i = 0; i < 200_000; i++) proxy = new Proxy(proxy, {}); return needed(proxy.missing); }),
    parsed: await tried(() => needed(eval("(".repeat(200_000) + "0" + ")".repeat(200_000)))),
    pattern: await tried(() => needed(new RegExp("(".repeat(100_000) + ")".repeat(100_000)).exec("x")[0])),
    sum: await tried(() => needed(eval("-".repeat(3).split("").join(" ").repeat(100_000) + "0"))),
  };
}
