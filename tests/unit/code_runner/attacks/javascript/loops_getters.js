// A result whose properties have no end.
// ends: timeout, crashed, failed
// timeout: 0.15
export default function handler(event, context) {
  const endless = () => ({ get a() { return endless(); }, toJSON() { for (;;) {} } });
  return endless();
}
