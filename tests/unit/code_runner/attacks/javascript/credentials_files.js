// Files in which credentials lie, and a file that anybody may read.
// native: planted, promised, streamed, imported, json
const places = [
  "/root/.aws/credentials", "/var/run/secrets/kubernetes.io/serviceaccount/token", "/etc/shadow", "/proc/1/environ",
  "/proc/self/environ", "/proc/self/maps", "/var/task/settings.py", "/opt/guests/manifest.json", "/proc/net/tcp",
];

export default async function handler(event, context) {
  const found = {};
  for (const place of places) {
    if (globalThis.process?.versions?.node === undefined) {
      found[place] = await tried(async () => (await import("fs")).readFileSync(place));
      found["fetch " + place] = await tried(async () => (await fetch("file://" + place)).text());
    }
  }
  found.planted = await tried(async () => (await import("fs")).readFileSync(event.file, "utf8"));
  found.promised = await tried(async () => (await import("fs/promises")).readFile(event.file, "utf8"));
  found.streamed = await tried(async () => { for await (const part of (await import("fs")).createReadStream(event.file)) return part; });
  found.imported = await tried(async () => (await import("file://" + event.folder + "/planted.mjs")).default);
  found.path = await tried(async () => (await import(event.folder + "/planted.js")).default);
  found.json = await tried(async () => (await import("module")).createRequire("file:///")(event.folder + "/planted.js"));
  found.read = await tried(() => read(event.file));
  found.readFile = await tried(() => os.file.readFile(event.file));
  found.load = await tried(() => load(event.file));
  found.snarf = await tried(() => snarf(event.file));
  return found;
}
