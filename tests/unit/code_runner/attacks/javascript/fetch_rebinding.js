// A name whose first answer is public and whose second is this machine; one with both answers at a time.
export default async function handler(event, context) {
  const got = async (url) => (await fetch(url)).text();
  const found = { first: "refused: " + (await tried(() => got("https://rebind.example.com/"))) };
  for (let number = 0; number < 5; number++) {
    found["again " + number] = await tried(async () => needed((await got("https://rebind.example.com/close")) !== "ok"));
  }
  found.mixed = await tried(() => got("https://mixed.example.com/"));
  found.inner = await tried(() => got("https://inner.example.com/"));
  found.together = await tried(async () => needed((await Promise.allSettled([1, 2, 3, 4].map(() => got("https://inner.example.com/")))).filter((each) => each.status === "fulfilled")));
  return found;
}
