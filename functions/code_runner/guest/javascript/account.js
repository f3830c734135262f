// The account's own API, from inside a function: import account from "account" (or "klaviyo"). It needs no key.
import { send } from "./web.js";

const REVISION = "2026-10-15";
const ATTRIBUTES = ["email", "phone_number", "external_id", "first_name", "last_name", "organization", "locale", "title", "image", "location"];

// Throw it to have this event brought again, after so many seconds if you say so: new Retry("busy", { after_s: 30 }).
export class Retry extends Error {
  constructor(message = "The function asked to be tried again.", { after_s = null } = {}) {
    super(message);
    this.name = "Retry";
    this.after_s = after_s === null || !(Number(after_s) >= 0) ? null : Number(after_s);
  }
}

// An answer of 400 or more. `errors`: the documents that say why; `retry_after_s` if the answer had it.
export class ApiError extends Error {
  constructor(status, errors, retryAfter) {
    const said = errors.map((error) => error.detail ?? error.title).join("; ");
    super(said ? `${status}: ${said}` : String(status));
    this.name = "ApiError";
    this.status = status;
    this.errors = errors;
    this.retry_after_s = retryAfter;
  }
}

function parsed(bytes) {
  try {
    return bytes.length ? JSON.parse(new TextDecoder().decode(bytes)) : null;
  } catch {
    return null;
  }
}

// The parsed answer, or null if it has no body.
export async function request(method, path, body, params, revision = REVISION) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params ?? {})) {
    if (value !== null && value !== undefined) query.append(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  const headers = [["accept", "application/vnd.api+json"], ["revision", revision]];
  if (body !== undefined) headers.push(["content-type", "application/vnd.api+json"]);
  const answer = send({
    method,
    url: query.size ? `${path}${path.includes("?") ? "&" : "?"}${query}` : path,
    headers,
    body: body === undefined ? null : new TextEncoder().encode(JSON.stringify(body)),
    platform: true,
  });
  const document = parsed(answer.body);
  if (answer.status < 400) return document;
  const wait = answer.headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1];
  throw new ApiError(answer.status, document?.errors ?? [], wait === undefined ? null : Number(wait));
}

export const get = (path, params) => request("GET", path, undefined, params);
export const post = (path, body) => request("POST", path, body);
export const patch = (path, body) => request("PATCH", path, body);
const remove = (path, body) => request("DELETE", path, body);
export { remove as delete };

const part = (text) => encodeURIComponent(String(text));
const data = async (answer) => (await answer).data;

// A profile's document; what is no field of profiles goes into its properties.
function profileOf(fields) {
  const { id, properties, ...others } = fields;
  const attributes = {};
  const own = { ...properties };
  for (const [name, value] of Object.entries(others)) (ATTRIBUTES.includes(name) ? attributes : own)[name] = value;
  if (Object.keys(own).length) attributes.properties = own;
  return { type: "profile", ...(id === undefined ? {} : { id }), attributes };
}

export const events = {
  // An event of the profile that is named by email, id, phone_number or external_id.
  async create(metric, { properties = {}, value, value_currency, time, unique_id, ...profile }) {
    const attributes = {
      metric: { data: { type: "metric", attributes: { name: metric } } },
      profile: { data: profileOf(profile) },
      properties, value, value_currency, time, unique_id,
    };
    await post("/api/events", { data: { type: "event", attributes } });
  },
  get: (id) => data(get(`/api/events/${part(id)}`)),
};

export const profiles = {
  get: (id) => data(get(`/api/profiles/${part(id)}`)),
  // The profile with this email, phone_number or external_id, or null.
  async find(by) {
    const [[field, value]] = Object.entries(by);
    const found = await data(get("/api/profiles", { filter: `equals(${field},${JSON.stringify(value)})` }));
    return found[0] ?? null;
  },
  upsert: (fields) => data(post("/api/profile-import", { data: profileOf(fields) })),
  update: (id, fields) => data(patch(`/api/profiles/${part(id)}`, { data: profileOf({ ...fields, id }) })),
};

const members = (list) => `/api/lists/${part(list)}/relationships/profiles`;
const named = (ids) => ({ data: ids.map((id) => ({ type: "profile", id })) });

export const lists = {
  add: (list, ids) => post(members(list), named(ids)),
  remove: (list, ids) => remove(members(list), named(ids)),
};

export default { request, get, post, patch, delete: remove, events, profiles, lists, Retry, ApiError };
