// An end of the process, and signals to others.
// ends: ok, failed, crashed
export default async function handler(event, context) {
  return {
    kill: await tried(() => process.kill(event.pid, 9)),
    self: await tried(() => process.kill(process.pid, 9)),
    exit: await tried(() => { process.exit(0); return "returned"; }),
    abort: await tried(() => { process.abort(); return "returned"; }),
    really: await tried(() => { process.reallyExit(0); return "returned"; }),
    quit: await tried(() => { quit(0); return "returned"; }),
  };
}
