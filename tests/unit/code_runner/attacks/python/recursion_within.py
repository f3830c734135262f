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
        "json": tried(lambda: len(json.dumps(nested(1_000_000)))),
        "repr": tried(lambda: len(repr(nested(1_000_000)))),
        "equal": tried(lambda: needed(nested(1_000_000) == nested(1_000_000))),
        "copy": tried(lambda: len(copy.deepcopy(nested(1_000_000)))),
    }
