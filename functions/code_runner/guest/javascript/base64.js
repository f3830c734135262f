// Bytes and base64, without a string of characters in between for each byte.
const PART = 0x6000; // a multiple of three, and few enough arguments

export function toBase64(bytes) {
  if (bytes.toBase64) return bytes.toBase64(); // a megabyte in 3 ms; the engine walks what is spread out one by one
  const parts = [];
  for (let place = 0; place < bytes.length; place += PART) {
    parts.push(btoa(String.fromCharCode.apply(null, bytes.subarray(place, place + PART))));
  }
  return parts.join("");
}

export function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
