// Texts and patterns of a size that a few letters ask for.
// ends: ok, crashed, failed, timeout
// timeout: 0.4
export default async function handler(event, context) {
  return {
    padded: await tried(() => "x".padEnd(2 ** 31, "y").length),
    replaced: await tried(() => "x".repeat(2 ** 20).replaceAll("x", "y".repeat(2 ** 20)).length),
    joined: await tried(() => new Array(2 ** 26).join("xxxxxxxxxxxxxxxxxxxx").length),
    digits: await tried(() => (2n ** 100_000_000n).toString().length),
    pattern: await tried(() => needed(new RegExp("(?:a{1000}){1000}".repeat(3000)).test("a"))),
    decoded: await tried(() => decodeURIComponent("%41".repeat(2 ** 28)).length),
  };
}
