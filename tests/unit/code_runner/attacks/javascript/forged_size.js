// A result of more bytes than an answer has.
// ends: failed, crashed
export default function handler(event, context) {
  return "x".repeat(5_000_000);
}
