"""The module of sockets as it was before it was closed.

ends: ok, crashed
"""
import importlib
import sys


def handler(event, context):
    for name in ("_socket", "socket", "select", "selectors"):
        sys.modules.pop(name, None)
    return {
        "_socket": tried(lambda: importlib.import_module("_socket").socket(2, 1).connect(("127.0.0.1", event["port"])) or "connected"),
        "socket": tried(lambda: importlib.import_module("socket").create_connection(("127.0.0.1", event["port"]), 1).getpeername()),
    }
