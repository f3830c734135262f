"""Entry point of the room."""

from __future__ import annotations

from cdp import connect
from cdp.entry import Call, entry
from cdp.inbox import consume
from functions.record.recorder import Recorder
from functions.record.settings import Settings


def inbox(settings: Settings) -> Call:
    recorder = Recorder(
        connect.table(settings.table),
        connect.lake(settings.lake),
        connect.bus(settings.bus),
        connect.queue(settings.compact_queue),
        connect.queue(settings.profiles_queue),
        connect.queue(settings.rewrite_queue),
    )
    queue = connect.queue(settings.record_queue)
    return lambda event: consume(queue, recorder.process, event)


handler = entry(Settings, inbox=inbox)
