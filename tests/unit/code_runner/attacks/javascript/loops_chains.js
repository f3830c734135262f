// A promise that grows by itself.
// ends: timeout
// timeout: 0.15
export default function handler(event, context) {
  const more = () => Promise.resolve().then(more);
  return more();
}
