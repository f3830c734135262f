// JSON deeper than any stack, and larger than memory.
// ends: ok, crashed, failed, timeout
// timeout: 0.4
export default async function handler(event, context) {
  return {
    list: await endured(() => JSON.parse("[".repeat(5_000_000) + "]".repeat(5_000_000)).length),
    object: await tried(() => needed(JSON.stringify(JSON.parse('{"a":'.repeat(500_000) + "1" + "}".repeat(500_000))).length < 9)),
    large: await tried(() => JSON.stringify(new Array(30_000_000).fill("xxxxxxxxxxxxxxxx")).length),
  };
}
