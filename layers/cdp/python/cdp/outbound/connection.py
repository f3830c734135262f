"""One connection, one request at a time: HTTP/1.1 read strictly, under a deadline and limits of size."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from dataclasses import dataclass
from time import monotonic

import h11

from cdp.outbound.deadline import Deadline
from cdp.outbound.decode import Body, body, too_large
from cdp.ports.outbound import Unreachable

MOST_HEADERS = 200
MOST_HEADER_BYTES = 64 * 1024
MOST_PIECES = 20_000  # of a body: each chunk takes the processor some microseconds, however short it is
MOST_INTERIM = 8  # answers of the kind 1xx before the answer
_READ_BYTES = 64 * 1024
_SEND_BYTES = 256 * 1024  # at a time: TLS allows each piece the whole timeout
# Of the connection, and of the wire: what is handed over is decoded and whole.
_OF_THE_WIRE = frozenset({
    "connection", "keep-alive", "transfer-encoding", "content-encoding", "content-length", "trailer", "upgrade",
})  # fmt: skip


class Stale(Unreachable):
    """The connection ended before anything of an answer came: perhaps it was over before the request was sent."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Connection:
    """The other end was checked when the connection was made (dial.py); it cannot change after that."""

    def __init__(self, made: socket.socket) -> None:
        self._socket = made
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEADER_BYTES)
        self._received = 0
        self._ended = False
        self.made_at = self.used_at = monotonic()
        self.requests = 0

    def exchange(
        self, method: str, path: str, headers: list[tuple[str, str]], content: bytes, max_bytes: int, deadline: Deadline
    ) -> Reply:
        """The answer; whatever is raised, the connection is of no more use."""
        self.requests += 1
        self._received = 0
        try:
            broken = self._send(method, path, headers, content, deadline)
            return self._receive(method, max_bytes, deadline, broken)
        except h11.RemoteProtocolError as error:
            raise (_cut_off() if self._ended else _not_http()) from error
        except TimeoutError as error:
            raise deadline.over() from error

    def is_reusable(self) -> bool:
        """Whether the answer ended cleanly and neither side wants to close."""
        states = self._http.states
        return states == {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE} and self._http.trailing_data == (b"", False)

    def renew(self) -> None:
        self._http.start_next_cycle()
        self.used_at = monotonic()

    def is_silent(self) -> bool:
        """Nothing came while the connection lay idle: no end, and no bytes that nobody asked for."""
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return False
        poll = select.poll()
        poll.register(self._socket, select.POLLIN | select.POLLHUP | select.POLLERR)
        return not poll.poll(0)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.close()

    def _send(
        self, method: str, path: str, headers: list[tuple[str, str]], content: bytes, deadline: Deadline
    ) -> OSError | None:
        """What broke it, if the other end stopped reading: its answer may have come nevertheless."""
        # As bytes: of text h11 takes ASCII only, and the policy lets the whole of Latin-1 pass.
        written = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
        request = h11.Request(method=method, target=path, headers=written)
        parts = [self._http.send(request), self._http.send(h11.Data(data=content)), self._http.send(h11.EndOfMessage())]
        whole = memoryview(b"".join(part for part in parts if part))
        try:
            for start in range(0, len(whole), _SEND_BYTES):
                self._socket.settimeout(deadline.left_s())
                self._socket.sendall(whole[start : start + _SEND_BYTES])
        except TimeoutError:
            raise
        except OSError as error:
            return error
        return None

    def _receive(self, method: str, max_bytes: int, deadline: Deadline, broken: OSError | None) -> Reply:
        most_wire = max_bytes + max_bytes // 4 + 2 * MOST_HEADER_BYTES
        head: h11.Response | None = None
        content: Body | None = None
        interim = pieces = 0
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._read(deadline, most_wire, max_bytes, broken)
            elif isinstance(event, h11.InformationalResponse):
                interim += 1
                if interim > MOST_INTERIM or event.status_code == 101:
                    raise _not_http()
            elif isinstance(event, h11.Response):
                head, content = event, _begin(event, method, max_bytes)
            elif isinstance(event, h11.Data) and content is not None:
                pieces += 1
                if pieces > MOST_PIECES:
                    raise Unreachable(f"The answer comes in more than {MOST_PIECES} pieces.")
                content.feed(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and head is not None and content is not None:
                return Reply(head.status_code, _headers(head), content.whole())
            else:
                raise _not_http()

    def _read(self, deadline: Deadline, most_wire: int, max_bytes: int, broken: OSError | None) -> None:
        self._socket.settimeout(deadline.left_s())
        try:
            data = self._socket.recv(_READ_BYTES)
        except TimeoutError:
            raise
        except OSError as error:
            if self._received == 0:
                raise Stale("The connection was closed before an answer.") from (broken or error)
            raise _cut_off() from error
        if not data and self._received == 0:
            raise Stale("The connection was closed before an answer.") from broken
        self._ended = not data
        self._received += len(data)
        if self._received > most_wire:
            raise too_large(max_bytes)
        self._http.receive_data(data)


def _not_http() -> Unreachable:
    return Unreachable("The answer is not HTTP as it should be, or its headers are too large.")


def _cut_off() -> Unreachable:
    return Unreachable("The connection was closed before the answer was whole.")


def _begin(head: h11.Response, method: str, max_bytes: int) -> Body:
    if head.http_version not in (b"1.0", b"1.1"):
        raise _not_http()
    if len(head.headers) > MOST_HEADERS:
        raise Unreachable(f"The answer has more than {MOST_HEADERS} headers.")
    if method != "HEAD" and any(name == b"content-length" and int(value) > max_bytes for name, value in head.headers):
        raise too_large(max_bytes)
    encodings = [value for name, value in head.headers if name == b"content-encoding"]
    return body(b",".join(encodings).decode("latin-1"), max_bytes)


def _headers(head: h11.Response) -> tuple[tuple[str, str], ...]:
    pairs = ((name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers)
    return tuple((name, value) for name, value in pairs if name not in _OF_THE_WIRE)
