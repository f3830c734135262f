"""Names of hosts to addresses, each look-up in a thread of its own: the system's resolver cannot be interrupted."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Condition, Thread

from cdp.outbound.deadline import Deadline
from cdp.ports.outbound import Unreachable

Resolve = Callable[[str], list[str]]
"""All addresses of a host's name, in the order in which they are to be tried; OSError if there are none."""

MOST_LOOKUPS = 256  # under way at a time; those that their callers gave up count until the resolver does
MOST_OF_SHARE = 32  # of them: one account's servers of names that never answer are not everybody's trouble


class _UnderWay:
    """Look-ups that the resolver has not ended."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._of: Counter[str] = Counter()

    def begin(self, share: str, deadline: Deadline) -> None:
        """As soon as there is room, `Unreachable` if there is none by the deadline."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_room(share), deadline.left_s()):
                raise deadline.over()
            self._of[share] += 1

    def end(self, share: str) -> None:
        with self._changed:
            self._of[share] -= 1
            if not self._of[share]:
                del self._of[share]
            self._changed.notify_all()

    def _has_room(self, share: str) -> bool:
        return self._of.total() < MOST_LOOKUPS and (not share or self._of[share] < MOST_OF_SHARE)


_under_way = _UnderWay()


def system(host: str) -> list[str]:
    """As the machine resolves it; the dot at the end keeps its search domains out."""
    found = socket.getaddrinfo(f"{host}.", None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(sockaddr[0]) for _, _, _, _, sockaddr in found))


def addresses(host: str, resolve: Resolve, deadline: Deadline, share: str) -> list[str]:
    """The answer of `resolve`, or `Unreachable` at the deadline. `share`: see OutboundRequest; "" has no part of its own."""
    _under_way.begin(share, deadline)
    answer: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def look_up() -> None:
        try:
            answer.put(resolve(host))
        except Exception as error:
            answer.put(error)
        finally:
            _under_way.end(share)

    try:
        Thread(target=look_up, name="outbound-name", daemon=True).start()
    except RuntimeError:
        _under_way.end(share)
        raise
    try:
        found = answer.get(timeout=deadline.left_s())
    except Empty:
        raise deadline.over() from None
    if isinstance(found, (OSError, UnicodeError)):
        raise Unreachable(f"The host {host} was not found.") from found
    if isinstance(found, Exception):
        raise found
    if not found:
        raise Unreachable(f"The host {host} was not found.")
    return found
