// Modules of Node, of other runtimes, of the component's own imports, and of folders and addresses.
// native: fs, process, vm, module, data
const NAMES = [
  "fs", "node:fs", "process", "node:process", "child_process", "vm", "module", "net", "http", "https", "os", "v8", "worker_threads",
  "inspector", "async_hooks", "cluster", "dgram", "dns", "tls", "repl", "wasi", "wasi:cli/environment", "wasi:filesystem/types",
  "wasi:sockets/tcp", "wasi:http/outgoing-handler", "local:runtime/host", "regulars:functions/runtime", "bun", "deno",
  "https://hooks.example.com/x.js", "file:///etc/passwd", "./planted.js", "../index.js", "/etc/passwd",
];

export default async function handler(event, context) {
  const found = {};
  for (const name of NAMES) found[name] = await tried(async () => Object.keys(await import(name)));
  found.data = await tried(async () => (await import("data:text/javascript,export default 1")).default);
  found.require = await tried(() => require("fs"));
  found.main = await tried(() => module.constructor._load("fs"));
  return found;
}
