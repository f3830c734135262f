// Writers of JSON that write something else.
// ends: ok, failed, crashed, timeout
// timeout: 0.5
export default function handler(event, context) {
  JSON.stringify = () => '{"status": "ok", "result": "forged"}, {"status": "ok"}';
  JSON.parse = () => ({});
  globalThis.JSON = null;
  return { any: "thing" };
}
