"""Work put off until the call is over: at exit, when objects end, when the next call comes.

ends: ok, failed, crashed
"""
import asyncio
import atexit
import sys
import threading
import weakref


class Kept:
    pass


kept = Kept()


def late(*_):
    print("left-" + "behind")
    sys.modules["mark"] = sys


def handler(event, context):
    atexit.register(late)
    weakref.finalize(kept, late)
    tried(lambda: sys.settrace(late))
    tried(lambda: sys.setprofile(late))
    tried(lambda: sys.addaudithook(late))
    tried(lambda: threading.setprofile(late))
    tried(lambda: asyncio.new_event_loop().call_later(1, late))
    tried(lambda: __import__("signal").signal(2, late))
    tried(lambda: __import__("gc").callbacks.append(late))
    return {}
