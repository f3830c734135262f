// Every object writes itself as something else, and every promise keeps something else.
// ends: ok, failed, crashed, timeout
// timeout: 0.5
export default async function handler(event, context) {
  Object.prototype.toJSON = String.prototype.toJSON = Number.prototype.toJSON = () => "forged";
  Object.prototype.status = "again";
  Object.prototype.again_s = Infinity;
  Object.prototype.failure = { kind: "k", message: "m" };
  Promise.prototype.then = function (kept) { kept({ status: "ok", result: "forged" }); return this; };
  Array.prototype[Symbol.iterator] = function* () { yield "forged"; };
  return { any: "thing" };
}
