// All memory, piece by piece.
// ends: crashed, failed
export default function handler(event, context) {
  const kept = [];
  for (;;) kept.push(new Uint8Array(1 << 23));
}
