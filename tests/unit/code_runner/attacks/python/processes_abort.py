"""An interpreter that aborts.

ends: ok, failed, crashed
"""


def handler(event, context):
    import faulthandler

    return {name: tried(lambda name=name: getattr(faulthandler, name)() or "returned") for name in ("_sigabrt", "_fatal_error_c_thread", "_sigfpe")}
