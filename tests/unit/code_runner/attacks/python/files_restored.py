"""The built-in modules as they were before they were closed: loaded anew, under their own names."""
import importlib
import sys


def anew(name):
    kept = sys.modules.pop(name, None)
    try:
        return importlib.import_module(name)
    finally:
        if kept is not None:
            sys.modules[name] = kept


def handler(event, context):
    return {
        "_io": tried(lambda: anew("_io").open(event["file"]).read()),
        "io": tried(lambda: anew("io").open(event["file"]).read()),
        "_pyio": tried(lambda: anew("_pyio").open(event["file"]).read()),
        "os": tried(lambda: needed(anew("os").listdir("/"))),
        "reloaded": tried(lambda: importlib.reload(sys.modules["_io"]).FileIO(event["file"]).read()),
        "builtin": tried(lambda: importlib.machinery.BuiltinImporter.load_module("_io").FileIO(event["file"]).read()),
    }
