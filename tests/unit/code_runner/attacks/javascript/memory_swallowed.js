// All memory, again each time that it is refused.
// ends: crashed, failed, timeout
// timeout: 0.4
export default async function handler(event, context) {
  const kept = [];
  for (;;) {
    try { kept.push("x".repeat(1 << 22) + kept.length); kept.push(new ArrayBuffer(1 << 22)); } catch {}
  }
}
