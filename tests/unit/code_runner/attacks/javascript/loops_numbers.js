// A power of more digits than there is time for.
// ends: timeout
// timeout: 0.15
export default function handler(event, context) {
  let value = 3n ** 300000n;
  for (;;) value = (value * value) % (7n ** 300000n);
}
