"""The engine of the sandbox: one compiled guest, and fresh instances of it. Imports the standard library and wasmtime
only; knows nothing of jobs, accounts or the network."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import wasmtime
from wasmtime import component

from functions.code_runner.sandbox.compiling import configuration

LEVELS = ("debug", "info", "warning", "error")
TICK_S = 0.01  # how finely deadlines are kept
START_S = 5.0  # for what the guest does of itself when an instance is made
TABLE_ELEMENTS = 100_000
PREPARING_BYTES = 256 * 2**20
MOST_PREPARED = 16 * 2**20  # characters of prepared code that are kept
_LATE = "The function ran longer than {:g} s."


class Ended(Exception):
    """The sandbox ended the instance: nothing of it can be called again. The text is a sentence for the customer."""


class Timeout(Ended):
    """The deadline passed."""


class MemoryFull(Ended):
    """The instance wanted more memory than it may have."""


class Crashed(Ended):
    """A trap: the stack is exhausted, the interpreter aborted, or a call that the sandbox does not have."""


class Host(Protocol):
    """What the guest reaches. An exception here ends the instance and comes out of the call that is under way."""

    def fetch(self, request: str) -> str:
        """JSON in, JSON out.

        Request: `{"method", "url", "headers": [[name, value]], "body": base64 | null, "timeout_s": number | null,
        "redirects": number, "platform": bool}`; with `platform`, `url` is a path of the account's own API.
        Answer: `{"status", "headers": [[name, value]], "body": base64, "url"}`, or `{"error": sentence, "kind":
        "forbidden" | "unreachable" | "limit"}`. The request is the guest's word: check every field.
        """

    def log(self, level: str, text: str) -> None:
        """A line of the customer's log, as long as the guest made it; `level` is one of LEVELS."""


class _Nobody:
    """The host of an instance that runs no function."""

    def fetch(self, request: str) -> str:
        raise Crashed("Code was run where it is only read.")

    def log(self, level: str, text: str) -> None:
        """Nobody reads it."""


class Machine:
    """One compiled guest in memory. One call at a time: an instance is made, used and closed before the next."""

    def __init__(self, path: Path) -> None:
        """`path` to the artefact, whose hash has been checked: it is machine code and trusted."""
        self._engine = wasmtime.Engine(configuration())
        self._component = component.Component.deserialize_file(self._engine, str(path))
        self._linker = component.Linker(self._engine)
        self._here: Instance | None = None
        self._running = threading.Event()
        self._began = 0.0
        self._prepared: OrderedDict[str, str] = OrderedDict()
        with self._linker.root() as root:
            root.add_func("fetch", lambda _store, request: self._instance().ask(request))
            root.add_func("log", lambda _store, level, text: self._instance().note(level, text))

    def start(self) -> None:
        """Start the clock of deadlines: a thread. No instance runs before."""
        threading.Thread(target=self._tick, name="epoch", daemon=True).start()

    def _tick(self) -> None:
        """While a call is on. What a busy machine delays is made up for: deadlines are those of the clock."""
        while True:
            self._running.wait()
            due = 0.0
            while self._running.is_set():
                time.sleep(TICK_S)
                due = max(due, self._began + TICK_S)
                while due <= time.monotonic():
                    self._engine.increment_epoch()
                    due += TICK_S

    @contextmanager
    def ticking(self) -> Iterator[None]:
        """The clock of deadlines goes on inside of this; an engine that has nothing to do sleeps."""
        self._began = time.monotonic()
        self._running.set()
        try:
            yield
        finally:
            self._running.clear()

    def _instance(self) -> Instance:
        if self._here is None:
            raise Crashed("The guest called while nothing ran.")
        return self._here

    def imports(self) -> tuple[str, ...]:
        """What the guest asks of the host at all."""
        return tuple(sorted(self._component.type.imports(self._engine)))

    def prepared(self, code: str, deadline_s: float) -> str:
        """What `load` takes: parsed once, not for each instance.

        An instance of its own makes it out of the text and runs nothing of it, so it is as good as the text.
        """
        if code not in self._prepared:
            before = self._here
            try:
                with self.instance(PREPARING_BYTES, _Nobody()) as fresh:
                    self._prepared[code] = fresh.prepare(code, deadline_s)
            finally:
                self._here = before
            while len(self._prepared) > 1 and sum(len(a) + len(b) for a, b in self._prepared.items()) > MOST_PREPARED:
                self._prepared.popitem(last=False)
        self._prepared.move_to_end(code)
        return self._prepared[code]

    def instance(self, memory_bytes: int, host: Host) -> Instance:
        """A fresh one: nothing of an earlier instance is in it. `memory_bytes` counts the interpreter in."""
        store = wasmtime.Store(self._engine)
        store.set_limits(memory_size=memory_bytes, table_elements=TABLE_ELEMENTS)
        store.set_epoch_deadline(_ticks(START_S))
        self._here = None
        try:
            made = self._linker.instantiate(store, self._component)
        except wasmtime.WasmtimeError as error:
            store.close()
            raise MemoryFull(f"The sandbox could not start in {memory_bytes // 2**20} MiB.") from error
        self._here = Instance(self, store, made, host)
        return self._here


class Instance:
    """What has its own memory. After `Ended` it is of no more use. Use it in a `with`, or close it."""

    def __init__(self, machine: Machine, store: wasmtime.Store, made: component.Instance, host: Host) -> None:
        self._machine = machine
        self._store = store
        self._made = made
        self._host = host
        self._until = 0.0
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._ended = True
        self._store.close()

    def check(self, code: str, deadline_s: float) -> str:
        """JSON list of what is wrong with the code: `{"message", "line"}` each. It is read, not run."""
        return self._enter("check", deadline_s, code)

    def prepare(self, code: str, deadline_s: float) -> str:
        return self._enter("prepare", deadline_s, code)

    def load(self, code: str, environment: Mapping[str, str], deadline_s: float) -> str:
        """Run the code once, to its end. JSON of what it raised, `{"kind", "message", "where"}`, or null."""
        until = time.monotonic() + deadline_s
        prepared = self._machine.prepared(code, deadline_s)
        if prepared.startswith("{"):  # a failure
            return prepared
        setting = {"environment": dict(environment), "seed": os.urandom(32).hex()}
        return self._driven("load", until - time.monotonic(), prepared, json.dumps(setting))

    def call(self, event: str, context: str, deadline_s: float) -> str:
        """JSON of the answer: `{"status": "ok" | "failed" | "again", "result", "failure", "again_s"}`.

        The guest's word: whoever reads it checks sizes and types.
        """
        return self._driven("call", deadline_s, event, context)

    def ask(self, request: str) -> str:
        """The guest's question to the host: the clock, sleep and chance are answered here, requests by the host."""
        if request == "clock":
            return str(time.time_ns())
        if request.startswith("sleep "):
            self._sleep(request[6:])
            return ""
        if request.startswith("random "):
            return os.urandom(_number(request[7:], 65_536)).hex()
        return self._host.fetch(request)

    def note(self, level: str, text: str) -> None:
        self._host.log(level if level in LEVELS else "info", text)

    def _sleep(self, seconds: str) -> None:
        try:
            wanted = float(seconds)
        except ValueError:
            wanted = 0.0
        left = self._until - time.monotonic()
        if (pause := min(wanted, left)) > 0:  # to sleep for no time takes some
            time.sleep(pause)
        if wanted > left:  # who would sleep on is ended: it must not wake as if it had slept
            self._ended = True
            raise Timeout("The function slept longer than it may run.")

    def _driven(self, name: str, deadline_s: float, *arguments: str) -> str:
        """Call an export to its end: JavaScript comes back whenever all that it waits for is promises or timers."""
        answer = self._enter(name, deadline_s, *arguments)
        until = self._until
        while answer.startswith("sleep "):
            self._sleep(answer[6:])
            if (left := until - time.monotonic()) <= 0:
                self._ended = True
                raise Timeout(_LATE.format(deadline_s))
            answer = self._enter("resume", left)
        return answer

    def _enter(self, name: str, deadline_s: float, *arguments: str) -> str:
        """Call an export; the deadline counts the host's own time in."""
        if self._ended:
            raise Crashed("The instance has ended.")
        function = self._made.get_func(self._store, name)
        if function is None:
            raise Crashed(f"The guest has no {name}.")
        self._until = time.monotonic() + deadline_s
        self._store.set_epoch_deadline(_ticks(deadline_s))
        self._ended = True
        try:
            with self._machine.ticking():
                answer = function(self._store, *arguments)
                function.post_return(self._store)
        except wasmtime.WasmtimeError as error:
            raise _reason(str(error), deadline_s) from error
        self._ended = False
        if answer == "memory":
            self._ended = True
            raise MemoryFull("The function used up its memory.")
        return str(answer)


def _ticks(seconds: float) -> int:
    return max(1, round(seconds / TICK_S) + 1)


def _number(text: str, most: int) -> int:
    return min(int(text), most) if text.isdecimal() and len(text) < 10 else 0


def _reason(trap: str, deadline_s: float) -> Ended:
    """wasmtime tells traps of components by their text alone."""
    if "wasm trap: interrupt" in trap:
        return Timeout(_LATE.format(deadline_s))
    if "call stack exhausted" in trap:
        return Crashed("The function called itself too deeply.")
    if "out of memory" in trap.lower() or "allocation" in trap:
        return MemoryFull("The function used up its memory.")
    return Crashed("The function brought its interpreter down: memory ran out, or it used what the sandbox does not have.")
