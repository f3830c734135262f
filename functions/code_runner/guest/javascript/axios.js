// axios over the host's fetch: its own interface, with an adapter in place of XMLHttpRequest.
import axios from "axios";
import settle from "axios/unsafe/core/settle.js";
import buildFullPath from "axios/unsafe/core/buildFullPath.js";
import { send } from "./web.js";

async function bytesOf(body) {
  if (body === undefined || body === null) return null;
  return new Uint8Array(await new Response(body).arrayBuffer());
}

function bodyOf(bytes, kind) {
  if (kind === "arraybuffer") return bytes.buffer;
  return kind === "blob" ? new Blob([bytes]) : new TextDecoder().decode(bytes); // JSON is read by axios itself
}

async function adapter(config) {
  const url = axios.getUri({ ...config, baseURL: undefined, url: buildFullPath(config.baseURL, config.url) });
  const headers = config.headers.normalize();
  if (config.auth) headers.set("Authorization", `Basic ${btoa(`${config.auth.username}:${config.auth.password ?? ""}`)}`);
  let answer;
  try {
    answer = send({
      method: config.method.toUpperCase(),
      url,
      headers: Object.entries(headers.toJSON(true)).map(([name, value]) => [name, String(value)]),
      body: await bytesOf(config.data),
      timeout_s: config.timeout ? config.timeout / 1000 : null,
      redirects: config.maxRedirects ?? 5,
    });
  } catch (error) {
    throw new axios.AxiosError(error.message, axios.AxiosError.ERR_NETWORK, config);
  }
  const response = {
    status: answer.status, statusText: "", config, request: { responseURL: answer.url },
    data: bodyOf(answer.body, config.responseType), headers: axios.AxiosHeaders.from(Object.fromEntries(answer.headers)),
  };
  return new Promise((resolve, reject) => settle(resolve, reject, response));
}

axios.defaults.adapter = adapter;

export default axios;
