"""What componentize-py wraps: the exports of world.wit. All that this module does at import is done at build time."""

from __future__ import annotations

import gc
import importlib
import json
import sys
from typing import Any

from . import account, chance, checking, clock, closed, host, loop, modules, output, running

clock.install()  # before anything is imported that takes a clock for itself
chance.install()
importlib.import_module("_sandbox.web").install()
modules.pack()
loop.install()
closed.install()
output.install()
for _name in ("account", "klaviyo", "regulars"):
    sys.modules[_name] = account
host.built()
gc.collect()
gc.freeze()  # the image's own objects are never looked at again, so an instance never writes to their pages

_base: Any = sys.modules["wit_world"]


class WitWorld(_base.WitWorld):  # type: ignore[misc]
    def check(self, code: str) -> str:
        try:
            return host.clean(json.dumps(checking.problems(code), ensure_ascii=False))
        except MemoryError:
            return running.MEMORY

    def prepare(self, code: str) -> str:
        return running.prepare(code)

    def load(self, prepared: str, setting: str) -> str:
        return running.load(prepared, setting)

    def call(self, event: str, context: str) -> str:
        return running.call(event, context)

    def resume(self) -> str:
        raise RuntimeError("Python waits inside of its calls.")
