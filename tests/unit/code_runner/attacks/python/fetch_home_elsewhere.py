"""The account's key sent to another host, or to a path that is not the API's."""
import account

PATHS = (
    "//evil.example.com/api/x", "https://evil.example.com/api/x", "@evil.example.com/api/x", ".evil.example.com/api/x",
    ":80@evil.example.com/api/x", "/api/../admin", "/api/%2e%2e/admin", "/api/./x", "/api//evil.example.com", "/admin",
    "/api/x\r\nHost: evil.example.com", "/api/x\nX: y", "/api/x y", "/api\\..\\admin", "/api/\\evil", "/API/x", "",
    "/api/x#@evil.example.com", "/api/@evil.example.com", "/apix", "\t/api/x", "/api/x\x00", "/api/b\u00fccher", "//api/x",
)


def handler(event, context):
    found = {path: tried(lambda path=path: account.get(path)) for path in PATHS}
    found["host"] = tried(lambda: account.host.fetch("GET", "/api/lists?a", [("Host", "evil.example.com")], platform=True).body) if False else "refused: not asked"
    found["method"] = tried(lambda: account.request("GET /admin HTTP/1.1\r\nHost: x\r\n\r\nGET", "/api/lists"))
    found["revision"] = tried(lambda: account.request("GET", "/api/lists", revision="x\r\nAuthorization: none"))
    return found
