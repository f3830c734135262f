"""What the next account looks for: whether anything about its interpreter is other than before the attack."""

from __future__ import annotations

FINGERPRINT = {
    "python": '''\
import sys, gc, builtins, os, json, string
import requests

def handler(event, context):
    mark = "left-" + "behind"
    return {
        "sum": sum(range(event)),
        "modules": sorted(sys.modules), "builtins": sorted(f"{name}:{type(value).__name__}" for name, value in vars(builtins).items()),
        "path": [repr(each)[:60] for each in sys.meta_path] and [type(each).__name__ for each in sys.meta_path] + sys.path,
        "limit": sys.getrecursionlimit(), "collecting": gc.isenabled(), "environment": dict(os.environ), "letters": string.ascii_letters,
        "dumps": f"{json.dumps.__module__}.{json.dumps.__qualname__}", "get": requests.get.__qualname__,
        "hooks": [sys.excepthook.__name__, sys.displayhook.__name__, sys.stdout.__class__.__name__],
        "left": [repr(each)[:80] for each in gc.get_objects() if isinstance(each, (dict, list)) and mark in repr(each)[:5000]][:3],
        "trace": [str(sys.gettrace()), str(sys.getprofile())], "globals": sorted(globals()),
        "account": context["company_id"],
    }
''',
    "javascript": '''\
import * as account from "account";

const shape = (value) => Object.getOwnPropertyNames(value).map((name) => {
  const found = Object.getOwnPropertyDescriptor(value, name);
  return name + ":" + typeof found.value + (typeof found.value === "function" ? String(found.value).length : "");
}).sort().join();

export default async function handler(event, context) {
  let sum = 0;
  for (let i = 0; i < event; i++) sum += i;
  const kinds = [Object, Array, String, Function, Promise, Number, RegExp, Date, Map, Error];
  return {
    sum, globals: shape(globalThis), prototypes: kinds.map((kind) => shape(kind.prototype)).join(), kinds: kinds.map(shape).join(),
    json: shape(JSON), console: shape(console), module: Object.keys(account).join(), environment: { ...process.env },
    frozen: Object.isFrozen(JSON), async: shape(Object.getPrototypeOf(async () => {})), polluted: String(({}).mark),
    own: typeof globalThis.kept, account: context.company_id,
  };
}
''',
}
