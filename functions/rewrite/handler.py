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
    queue = connect.queue(s.rewrite_queue)
    return queue, Rewriter(connect.table(s.table), connect.lake(s.lake), queue)


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    queue, rewriter = app()
    return consume(queue, rewriter.process, event)
