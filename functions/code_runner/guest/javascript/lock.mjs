// Renew package-lock.json: node lock.mjs, after npm install --package-lock-only --omit-lockfile-registry-resolved.
// Platforms' binaries that the registry does not have are optional to npm install, but npm ci wants them in the lock.
import { readFile, writeFile } from "node:fs/promises";

const file = new URL("package-lock.json", import.meta.url);
const lock = JSON.parse(await readFile(file, "utf8"));
for (const entry of Object.values(lock.packages)) {
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    if (!Object.keys(lock.packages).some((path) => path.endsWith(`node_modules/${name}`))) delete entry.optionalDependencies[name];
  }
}
await writeFile(file, JSON.stringify(lock, null, 2) + "\n");
