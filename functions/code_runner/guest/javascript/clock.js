// Time and timers: the engine's own clock stood still when the component was built.
import { now } from "./host.js";
import { floating } from "./settling.js";

const Native = globalThis.Date;

function FunctionDate(...given) {
  if (!new.target) return new Native(now()).toString();
  return Reflect.construct(Native, given.length ? given : [Math.floor(now())], new.target);
}
Object.defineProperty(FunctionDate, "name", { value: "Date" });
Object.defineProperty(FunctionDate, "length", { value: 7 });
FunctionDate.prototype = Native.prototype;
FunctionDate.now = () => Math.floor(now());
FunctionDate.parse = Native.parse;
FunctionDate.UTC = Native.UTC;
Object.defineProperty(Native.prototype, "constructor", { value: FunctionDate, writable: true, configurable: true });

let origin = 0;
let last = 0;
let waiting = new Map(); // id → {due, repeat, work}

function add(work, delay, repeat, given) {
  if (typeof work !== "function") throw new TypeError("a timer takes a function");
  const wait = Math.max(0, Number(delay) || 0);
  last += 1;
  waiting.set(last, { due: now() + wait, repeat: repeat ? Math.max(1, wait) : 0, work: () => floating(work(...given)) });
  return last;
}

const remove = (id) => void waiting.delete(id);

// Of the timers: milliseconds until the next is due, or null if there is none.
export function untilNext() {
  const dues = [...waiting.values()].map((timer) => timer.due);
  return dues.length ? Math.max(0, Math.min(...dues) - now()) : null;
}

// Run the one that is due first.
export function runNext() {
  const [id, timer] = [...waiting].reduce((first, each) => (each[1].due < first[1].due ? each : first));
  if (timer.repeat) timer.due += timer.repeat;
  else waiting.delete(id);
  timer.work();
}

export function clearTimers() {
  waiting = new Map();
  origin ||= now();
}

export function install() {
  const performance = { now: () => now() - origin, mark() {}, measure() {} };
  Object.defineProperty(performance, "timeOrigin", { get: () => origin });
  Object.assign(globalThis, {
    Date: FunctionDate,
    setTimeout: (work, delay, ...given) => add(work, delay, false, given),
    setInterval: (work, delay, ...given) => add(work, delay, true, given),
    setImmediate: (work, ...given) => add(work, 0, false, given),
    clearTimeout: remove,
    clearInterval: remove,
    clearImmediate: remove,
  });
  Object.defineProperty(globalThis, "performance", { value: performance, writable: true, configurable: true });
  AbortSignal.timeout = (delay) => {
    const controller = new AbortController();
    add(() => controller.abort(new DOMException("The operation timed out.", "TimeoutError")), delay, false, []);
    return controller.signal;
  };
}
