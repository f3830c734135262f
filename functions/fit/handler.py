"""Entry point of the room."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cdp import connect
from cdp.inbox import consume
from cdp.ports import Queue
from cdp.settings import inherited, load
from functions.fit.fitter import Fitter
from functions.fit.isolation import Limits
from functions.fit.settings import Settings


@cache
def app() -> tuple[Queue, Fitter]:
    s = load(Settings)
    # Where the Lambda runtime keeps its own shared objects; nothing else of ours is for the child.
    libraries = {name: value for name, value in inherited().items() if name == "LD_LIBRARY_PATH"}
    limits = Limits(s.fit_limit_s, s.fit_memory_mb)
    return connect.queue(s.fit_queue), Fitter(connect.queue(s.predict_queue), limits, libraries)


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    queue, fitter = app()
    return consume(queue, fitter.process, event)
