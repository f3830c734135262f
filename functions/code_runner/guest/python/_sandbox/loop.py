"""asyncio without sockets or threads: what waits, waits for time alone."""

from __future__ import annotations

import asyncio
import asyncio.base_events
import time
import types
from typing import Any


class Waits:
    """In place of a selector."""

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("The function waits for something that never happens.")
        if timeout > 0:
            time.sleep(timeout)
        return []


class Loop(asyncio.base_events.BaseEventLoop):
    def __init__(self) -> None:
        super().__init__()
        self._selector = Waits()

    def _process_events(self, events: list[Any]) -> None:
        """Of sockets: there are none."""

    def _write_to_self(self) -> None:
        """Wakes nobody: there is one thread."""


def install() -> None:
    resolution = types.SimpleNamespace(adjustable=False, implementation="host", monotonic=True, resolution=1e-6)
    vars(time)["get_clock_info"] = lambda _name: resolution
    for place in (asyncio, asyncio.events):
        vars(place)["new_event_loop"] = Loop
    vars(asyncio)["SelectorEventLoop"] = Loop


def run(waiting: Any) -> Any:
    """What an `async def handler` returns in the end."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(waiting)
