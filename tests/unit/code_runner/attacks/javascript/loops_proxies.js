// A result that answers every question with another.
// ends: timeout, crashed, failed
// timeout: 0.15
export default function handler(event, context) {
  const endless = new Proxy({}, { ownKeys: () => { for (;;) {} }, get: () => endless });
  return endless;
}
