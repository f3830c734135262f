// What a function can import.
import lodash from "lodash";
import dayjs from "dayjs";
import advancedFormat from "dayjs/plugin/advancedFormat.js";
import customParseFormat from "dayjs/plugin/customParseFormat.js";
import duration from "dayjs/plugin/duration.js";
import isBetween from "dayjs/plugin/isBetween.js";
import isoWeek from "dayjs/plugin/isoWeek.js";
import relativeTime from "dayjs/plugin/relativeTime.js";
import utc from "dayjs/plugin/utc.js";
import * as uuid from "uuid";
import axios from "./axios.js";
import * as account from "./account.js";

const plugins = { advancedFormat, customParseFormat, duration, isBetween, isoWeek, relativeTime, utc };
const client = { ...account };
const found = new Map(Object.entries({
  lodash: { ...lodash, default: lodash },
  "lodash-es": { ...lodash, default: lodash },
  dayjs: { default: dayjs },
  uuid: { ...uuid },
  axios: { ...axios, default: axios, AxiosError: axios.AxiosError },
  account: client,
  klaviyo: client,
  regulars: client,
}));
for (const [name, plugin] of Object.entries(plugins)) {
  for (const path of [`dayjs/plugin/${name}`, `dayjs/plugin/${name}.js`]) found.set(path, { default: plugin });
}
for (const name of Object.keys(lodash)) {
  if (typeof lodash[name] === "function" && /^[a-z]/.test(name)) {
    for (const path of [`lodash/${name}`, `lodash/${name}.js`]) found.set(path, { default: lodash[name] });
  }
}

const BUILT_IN = ("assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain " +
  "events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream " +
  "string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib").split(" ");

// A sentence about a module that cannot be imported, or null.
export function whyNot(name) {
  if (found.has(name)) return null;
  const plain = name.replace(/^node:/, "").split("/")[0];
  if (name.startsWith("node:") || BUILT_IN.includes(plain)) {
    return `The module ${name} is not available in functions: it is part of Node, and functions have no files, sockets or processes.`;
  }
  return `The module ${name} is not available in functions: they have lodash, dayjs, uuid, axios and account.`;
}

export function whyNotName(name, wanted) {
  return wanted in found.get(name) ? null : `The module ${name} has nothing named ${wanted}.`;
}

export function imported(name) {
  const reason = whyNot(name);
  if (reason) throw new Error(reason);
  return found.get(name);
}
