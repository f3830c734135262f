"""Time inside the component: the interpreter's own clocks are not there, so all of it is asked of the host."""

from __future__ import annotations

import datetime
import gc
import sys
import time
from collections.abc import Callable
from typing import Any

from . import host

_TAKES_NOW = ("gmtime", "localtime", "ctime")  # without an argument they mean now
_original: dict[str, Callable[..., Any]] = {}


def install() -> None:
    started = 0

    def since() -> int:
        nonlocal started
        now = host.clock_ns()
        started = started or now - 1_000_000_000
        return now - started

    for name, read in {"time": host.clock_ns, "monotonic": since, "perf_counter": since, "process_time": since}.items():
        setattr(time, f"{name}_ns", read)
        setattr(time, name, _seconds(read))
    vars(time)["sleep"] = _sleep
    for name in _TAKES_NOW:
        _original[name] = getattr(time, name)
        setattr(time, name, _of_now(_original[name]))
    _original["strftime"], _original["asctime"] = time.strftime, time.asctime
    vars(time)["strftime"] = lambda form, when=None: _original["strftime"](form, when or time.localtime())
    vars(time)["asctime"] = lambda when=None: _original["asctime"](when or time.localtime())
    _datetimes()


def _seconds(read: Callable[[], int]) -> Callable[[], float]:
    return lambda: read() / 1e9


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    host.sleep(float(seconds))


def _of_now(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda seconds=None: function(time.time() if seconds is None else seconds)


def _datetimes() -> None:
    """The C types read the clock below Python: their methods are put right in the types' own dictionaries."""

    def now(cls: type[datetime.datetime], tz: datetime.tzinfo | None = None) -> datetime.datetime:
        return cls.fromtimestamp(time.time(), tz)

    def utcnow(cls: type[datetime.datetime]) -> datetime.datetime:
        return cls.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)

    def today(cls: type[datetime.date]) -> datetime.date:
        return cls.fromtimestamp(time.time())

    _own(datetime.datetime).update(now=classmethod(now), utcnow=classmethod(utcnow))
    _own(datetime.date)["today"] = classmethod(today)
    getattr(sys, "_clear_internal_caches")()  # noqa: B009 - the types' look-ups of before


def _own(kind: type) -> dict[str, Any]:
    (found,) = (each for each in gc.get_referents(kind.__dict__) if isinstance(each, dict))
    return found
