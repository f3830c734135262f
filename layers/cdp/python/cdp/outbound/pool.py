"""Connections that are kept for the next request to the same place."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from time import monotonic

from cdp.outbound.connection import Connection

Origin = tuple[str, str, int]
MOST_IDLE = 512
MOST_IDLE_OF_ORIGIN = 64
IDLE_S = 15.0
# Then the name is resolved and its addresses are checked anew.
AGE_S = 60.0


class Pool:
    """Idle connections only: one that is in use belongs to the thread that took it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._idle: OrderedDict[Origin, list[Connection]] = OrderedDict()  # the longest untouched origin first
        self._count = 0

    def take(self, origin: Origin) -> Connection | None:
        """The one that was used last, if the other end has not closed it."""
        while (found := self._pop(origin)) is not None:
            now = monotonic()
            if now - found.used_at < IDLE_S and now - found.made_at < AGE_S and found.is_silent():
                return found
            found.close()
        return None

    def give(self, origin: Origin, connection: Connection) -> None:
        connection.renew()
        dropped: list[Connection] = []
        with self._lock:
            of_origin = self._idle.setdefault(origin, [])
            of_origin.append(connection)
            self._idle.move_to_end(origin)
            self._count += 1
            if len(of_origin) > MOST_IDLE_OF_ORIGIN:
                dropped.append(of_origin.pop(0))
                self._count -= 1
            elif self._count > MOST_IDLE:
                _, connections = self._idle.popitem(last=False)
                dropped.extend(connections)
                self._count -= len(connections)
        for one in dropped:
            one.close()

    def close(self) -> None:
        with self._lock:
            connections = [one for of_origin in self._idle.values() for one in of_origin]
            self._idle.clear()
            self._count = 0
        for one in connections:
            one.close()

    def _pop(self, origin: Origin) -> Connection | None:
        with self._lock:
            of_origin = self._idle.get(origin)
            if not of_origin:
                return None
            self._count -= 1
            found = of_origin.pop()
            if not of_origin:
                del self._idle[origin]
            return found
