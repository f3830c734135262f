"""The one wiring table: every room's spec, found by its folder.

Both homes build from `rooms()`; a room exists as soon as functions/<name>/spec.py does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import functions
from cdp.spec import FunctionSpec

Handler = Callable[[Mapping[str, Any], Any], Any]


@cache
def rooms() -> tuple[FunctionSpec, ...]:
    """Specs of all rooms, sorted by name."""
    return tuple(_spec(name) for name in sorted(_folders()))


def load_handler(spec: FunctionSpec) -> Handler:
    """Import the room's handler: the only way infrastructure reaches into a room."""
    module, _, name = spec.handler.rpartition(".")
    handler: Handler = getattr(import_module(module), name)
    return handler


def _folders() -> list[str]:
    return [path.parent.name for root in functions.__path__ for path in Path(root).glob("*/spec.py")]


def _spec(folder: str) -> FunctionSpec:
    spec: FunctionSpec = import_module(f"functions.{folder}.spec").SPEC
    if spec.name != folder:
        raise ValueError(f"functions/{folder}/spec.py names itself {spec.name!r}")
    return spec
