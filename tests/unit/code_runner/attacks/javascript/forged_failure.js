// An error that lies about itself, has no text or too much of it, or is none.
// ends: failed, crashed
export default function handler(event, context) {
  const fault = new Error("a".repeat(1_000_000));
  Object.defineProperty(fault, "name", { get() { throw fault; } });
  Object.defineProperty(fault, "stack", { get() { throw fault; } });
  Object.defineProperty(fault, "message", { get() { throw fault; } });
  fault.toString = () => { throw fault; };
  throw fault;
}
