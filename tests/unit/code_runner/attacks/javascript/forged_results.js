// Results that are none: functions, symbols, large numbers, cycles, things that pretend to be promises.
// ends: ok, failed, timeout
// timeout: 0.5
export default function handler(event, context) {
  const cycle = {};
  cycle.self = cycle;
  return { then(kept) { kept({ then(again) { again({ cycle, big: 1n, symbol: Symbol("x"), call: () => 1 }); } }); } };
}
