// Random numbers: the component's image is the same for everybody, so every instance is seeded from outside.
import { randomBytes } from "./host.js";

const MOST = 65536;
let state = [1, 2, 3, 4];

// xoshiro128**: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018.
function next() {
  const product = Math.imul(state[1], 5);
  const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
  const shifted = state[1] << 9;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= shifted;
  state[3] = (state[3] << 11) | (state[3] >>> 21);
  return result;
}

// `seed`: 64 hexadecimal digits.
export function start(seed) {
  state = [0, 1, 2, 3].map((part) => parseInt(seed.slice(8 * part, 8 * part + 8), 16) | (part === 0 ? 1 : 0));
}

function getRandomValues(array) {
  if (!ArrayBuffer.isView(array)) throw new TypeError("getRandomValues takes an array of integers");
  if (array.byteLength > MOST) throw new DOMException(`More than ${MOST} bytes.`, "QuotaExceededError");
  randomBytes(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return array;
}

function randomUUID() {
  const bytes = getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// The engine's own chance is in the image too: what needs it below JavaScript is not to be had.
const WITHOUT_CHANCE = ["HMAC", "RSASSA-PKCS1-V1_5"];

function nameOf(algorithm) {
  return String(typeof algorithm === "string" ? algorithm : algorithm?.name).toUpperCase();
}

function unsupported(what) {
  return Promise.reject(new DOMException(`${what} is not available in functions.`, "NotSupportedError"));
}

export function install() {
  Math.random = () => (next() >>> 5) / 2 ** 27 + (next() >>> 6) / 2 ** 53;
  const native = crypto.subtle;
  const sign = native.sign.bind(native);
  native.sign = (algorithm, key, data) =>
    WITHOUT_CHANCE.includes(nameOf(algorithm)) ? sign(algorithm, key, data) : unsupported(`Signing with ${nameOf(algorithm)}`);
  native.generateKey = (algorithm, extractable, usages) => {
    if (nameOf(algorithm) !== "HMAC") return unsupported(`Making a key for ${nameOf(algorithm)}`);
    const hash = typeof algorithm.hash === "string" ? algorithm.hash : algorithm.hash?.name;
    const long = /384|512/.test(hash) ? 128 : 64;
    const bytes = getRandomValues(new Uint8Array(algorithm.length ? algorithm.length / 8 : long));
    return native.importKey("raw", bytes, { name: "HMAC", hash }, extractable, usages);
  };
  Object.defineProperty(crypto, "getRandomValues", { value: getRandomValues, writable: true, configurable: true });
  Object.defineProperty(crypto, "randomUUID", { value: randomUUID, writable: true, configurable: true });
}
