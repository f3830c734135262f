// Sorting by a comparison that does not end.
// ends: timeout
// timeout: 0.15
export default function handler(event, context) {
  return [2, 1].sort(() => { for (;;) {} });
}
