// A promise that is never kept, and a timer in a thousand years.
// ends: timeout, failed
// timeout: 0.15
export default function handler(event, context) {
  return new Promise((kept) => setTimeout(kept, 2 ** 31 - 1));
}
