"""The sandbox's own modules changed, for whoever is next.

ends: ok, failed, crashed
"""
import sys


def handler(event, context):
    mark = "left-" + "behind"
    import wit_world
    from _sandbox import account, closed, host, modules, running

    for module in (account, closed, host, modules, running, wit_world):
        for name in list(vars(module)):
            if not name.startswith("__"):
                setattr(module, name, mark)
    sys.modules.clear()
    return {}
