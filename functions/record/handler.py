"""Entry point of the room."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cdp import connect
from cdp.inbox import consume
from cdp.ports import Queue
from cdp.settings import load
from functions.record.recorder import Recorder
from functions.record.settings import Settings


@cache
def app() -> tuple[Queue, Recorder]:
    s = load(Settings)
    recorder = Recorder(
        connect.table(s.table),
        connect.lake(s.lake),
        connect.bus(s.bus),
        connect.queue(s.compact_queue),
        connect.queue(s.profiles_queue),
        connect.queue(s.rewrite_queue),
    )
    return connect.queue(s.record_queue), recorder


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    queue, recorder = app()
    return consume(queue, recorder.process, event)
