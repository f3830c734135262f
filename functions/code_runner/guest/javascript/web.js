// `fetch` over the host's; Request, Response and Headers are the engine's own.
import { ask } from "./host.js";
import { fromBase64, toBase64 } from "./base64.js";

const NativeRequest = globalThis.Request;
const REDIRECTS = 5;
const NO_BODY = [101, 204, 205, 304];
const OF_THE_WIRE = ["content-encoding", "content-length", "transfer-encoding"]; // true of what came, not of what is handed on

export class FetchError extends TypeError {
  constructor(message, kind) {
    super(message);
    this.name = "FetchError";
    this.kind = kind; // forbidden, limit or unreachable
  }
}

// One request to its whole answer: {status, headers, body, url}. `platform`: `url` is a path of the account's own API.
export function send({ method, url, headers, body = null, timeout_s = null, redirects = 0, platform = false }) {
  const request = { method, url, headers, body: body && toBase64(body), timeout_s, redirects, platform };
  const answer = JSON.parse(ask(JSON.stringify(request).toWellFormed()));
  if ("error" in answer) throw new FetchError(String(answer.error), String(answer.kind));
  const kept = answer.headers.filter(([name]) => !OF_THE_WIRE.includes(name.toLowerCase()));
  return { status: answer.status, headers: kept, body: fromBase64(answer.body), url: answer.url };
}

// FormData is not read by the engine without a file system of its own: as multipart/form-data, by hand.
async function multipart(form) {
  const boundary = `form-${crypto.randomUUID()}`;
  const quoted = (text) => text.replace(/["\r\n]/g, encodeURIComponent);
  const parts = [];
  for (const [name, value] of form) {
    const file = typeof value === "string" ? "" : `; filename="${quoted(value.name)}"\r\nContent-Type: ${value.type || "application/octet-stream"}`;
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"${file}\r\n\r\n`);
    parts.push(typeof value === "string" ? value : new Uint8Array(await value.arrayBuffer()), "\r\n");
  }
  parts.push(`--${boundary}--\r\n`);
  const bytes = parts.map((part) => (typeof part === "string" ? new TextEncoder().encode(part) : part));
  const whole = new Uint8Array(bytes.reduce((total, part) => total + part.length, 0));
  bytes.reduce((place, part) => (whole.set(part, place), place + part.length), 0);
  return { body: whole, kind: `multipart/form-data; boundary=${boundary}` };
}

// `init` with a body that the engine can read without waiting for itself.
async function simple(init) {
  if (init.body instanceof FormData) {
    const { body, kind } = await multipart(init.body);
    return { ...init, body, headers: [...new Headers(init.headers), ["content-type", kind]] };
  }
  if (init.body instanceof Blob) {
    const headers = new Headers(init.headers);
    if (init.body.type && !headers.has("content-type")) headers.set("content-type", init.body.type);
    return { ...init, body: new Uint8Array(await init.body.arrayBuffer()), headers };
  }
  return init;
}

async function fetch(input, init = {}) {
  const request = new NativeRequest(input, await simple(init));
  const signal = init?.signal ?? input?.signal;
  if (signal?.aborted) throw signal.reason;
  const mode = init?.redirect ?? "follow";
  const body = ["GET", "HEAD"].includes(request.method) ? null : new Uint8Array(await request.arrayBuffer());
  const answer = send({
    method: request.method,
    url: request.url,
    headers: [...request.headers],
    body: body?.length ? body : null,
    redirects: mode === "follow" ? REDIRECTS : 0,
  });
  if (mode === "error" && answer.status >= 300 && answer.status < 400) throw new FetchError("The answer is a redirect.", "unreachable");
  const response = new Response(NO_BODY.includes(answer.status) ? null : answer.body, {
    status: answer.status,
    headers: answer.headers,
  });
  Object.defineProperty(response, "url", { value: answer.url });
  Object.defineProperty(response, "redirected", { value: answer.url !== request.url });
  return response;
}

export function install() {
  Object.defineProperty(globalThis, "fetch", { value: fetch, writable: true, configurable: true });
}
