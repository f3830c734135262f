// A result of more bytes than an answer has.
// ends: failed, crashed
export default function handler(event, context) {
  return "x".repeat(2_000_000);
}
