// Timers that set timers.
// ends: timeout
// timeout: 0.15
export default function handler(event, context) {
  return new Promise(() => { const more = () => setTimeout(more, 0); more(); });
}
