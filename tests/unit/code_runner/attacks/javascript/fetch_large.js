// Answers that are too large, announced, without end, or once they are unpacked.
export default async function handler(event, context) {
  const found = {};
  for (const way of ["large", "endless", "bomb", "headers"]) {
    found[way] = await tried(async () => (await (await fetch("https://hooks.example.com/" + way)).arrayBuffer()).byteLength);
  }
  return found;
}
