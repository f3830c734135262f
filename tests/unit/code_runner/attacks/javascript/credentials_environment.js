// Credentials of the cloud and of the platform in the environment, by every way to it.
// native: process, required, file, program
const name = "AWS_SECRET_ACCESS_KEY";
const load = async (module) => (await import("node:" + module));

export default async function handler(event, context) {
  return {
    process: await tried(() => needed(process.env[name])),
    keys: await tried(() => needed(Object.keys(process.env).filter((each) => each !== "MARK" && each.startsWith("REGULARS")))),
    getter: await tried(() => needed(Reflect.get(process.env, name, {}))),
    required: await tried(async () => needed((await load("process")).env[name])),
    deno: await tried(() => Deno.env.get(name)),
    bun: await tried(() => Bun.env[name]),
    std: await tried(() => std.getenviron()),
    os: await tried(() => os.getenv(name)),
    wasi: await tried(() => needed(wasi.environment.getEnvironment())),
    file: await tried(async () => needed((await load("fs")).readFileSync("/proc/self/environ", "latin1"))),
    program: await tried(async () => needed((await load("child_process")).execSync("/usr/bin/env").toString())),
  };
}
