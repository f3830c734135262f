// A pattern that needs all time there is.
// ends: timeout
// timeout: 0.15
export default function handler(event, context) {
  return /^(a+)+$/.test("a".repeat(64) + "b");
}
