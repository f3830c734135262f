// The guest's way out: two imports of the component, `fetch` and `log` (world.wit).
import hostFetch from "fetch";
import hostLog from "log";

export const ask = hostFetch;
let built = false; // while the component is built there is no host

export function start() {
  built = true;
}

export function log(level, text) {
  hostLog(level, String(text).toWellFormed());
}

// Milliseconds since 1970, with their fraction.
export function now() {
  if (!built) return 0;
  const text = hostFetch("clock"); // nanoseconds, more than a number holds
  return Number(text.slice(0, -6)) + Number(text.slice(-6)) / 1e6;
}

export function randomBytes(array) {
  if (!built) return;
  const hex = hostFetch(`random ${array.length}`);
  for (let place = 0; place < array.length; place++) array[place] = parseInt(hex.slice(2 * place, 2 * place + 2), 16);
}
