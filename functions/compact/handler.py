"""Entry point of the room."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cdp import connect
from cdp.inbox import consume
from cdp.ports import Queue
from cdp.settings import load
from functions.compact.compactor import Compactor
from functions.compact.settings import Settings


@cache
def app() -> tuple[Queue, Compactor]:
    s = load(Settings)
    return connect.queue(s.compact_queue), Compactor(connect.lake(s.lake))


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    queue, compactor = app()
    return consume(queue, compactor.process, event)
