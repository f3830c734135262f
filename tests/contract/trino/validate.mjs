// Reads SQL texts as JSON {name: text} from standard input and tells what a grammar of Trino says against each.
// The package is written for bundlers, which find files without their endings; here a hook does that.
import { existsSync, statSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith(".") && context.parentURL) {
      const path = fileURLToPath(new URL(specifier, context.parentURL));
      const file = [path, `${path}.js`, join(path, "index.js")].find((one) => existsSync(one) && statSync(one).isFile());
      if (file) return { url: pathToFileURL(file).href, shortCircuit: true };
    }
    return next(specifier, context);
  },
});

const require = createRequire(join(process.env.NODE_PATH, "x.js"));
const { TrinoSQL } = await import(pathToFileURL(require.resolve("dt-sql-parser")).href);

let input = "";
for await (const chunk of process.stdin) input += chunk;
const parser = new TrinoSQL();
const found = {};
for (const [name, text] of Object.entries(JSON.parse(input))) {
  found[name] = parser.validate(text).map((error) => `${error.startLine}:${error.startColumn} ${error.message}`);
}
console.log(JSON.stringify(found));
