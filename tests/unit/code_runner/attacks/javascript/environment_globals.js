// Functions of the interpreter's own shell, and of its host, among the globals.
const SHELL = [
  "os", "std", "read", "readRelativeToScript", "snarf", "load", "loadRelativeToScript", "system", "spawn", "evalInWorker", "getenv",
  "putstr", "redirect", "runOffThreadScript", "dumpHeap", "gczeal", "getBuildConfiguration", "newGlobal", "evalcx", "sandbox",
  "Deno", "Bun", "require", "module", "exports", "__dirname", "__filename", "importScripts", "WorkerGlobalScope", "java",
  "Components", "ActiveXObject", "wasi", "wasiEnvironment", "initTime", "resolveModule", "setBaseUrl", "debugMessages", "contentGlobal",
  "hostFetch", "hostLog", "fastly", "componentError", "builtinModules", "XMLHttpRequest", "WebSocket", "EventSource", "Worker",
  "SharedWorker", "indexedDB", "localStorage", "caches", "RTCPeerConnection", "Debugger",
];

export default async function handler(event, context) {
  const found = {};
  for (const name of SHELL) found[name] = await tried(() => needed(typeof globalThis[name] !== "undefined"));
  return found;
}
