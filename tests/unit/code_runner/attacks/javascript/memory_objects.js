// All memory in small objects, which the collector looks at again and again.
// ends: crashed, failed, timeout
// timeout: 0.4
export default function handler(event, context) {
  let kept = null;
  for (;;) kept = { kept, more: [1, 2, 3], text: String(Math.random()) };
}
