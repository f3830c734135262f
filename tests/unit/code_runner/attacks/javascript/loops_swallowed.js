// A loop that takes every interruption for an error and goes on.
// ends: timeout
// timeout: 0.15
export default function handler(event, context) {
  for (;;) {
    try { for (;;) {} } catch { continue; } finally { continue; }
  }
}
