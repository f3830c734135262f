// Log lines without end.
// ends: timeout
// timeout: 0.15
export default function handler(event, context) {
  for (;;) console.log("x");
}
