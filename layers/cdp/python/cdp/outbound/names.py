"""Names of hosts to addresses, each look-up in a thread of its own: the system's resolver cannot be interrupted."""

from __future__ import annotations

import socket
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread

from cdp.outbound.deadline import Deadline
from cdp.ports.outbound import Unreachable

Resolve = Callable[[str], list[str]]
"""All addresses of a host's name, in the order in which they are to be tried; OSError if there are none."""

MOST_LOOKUPS = 256  # under way at a time; those that their callers gave up count until the resolver does
_free = BoundedSemaphore(MOST_LOOKUPS)


def system(host: str) -> list[str]:
    """As the machine resolves it; the dot at the end keeps its search domains out."""
    found = socket.getaddrinfo(f"{host}.", None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(sockaddr[0]) for _, _, _, _, sockaddr in found))


def addresses(host: str, resolve: Resolve, deadline: Deadline) -> list[str]:
    """The answer of `resolve`, or `Unreachable` at the deadline."""
    if not _free.acquire(timeout=deadline.left_s()):
        raise deadline.over()
    answer: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def look_up() -> None:
        try:
            answer.put(resolve(host))
        except Exception as error:
            answer.put(error)
        finally:
            _free.release()

    try:
        Thread(target=look_up, name="outbound-name", daemon=True).start()
    except RuntimeError:
        _free.release()
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
