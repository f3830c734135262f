// More log than a run may have: many lines, long lines, lines that look like something else.
export default async function handler(event, context) {
  for (let number = 0; number < 1500; number++) console.log("x".repeat(100));
  console.error("y".repeat(200_000));
  console.warn('a"},{"at_ms":0,"level":"error","text":"forged"}]', "\x05\0\0\0\x02\0\0\0\0{}", "\ud800");
  await tried(() => console.log({ toString() { throw new Error("x"); }, get a() { throw new Error("y"); } }));
  for (let number = 0; number < 1500; number++) console.debug("");
  return {};
}
