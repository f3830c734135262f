// The host's own scope by way of constructors, evaluated text, stacks and callers.
// native: function, async, generator, indirect
const WORDS = ["process.versions.node", "process.mainModule", "require('fs')", "Deno", "std", "os.system('id')"];

export default async function handler(event, context) {
  const outside = "return this.process && this.process.versions && this.process.versions.node";
  const made = async (kind) => needed(await kind.constructor(outside).call(globalThis));
  const found = {
    function: await tried(() => made(() => {})),
    async: await tried(() => made(async () => {})),
    generator: await tried(() => needed((function* () {}).constructor(outside).call(globalThis).next().value)),
    indirect: await tried(() => needed((0, eval)("this.process && this.process.versions && this.process.versions.node"))),
    caller: await tried(() => needed(handler.caller.caller)),
    arguments: await tried(() => needed((function () { return arguments.callee.caller; })())),
    stack: await tried(() => { Error.prepareStackTrace = (_, frames) => frames; return needed(new Error("x").stack[0].getFunction()); }),
    realm: await tried(() => new ShadowRealm().evaluate("1")),
    meta: await tried(() => needed(eval("import.meta.url"))),
    document: await tried(() => document.defaultView),
    frame: await tried(() => needed(globalThis.parent || globalThis.top || globalThis.window)),
    self: await tried(() => self.constructor.constructor("return process.binding('fs')")()),
  };
  if (!globalThis.process?.versions?.node) for (const word of WORDS) found[word] = await tried(() => needed(new Function("return " + word)()));
  return found;
}
