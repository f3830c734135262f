// An answer that says that only timers are left to wait for, again and again.
// ends: ok, failed, crashed, timeout
// timeout: 0.3
export default function handler(event, context) {
  JSON.stringify = () => "sleep 0";
  String.prototype.toString = String.prototype.valueOf = () => "sleep 0";
  Array.prototype.join = () => "sleep 0";
  return { any: "thing" };
}
