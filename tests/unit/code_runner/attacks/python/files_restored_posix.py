"""The system's own functions, loaded anew past what closed them.

ends: ok, crashed
"""
import importlib
import sys


def handler(event, context):
    for name in ("posix", "_socket", "_io"):
        sys.modules.pop(name, None)
    posix = importlib.machinery.BuiltinImporter.load_module("posix")
    return {
        "open": tried(lambda: posix.read(posix.open(event["file"], 0), 50)),
        "list": tried(lambda: needed(posix.listdir("/"))),
        "stat": tried(lambda: posix.stat(event["file"]).st_size),
    }
