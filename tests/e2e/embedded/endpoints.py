"""Endpoints of webhooks on this machine: they keep what arrives, and answer, hang or fail as they are told."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class _Properties(msgspec.Struct, frozen=True):
    unique_id: str = msgspec.field(name="$event_id")


class _Attributes(msgspec.Struct, frozen=True):
    uuid: str
    event_properties: _Properties


class _Data(msgspec.Struct, frozen=True):
    attributes: _Attributes


class _Payload(msgspec.Struct, frozen=True):
    data: _Data


class Entry(msgspec.Struct, frozen=True):
    topic: str
    external_id: str
    payload: _Payload

    @property
    def unique_id(self) -> str:
        return self.payload.data.attributes.event_properties.unique_id


class _Body(msgspec.Struct, frozen=True):
    data: list[Entry]


_body = msgspec.json.Decoder(_Body)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One POST. `at` is of the clock that all processes of the machine share (`time.monotonic`)."""

    path: str
    at: float
    headers: dict[str, str]
    body: bytes

    @property
    def entries(self) -> list[Entry]:
        return _body.decode(self.body).data


@dataclass
class Endpoints:
    """`answers` maps paths to what is written; None: nothing, ever. Every other path answers 200."""

    port: int = 0
    arrivals: list[Arrival] = field(default_factory=list)
    answers: dict[str, bytes | None] = field(default_factory=dict)
    heard: Callable[[], None] = lambda: None  # called in the thread of the endpoints, before an answer

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def at(self, path: str) -> list[Arrival]:
        return [arrival for arrival in self.arrivals if arrival.path == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                request, *lines = head.strip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers["content-length"]))
                path = request.split(" ")[1]
                self.arrivals.append(Arrival(path, time.monotonic(), headers, body))
                self.heard()
                answer = self.answers.get(path, OK)
                if answer is None:
                    await reader.read()  # until the other side gives up
                    return
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return  # the other side was killed or is done, or this one ends
        finally:
            writer.close()


@contextmanager
def endpoints() -> Iterator[Endpoints]:
    """Served by a thread of this process."""
    found, loop = Endpoints(), asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(found.serve, "127.0.0.1", 0, limit=1 << 24))
    found.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
