// Promises that make promises: the queue is never empty.
// ends: timeout
// timeout: 0.15
export default async function handler(event, context) {
  for (;;) await null;
}
