"""Entry point of the room."""

from __future__ import annotations

from cdp import connect
from cdp.entry import Call, entry
from cdp.inbox import consume
from functions.compact.compactor import Compactor
from functions.compact.settings import Settings


def inbox(settings: Settings) -> Call:
    queue = connect.queue(settings.compact_queue)
    work = Compactor(connect.lake(settings.lake))
    return lambda event: consume(queue, work.process, event)


handler = entry(Settings, inbox=inbox)
