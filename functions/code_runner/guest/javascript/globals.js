// What has to be in its place before any library is looked at: some take hold of a function once and for all.
import * as clock from "./clock.js";
import * as chance from "./chance.js";
import * as web from "./web.js";
import * as console from "./console.js";
import * as settling from "./settling.js";

clock.install();
chance.install();
web.install();
console.install();
settling.install();

globalThis.global = globalThis;
globalThis.process = {
  env: {},
  nextTick: (work, ...given) => queueMicrotask(() => work(...given)),
  exit(code) {
    throw new Error(`process.exit(${code ?? ""}) ends nothing: return from the handler.`);
  },
};
