// Reading the same JSON for ever.
// ends: timeout
// timeout: 0.15
export default function handler(event, context) {
  const text = JSON.stringify(new Array(100000).fill(1));
  for (;;) JSON.parse(text);
}
