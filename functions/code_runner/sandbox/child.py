"""The process that runs WebAssembly, and nothing else (functions/code_runner/children.py starts it).

It opens its guest, makes one instance, closes everything behind itself, says that it is ready, and then does
what the runner says until the socket ends. It knows one instance at a time: a begin ends the one before.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from functions.code_runner.sandbox import confinement
from functions.code_runner.sandbox.instance import Crashed, Instance, Machine, MemoryFull, Timeout
from functions.code_runner.sandbox.wire import Broken, Frame, Head, pack, unpack

MOST_BODY = 16 * 2**20  # of what the runner sends: the answer to a fetch, or code
MOST_LOG = 64 * 1024  # characters that one log hands up
WARM_BYTES = 256 * 2**20
NO_MORE = json.dumps({"error": "The call has made all the requests that it may make.", "kind": "limit"})


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
    """The guest's two imports: the runner's business, up to a number. The runner counts for itself; a guest that floods
    it with more keeps nobody busy but itself."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._logs = self._log_lines = self._requests = 0

    def allow(self, head: Head) -> None:
        """For what comes now."""
        self._logs, self._log_lines = head["most_logs"], head["most_logs"] // 16
        self._requests = head["most_requests"]

    def fetch(self, request: str) -> str:
        self._requests -= 1
        if self._requests < 0:
            return NO_MORE
        self._channel.send("fetch", {}, _bytes(request))
        answer = self._channel.receive()
        if answer.kind != "answer":
            raise Broken(f"{answer.kind} in place of the answer to a fetch")
        return answer.body.decode()

    def log(self, level: str, text: str) -> None:
        if self._logs < 0 or self._log_lines < 0:
            return
        said = _bytes(text[:MOST_LOG])
        self._logs -= len(said)
        self._log_lines -= 1
        self._channel.send("log", {"level": level, "cut": self._logs < 0 or self._log_lines < 0}, said)


class Engine:
    """Does what frames say."""

    def __init__(self, channel: Channel, machine: Machine) -> None:
        self._channel, self._machine = channel, machine
        self._host = Upstairs(channel)
        self._instance: Instance | None = None

    def serve(self) -> None:
        """Until the socket ends."""
        while True:
            frame = self._channel.receive()
            self._host.allow(frame.head)
            ended, message, said = self._guarded(frame)
            if len(said) > frame.head["most_bytes"]:
                ended, message, said = "large", str(len(said)), b""
            self._channel.send("done", {"ended": ended, "message": message[:1000]}, said)

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
        self._instance = self._machine.instance(head["memory_bytes"], self._host)
        code, environment = body[: head["code_bytes"]].decode(), body[head["code_bytes"] :]
        if frame.kind == "check":
            return self._instance.check(code, head["deadline_s"])
        return self._instance.load(code, json.loads(environment), head["deadline_s"])

    def _end(self) -> None:
        """Whatever comes next is in another instance."""
        if self._instance is not None:
            self._instance.close()
            self._instance = None


def main(fd: int) -> None:
    channel = Channel(fd)
    try:
        head = channel.receive().head
        machine = Machine(Path(head["guest"]))
        machine.instance(WARM_BYTES, Upstairs(channel)).close()  # whatever a first one needs of files is there now
        confinement.silence()
        layers = confinement.confine(kernel_layers=head["kernel_layers"], threads=machine.start)
        channel.send("done", {"ended": "returned", "message": " ".join(layers)})
        Engine(channel, machine).serve()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(0)


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")
