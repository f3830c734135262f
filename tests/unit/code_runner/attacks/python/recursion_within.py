"""Depth within the interpreter's own functions: writing, comparing, copying, deleting.

ends: ok, crashed, failed
"""
import copy
import json
import sys


def handler(event, context):
    sys.setrecursionlimit(1 << 30)

    def nested(depth):
        value = []
        for _ in range(depth):
            value = [value]
        return value

    return {
        "json": tried(lambda: len(json.dumps(nested(300_000)))),
        "repr": tried(lambda: len(repr(nested(300_000)))),
        "equal": tried(lambda: needed(nested(300_000) == nested(300_000))),
        "copy": tried(lambda: len(copy.deepcopy(nested(300_000)))),
    }
