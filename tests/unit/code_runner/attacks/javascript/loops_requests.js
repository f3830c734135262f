// Requests without end, each refused.
// ends: timeout
// timeout: 0.15
export default async function handler(event, context) {
  for (;;) {
    try { await fetch("https://127.0.0.1/"); } catch {}
  }
}
