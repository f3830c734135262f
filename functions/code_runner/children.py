"""Engine children as the runner sees them: started, spoken with, ended. What a child says is not trusted."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from cdp.code.job import Runtime
from cdp.errors import Unavailable
from functions.code_runner.sandbox.wire import Broken, Frame, Head, pack, unpack

log = logging.getLogger("regulars.code_runner")

BOOT = "import sys; sys.path += sys.argv[2:]; from functions.code_runner.sandbox.child import main; main(int(sys.argv[1]))"
START_S = 20.0  # on a machine that has much else to do; it takes a tenth of a second otherwise
MOST_FRAME = 9 * 2**20  # a request of 5 MB in base64, and its headers
MOST_BUSY_S = 1800.0  # then a child makes place for a new one
IDLE_S = 60.0  # a child that had nothing to do for so long is ended, if it is not the last


class Gone(Exception):
    """The child has ended, or said what no child says; the text says which."""


class Late(Exception):
    """Nothing came in time."""


class Child:
    """One process and its socket. Not for two threads at a time."""

    def __init__(self, runtime: Runtime, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.runtime = runtime
        ours, theirs = socket.socketpair()
        self._socket = ours
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own command
                    [str(theirs.fileno()) if part == "{fd}" else part for part in command],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=dict(environment),
                    pass_fds=(theirs.fileno(),), start_new_session=True, cwd="/",
                )  # fmt: skip
        except OSError:
            ours.close()
            raise
        self.busy_s = 0.0
        self.free_since = time.monotonic()
        self.alive = True

    def send(self, kind: str, head: Head, body: bytes = b"", *, until: float) -> None:
        try:
            self._socket.settimeout(_left(until))
            self._socket.sendall(pack(kind, head, body))
        except TimeoutError as error:
            raise Late from error
        except OSError as error:
            raise Gone(self._how()) from error

    def receive(self, until: float) -> Frame:
        def read(count: int) -> bytes:
            parts = bytearray()
            while len(parts) < count:
                if time.monotonic() > until:  # though there may always be something to read
                    raise TimeoutError
                self._socket.settimeout(_left(until))
                part = self._socket.recv(min(count - len(parts), 2**20))
                if not part:
                    raise Gone(self._how())
                parts += part
            return bytes(parts)

        try:
            return unpack(read, MOST_FRAME)
        except TimeoutError as error:
            raise Late from error
        except Broken as error:
            raise Gone(f"the engine sent {error}") from error
        except OSError as error:
            raise Gone(self._how()) from error

    def end(self) -> None:
        """At once, whatever it does."""
        self.alive = False
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def is_there(self) -> bool:
        """Whether the process still runs, for all that it knows: it may have been ended from outside."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def _how(self) -> str:
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return "the engine closed its socket"
        return f"the engine was ended by signal {-code}" if code < 0 else f"the engine ended with code {code}"


class Pool:
    """At most `most` children, each of one runtime; a job has one for itself."""

    def __init__(self, start: Callable[[Runtime], Child], most: int, *, wait_s: float) -> None:
        """`start` makes a child that is ready to work, or raises."""
        self._start, self._most, self._wait_s = start, most, wait_s
        self._free = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._idle: list[Child] = []  # the one used last is the last
        self._busy = 0

    @contextmanager
    def child(self, runtime: Runtime) -> Iterator[Child]:
        """One to use; who finds it in disorder ends it. `Unavailable` when all stay busy."""
        if not self._free.acquire(timeout=self._wait_s):
            raise Unavailable("All engines of the sandbox are busy.")
        child: Child | None = None
        try:
            child = self._take(runtime) or self._start(runtime)
            began = time.monotonic()
            yield child
            child.free_since = time.monotonic()
            child.busy_s += child.free_since - began
        except BaseException:
            if child is not None:
                child.end()
            raise
        finally:
            self._give(child)
            self._free.release()

    def close(self) -> None:
        """End those that are idle."""
        with self._lock:
            ended, self._idle = self._idle, []
        for child in ended:
            child.end()

    def idle(self) -> list[int]:
        """Process ids of those that are idle."""
        with self._lock:
            return [child.pid for child in self._idle]

    def _take(self, runtime: Runtime) -> Child | None:
        """An idle one; failing that there is room for another."""
        ended: list[Child] = []
        with self._lock:
            self._busy += 1
            found = None
            for child in reversed(self._idle.copy()):
                if found is None and child.runtime == runtime:
                    self._idle.remove(child)
                    if child.is_there():
                        found = child
                    else:
                        ended.append(child)
            if found is None and self._idle and self._busy + len(self._idle) > self._most:
                ended.append(self._idle.pop(0))
        for child in ended:
            child.end()
        return found

    def _give(self, child: Child | None) -> None:
        ended: list[Child] = []
        with self._lock:
            self._busy -= 1
            if child is not None and child.alive:
                (ended if child.busy_s > MOST_BUSY_S else self._idle).append(child)
            while len(self._idle) > 1 and self._idle[0].free_since < time.monotonic() - IDLE_S:
                ended.append(self._idle.pop(0))
        for old in ended:
            old.end()


def command() -> list[str]:
    """How an engine child is started: isolated, with the two folders it imports from."""
    found = find_spec("wasmtime")
    if found is None or found.origin is None:
        raise FileNotFoundError("wasmtime is not installed.")
    ours, theirs = Path(__file__).parents[2], Path(found.origin).parents[1]
    return [sys.executable, "-I", "-S", "-c", BOOT, "{fd}", str(ours), str(theirs)]


def bare(environment: Mapping[str, str]) -> dict[str, str]:
    """Of an environment only where the Lambda runtime keeps Python's own shared objects; the child forgets that, too."""
    return {name: value for name, value in environment.items() if name == "LD_LIBRARY_PATH"}


def _left(until: float) -> float:
    return max(0.001, until - time.monotonic())
