// Promises that nobody waits for: when one of them is rejected, the call has failed.
let rejected = null;

export function floating(value) {
  if (value instanceof Promise) {
    value.then(undefined, (reason) => {
      rejected ??= { reason };
    });
  }
  return value;
}

export function install() {
  const native = globalThis.queueMicrotask;
  globalThis.queueMicrotask = (work) =>
    native(() => {
      try {
        floating(work());
      } catch (reason) {
        rejected ??= { reason };
      }
    });
}

export function takeRejected() {
  const found = rejected;
  rejected = null;
  return found;
}
