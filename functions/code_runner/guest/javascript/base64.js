// Bytes and base64, without a string of characters in between for each byte.
const PART = 0x6000; // a multiple of three, and few enough arguments

export function toBase64(bytes) {
  const parts = [];
  for (let place = 0; place < bytes.length; place += PART) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(place, place + PART))));
  }
  return parts.join("");
}

export function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
