"""The entry point of a room: what Lambda, or the process of one machine, calls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from cdp.settings import load

S = TypeVar("S")
T = TypeVar("T")
Call = Callable[[Mapping[str, Any]], dict[str, Any]]
Handler = Callable[[Mapping[str, Any], object], dict[str, Any]]


def utc_now() -> datetime:
    """The clock that a composition root hands to what it composes."""
    return datetime.now(UTC)


def entry(
    settings: type[S], *, http: Callable[[S], Call] | None = None, inbox: Callable[[S], Call] | None = None
) -> Handler:
    """The handler of a room out of what answers its requests and what works off its inbox.

    Either half is made from the environment when it is first called for: one machine calls them in different processes.
    """
    requests, messages = Once(settings, http), Once(settings, inbox)

    def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        return (messages if "Records" in event else requests)()(event)

    return handler


class Once(Generic[S, T]):
    """What is made of a room's settings at its first use, by one of the threads that come first at the same moment."""

    def __init__(self, settings: type[S], make: Callable[[S], T] | None) -> None:
        self._settings, self._make = settings, make
        self._lock = threading.Lock()
        self._made: T | None = None

    def __call__(self) -> T:
        if self._made is None:
            with self._lock:
                if self._made is None:
                    if self._make is None:
                        raise LookupError(f"the room of {self._settings.__module__} is not called this way")
                    self._made = self._make(load(self._settings))
        return self._made
