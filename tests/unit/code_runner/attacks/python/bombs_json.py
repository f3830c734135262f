"""JSON deeper than any stack.

ends: ok, crashed, failed
"""
import json


def handler(event, context):
    return {
        "list": tried(lambda: len(json.loads("[" * 1_000_000 + "]" * 1_000_000))),
        "object": tried(lambda: len(json.loads('{"a":' * 500_000 + "1" + "}" * 500_000))),
        "number": tried(lambda: json.loads("9" * 1_000_000)),
    }
