"""Entry point of the room."""

from __future__ import annotations

from cdp import connect
from cdp.entry import Call, entry
from cdp.inbox import consume
from functions.rewrite.rewriter import Rewriter
from functions.rewrite.settings import Settings


def inbox(settings: Settings) -> Call:
    queue = connect.queue(settings.rewrite_queue)
    work = Rewriter(connect.table(settings.table), connect.lake(settings.lake), queue)
    return lambda event: consume(queue, work.process, event)


handler = entry(Settings, inbox=inbox)
