"""What the host's `fetch` is not made for: no JSON, other types, depth, size, made-up fields."""
import json

import wit_world


def handler(event, context):
    def asked(text):
        answer = wit_world.fetch(text)
        return needed("error" not in answer and answer)

    place = "https://hooks.example.com/"
    return {
        "empty": tried(asked, ""),
        "no JSON": tried(asked, "{"),
        "a list": tried(asked, "[]"),
        "deep": tried(asked, "[" * 100_000),
        "deep object": tried(asked, '{"a":' * 100_000),
        "types": tried(asked, json.dumps({"method": 1, "url": [], "headers": {}})),
        "no url": tried(asked, json.dumps({"method": "GET"})),
        "headers": tried(asked, json.dumps({"method": "GET", "url": place, "headers": [["a"]]})),
        "body": tried(asked, json.dumps({"method": "POST", "url": place, "body": "no base64"})),
        "zero": tried(asked, "\x00" * 10),
        "time": tried(asked, json.dumps({"method": "GET", "url": "https://10.0.0.1/", "timeout_s": 1e308, "redirects": -(2**60)})),
        "huge number": tried(asked, '{"method":"GET","url":"https://10.0.0.1/","timeout_s":1' + "0" * 5000 + "}"),
        "frames": tried(asked, "\x05\x00\x00\x00\x02\x00\x00\x00\x00{}"),
        "home": tried(asked, json.dumps({"method": "GET", "url": "https://evil.example.com/", "platform": True})),
        "home host": tried(asked, json.dumps({"method": "GET", "url": "//evil.example.com/api/", "platform": True})),
        "home user": tried(asked, json.dumps({"method": "GET", "url": "@evil.example.com/api/", "platform": True})),
        "command": tried(asked, "clock "),
        "command two": tried(asked, "random 99999999999"),
    }
