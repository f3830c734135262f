"""The process that runs WebAssembly, and nothing else:

    python -I -S -c BOOT <folder of functions> <folder of wasmtime> <JSON of Start>

It opens the guests, makes one instance of each, closes everything behind itself, says that it is ready, and then does
what the runner says until the socket ends. It knows one instance at a time: a begin ends the one before.
"""

from __future__ import annotations

import json
import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from functions.code_runner.sandbox import confinement
from functions.code_runner.sandbox.instance import Crashed, Instance, Machine, MemoryFull, Timeout
from functions.code_runner.sandbox.wire import Broken, Frame, Head, pack, unpack

MOST_BODY = 16 * 2**20  # of what the runner sends: the answer to a fetch, or code
MOST_LOG = 64 * 1024  # characters that one log hands up
WARM_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Start:
    """`guests`: runtime → compiled guest."""

    fd: int
    guests: dict[str, str]
    kernel_layers: bool


class Channel:
    """Frames over the one socket."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def send(self, kind: str, head: Head, body: bytes = b"") -> None:
        left = memoryview(pack(kind, head, body))
        while left:
            left = left[os.write(self._fd, left) :]

    def receive(self) -> Frame:
        return unpack(self._read, MOST_BODY)

    def _read(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            part = os.read(self._fd, min(count - len(parts), 2**20))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)


class Upstairs:
    """The guest's two imports: both are the runner's business."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def fetch(self, request: str) -> str:
        self._channel.send("fetch", {}, _bytes(request))
        answer = self._channel.receive()
        if answer.kind != "answer":
            raise Broken(f"{answer.kind} in place of the answer to a fetch")
        return answer.body.decode()

    def log(self, level: str, text: str) -> None:
        self._channel.send("log", {"level": level[:10]}, _bytes(text[:MOST_LOG]))


class Engine:
    """Does what frames say."""

    def __init__(self, channel: Channel, machines: dict[str, Machine]) -> None:
        self._channel, self._machines = channel, machines
        self._host = Upstairs(channel)
        self._instance: Instance | None = None

    def serve(self) -> None:
        """Until the socket ends."""
        while True:
            frame = self._channel.receive()
            ended, message, result = self._guarded(frame)
            most = frame.head.get("most_bytes", 0)
            if len(result) > most > 0:
                ended, message, result = "large", f"{len(result)} bytes", b""
            self._channel.send("done", {"ended": ended, "message": message[:1000]}, result)

    def _guarded(self, frame: Frame) -> tuple[str, str, bytes]:
        try:
            return "returned", "", _bytes(self._do(frame))
        except Timeout as error:
            ended, message = "timeout", str(error)
        except MemoryFull as error:
            ended, message = "memory", str(error)
        except Crashed as error:
            ended, message = "crashed", str(error)
        self._end()
        return ended, message, b""

    def _do(self, frame: Frame) -> str:
        head, body = frame.head, frame.body
        if frame.kind == "call" and self._instance is not None:
            event, context = body[: head["event_bytes"]], body[head["event_bytes"] :]
            return self._instance.call(event.decode(), context.decode(), head["deadline_s"])
        if frame.kind not in ("begin", "check"):
            raise Broken(f"{frame.kind} out of order")
        self._end()
        machine = self._machines[head["runtime"]]
        self._instance = machine.instance(head["memory_bytes"], self._host)
        code = body[: head["code_bytes"]].decode()
        if frame.kind == "check":
            return self._instance.check(code, head["deadline_s"])
        return self._instance.load(code, json.loads(body[head["code_bytes"] :]), head["deadline_s"])

    def _end(self) -> None:
        """Whatever comes next is another instance."""
        if self._instance is not None:
            self._instance.close()
            self._instance = None


def main(said: str) -> None:
    start = Start(**json.loads(said))
    channel = Channel(start.fd)
    machines = {runtime: Machine(runtime, Path(path)) for runtime, path in start.guests.items()}
    for machine in machines.values():
        with closing(machine.instance(WARM_BYTES, Upstairs(channel))):
            pass  # what the first instance needs of files is there now
    confinement.silence()
    layers = confinement.confine(kernel_layers=start.kernel_layers, threads=lambda: _tick(machines))
    channel.send("done", {"ended": "returned", "message": " ".join(layers)})
    try:
        Engine(channel, machines).serve()
    except (EOFError, BrokenPipeError):
        os._exit(0)


def _tick(machines: dict[str, Machine]) -> None:
    for machine in machines.values():
        machine.start()


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")
