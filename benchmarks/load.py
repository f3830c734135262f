"""A cheap HTTP load client: prebuilt requests over raw keep-alive connections, in its own process.

It knows just enough HTTP/1.1 to count answers: a status line and Content-Length. Latency is from the first
byte written to the last byte read.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import uvloop


@dataclass(slots=True)
class Result:
    """Latencies in seconds, in the order of the answers."""

    elapsed_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return len(self.latencies_s) / self.elapsed_s

    def quantile_ms(self, q: float) -> float:
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(q * len(ordered)))] * 1000


class _Client(asyncio.Protocol):
    """One connection: sends the next request when the answer to the last one is complete."""

    def __init__(self, requests: Iterator[bytes], result: Result, done: asyncio.Future[None]) -> None:
        self._requests, self._result, self._done = requests, result, done
        self._received = bytearray()
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._received.find(b"content-length: ", 0, head)
        length = int(self._received[at + 16 : self._received.find(b"\r", at)]) if at >= 0 else 0
        if len(self._received) < head + 4 + length:
            return
        self._result.latencies_s.append(time.perf_counter() - self._sent_at)
        self._result.statuses[int(self._received[9:12])] += 1
        self._received.clear()
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("the server closed the connection"))


def request(method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A whole request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def send(port: int, requests: Sequence[bytes], clients: int) -> Result:
    """Send all requests over `clients` connections, from a process of its own."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(port, requests, clients, theirs))
    process.start()
    theirs.close()
    result: Result = ours.recv()
    process.join()
    return result


def _send(
    port: int, requests: Sequence[bytes], clients: int, answer: multiprocessing.connection.Connection
) -> None:
    answer.send(uvloop.run(_run(port, requests, clients)))


async def _run(port: int, requests: Sequence[bytes], clients: int) -> Result:
    loop, result, ahead = asyncio.get_running_loop(), Result(), iter(requests)
    finished = [loop.create_future() for _ in range(clients)]
    started = time.perf_counter()
    for done in finished:
        await loop.create_connection(lambda done=done: _Client(ahead, result, done), "127.0.0.1", port)
    await asyncio.gather(*finished)
    result.elapsed_s = time.perf_counter() - started
    return result
