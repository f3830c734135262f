// The exports of world.wit. All that modules do when they are loaded is done while the component is built.
import "./globals.js";
import { Retry } from "./account.js";
import { start as seed } from "./chance.js";
import { problems } from "./checking.js";
import { clearTimers, runNext, untilNext } from "./clock.js";
import { start } from "./host.js";
import { imported } from "./modules.js";
import { floating, takeRejected } from "./settling.js";
import { transform } from "./transform.js";

start();

const MOST_FRAMES = 20;
const MOST_MESSAGE = 2000;
const MEMORY = "out of memory"; // the engine throws this text
let handler = null;
let state = null; // of what is under way: null, or {value} or {error}

export function check(code) {
  return JSON.stringify(problems(code)).toWellFormed();
}

export function prepare(code) {
  try {
    const { text } = transform(code);
    (0, eval)(text); // an expression: a function that is not called
    return text;
  } catch (error) {
    return error === MEMORY ? "memory" : written(failureOf(error));
  }
}

export function load(prepared, setting) {
  const given = JSON.parse(setting);
  process.env = { ...given.environment };
  seed(given.seed);
  return begin(async () => {
    const exported = {};
    await (0, eval)(prepared).call(undefined, exported, imported, async (name) => imported(name), floating);
    handler = exported.default ?? exported.handler;
    if (typeof handler !== "function") throw new NoHandler("The code exports no handler(event, context).");
    return loaded;
  });
}

export function call(event, context) {
  return begin(async () => handler(JSON.parse(event), JSON.parse(context)));
}

// Jobs of promises run to the end between two calls from outside: what is still open then waits for a timer.
export function resume() {
  const rejected = takeRejected();
  if (rejected) state = { error: rejected.reason };
  if (state) return ended();
  const wait = untilNext();
  if (wait === null) {
    state = { error: new Error("The function waits for something that never happens.") };
    return ended();
  }
  if (wait > 0) return `sleep ${wait / 1000}`;
  try {
    runNext();
  } catch (error) {
    state = { error };
  }
  return "sleep 0";
}

const loaded = Symbol("loaded");

class NoHandler extends Error {
  name = "NoHandler";
}

function begin(work) {
  state = null;
  clearTimers();
  takeRejected();
  const mine = work().then((value) => ({ value }), (error) => ({ error }));
  mine.then((done) => {
    state = done;
  });
  return "sleep 0";
}

function ended() {
  if (state.error === MEMORY) return "memory";
  if ("error" in state) {
    const failure = failureOf(state.error);
    if (handler === null || state.error instanceof NoHandler) return written(failure);
    if (state.error instanceof Retry) return written({ status: "again", again_s: state.error.after_s, failure });
    return written({ status: "failed", failure });
  }
  return state.value === loaded ? "null" : result(state.value);
}

function result(value) {
  try {
    if (typeof value === "function" || typeof value === "symbol") throw new TypeError(`a ${typeof value}`);
    return `{"status":"ok","result":${JSON.stringify(value ?? null, wellFormed) ?? "null"}}`;
  } catch (error) {
    if (error === MEMORY) return "memory";
    const message = `What the handler returned cannot be written as JSON: ${error.message}`.slice(0, MOST_MESSAGE);
    return written({ status: "failed", failure: { kind: "NoResult", message, where: "" } });
  }
}

const wellFormed = (_key, value) => (typeof value === "string" ? value.toWellFormed() : value);
const written = (value) => JSON.stringify(value).toWellFormed();

function failureOf(error) {
  if (!(error instanceof Error) && !(error instanceof DOMException)) {
    return { kind: "Thrown", message: String(error).slice(0, MOST_MESSAGE), where: "" };
  }
  return { kind: String(error.name).slice(0, 200), message: String(error.message).slice(0, MOST_MESSAGE), where: where(error) };
}

// The customer's own frames, the innermost first. Columns are not theirs: lines have been written over.
function where(error) {
  const places = String(error.stack ?? "").matchAll(/^(?:async\*)?(.*?)@?[^@\n]*(function\.js:\d+):\d+$/gm);
  const frames = Array.from(places, ([, name, place]) => `  at ${name ? `${name} (${place})` : place}\n`);
  return frames.slice(0, MOST_FRAMES).join("");
}
