// Work put off until the call is over: timers, promises, what is told of collected objects.
// ends: ok, failed, crashed, timeout
// timeout: 0.5
export default function handler(event, context) {
  const late = () => { console.log("left-" + "behind"); globalThis.mark = "left-" + "behind"; };
  setTimeout(late, 100);
  try { setInterval(late, 50); } catch {}
  try { new FinalizationRegistry(late).register({}, 1); } catch {}
  try { queueMicrotask(late); } catch {}
  new Promise(() => {}).finally(late);
  return {};
}
