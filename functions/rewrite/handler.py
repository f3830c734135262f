"""Entry point of the room."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cdp import connect
from cdp.inbox import consume
from cdp.ports import Queue
from cdp.settings import load
from functions.rewrite.rewriter import Rewriter
from functions.rewrite.settings import Settings


@cache
def app() -> tuple[Queue, Rewriter]:
    s = load(Settings)
    return connect.queue(s.rewrite_queue), Rewriter(connect.table(s.table), connect.lake(s.lake))


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    queue, rewriter = app()
    return consume(queue, rewriter.process, event)
