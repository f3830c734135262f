// Answers that are too large, announced, without end, or once they are unpacked.
// ends: ok, timeout
export default async function handler(event, context) {
  const found = {};
  for (const way of ["large", "endless", "bomb", "headers"]) {
    found[way] = await tried(async () => (await (await fetch("https://hooks.example.com/" + way)).arrayBuffer()).byteLength);
  }
  found.sent = await tried(async () => (await fetch("https://hooks.example.com/", { method: "POST", body: "x".repeat(5_100_000) })).status);
  return found;
}
