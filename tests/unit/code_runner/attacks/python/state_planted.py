"""Marks in everything that lasts as long as the interpreter: modules, classes, functions, variables, hooks.

ends: failed, crashed
"""
import builtins
import datetime
import gc
import json
import os
import string
import sys
import types

import requests


def handler(event, context):
    mark = "left-" + "behind"
    builtins.mark = builtins.print = builtins.len = mark
    sys.modules["mark"] = types.ModuleType("mark")
    sys.modules["json"] = sys.modules["account"] = sys.modules["mark"]
    json.mark = json.dumps = lambda *_, **__: mark
    os.environ["MARK"] = os.environ["AWS_MARK"] = mark
    sys.setrecursionlimit(77)
    sys.meta_path.insert(0, mark)
    sys.path.append(mark)
    sys.excepthook = sys.displayhook = lambda *_: mark
    requests.get = requests.adapters.HTTPAdapter.send = lambda *_, **__: mark
    string.ascii_letters = mark
    json.JSONEncoder.default = lambda *_: mark
    gc.disable()
    datetime.mark = mark
    globals()["kept"] = [mark] * 1000
    handler.mark = mark
    raise SystemExit(mark)
