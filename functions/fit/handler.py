"""Entry point of the room."""

from __future__ import annotations

from cdp import connect
from cdp.entry import Call, entry
from cdp.inbox import consume
from cdp.settings import inherited
from functions.fit.fitter import Fitter
from functions.fit.isolation import Limits
from functions.fit.settings import Settings


def inbox(settings: Settings) -> Call:
    # Where the Lambda runtime keeps its own shared objects; nothing else of ours is for the child.
    libraries = {name: value for name, value in inherited().items() if name == "LD_LIBRARY_PATH"}
    limits = Limits(settings.fit_limit_s, settings.fit_memory_mb)
    queue = connect.queue(settings.fit_queue)
    work = Fitter(connect.queue(settings.predict_queue), limits, libraries)
    return lambda event: consume(queue, work.process, event)


handler = entry(Settings, inbox=inbox)
