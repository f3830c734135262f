// Another program, or another thread.
// native: exec, spawn, worker
export default async function handler(event, context) {
  return {
    exec: await tried(async () => (await import("child_process")).execSync("echo x").toString()),
    spawn: await tried(async () => (await import("node:child_process")).spawnSync("/bin/true").pid),
    worker: await tried(async () => { const made = new (await import("worker_threads")).Worker("0", { eval: true }); await made.terminate(); return "started"; }),
    cluster: await tried(async () => needed((await import("cluster")).fork)),
    web: await tried(() => new Worker("data:text/javascript,0")),
    shared: await tried(() => new SharedWorker("data:text/javascript,0")),
    system: await tried(() => os.system("id")),
    binding: await tried(() => needed(process.binding("spawn_sync"))),
    main: await tried(() => process.mainModule.require("child_process").execSync("id")),
    constructed: await tried(() => process.constructor.constructor("return this.process.mainModule")().require("child_process")),
  };
}
