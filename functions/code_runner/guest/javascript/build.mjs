// Bundle the guest's sources and wrap them with the engine: node build.mjs SOURCES WIT OUT (in the folder of node_modules).
import { readFile, writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";
import { build } from "esbuild";

const [sources, wit, out] = process.argv.slice(2);
await build({
  entryPoints: [`${sources}/entry.js`],
  outfile: `${out}.js`,
  bundle: true,
  format: "esm",
  platform: "browser",
  mainFields: ["module", "main"],
  conditions: ["browser"],
  target: "es2024",
  external: ["fetch", "log"],
  nodePaths: [`${process.cwd()}/node_modules`],
  logLevel: "warning",
});
const { component } = await componentize({
  sourcePath: `${out}.js`,
  witPath: wit,
  worldName: "runtime",
  disableFeatures: ["stdio", "random", "clocks", "http", "fetch-event"],
});
await writeFile(out, component);
