"""Keeps the worker processes alive: starts them, starts them again when they die, ends them."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cdp.spec import FunctionSpec
from infra.embedded.inboxes import BULK_BATCH

log = logging.getLogger("regulars.workers")

FIRST_DELAY_S, MAX_DELAY_S = 0.2, 30.0
STEADY_S = 60.0  # a worker that lived this long starts again at once
FINISH_S = 20.0  # for running batches at a clean end


def groups(specs: Iterable[FunctionSpec]) -> dict[str, list[str]]:
    """Worker process -> its rooms. A bulk inbox has a process of its own: it must not share an interpreter."""
    found: dict[str, list[str]] = {}
    together: list[str] = []
    for spec in specs:
        if spec.inbox and spec.inbox.process:
            found.setdefault(spec.inbox.process, []).append(spec.name)
        elif spec.inbox and spec.inbox.batch_size >= BULK_BATCH:
            found[spec.name] = [spec.name]
        elif spec.inbox:
            together.append(spec.name)
    return {**found, "rooms": together}


@dataclass(slots=True)
class _Worker:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    crashes: int = 0  # in a row


class Workers:
    """The worker processes of one platform. `watch` runs in a thread until `stop`."""

    def __init__(self, data: Path, specs: Iterable[FunctionSpec]) -> None:
        self._stop = threading.Event()
        self._workers = [_Worker(name, _command(name, data, rooms)) for name, rooms in groups(specs).items()]
        self._thread = threading.Thread(target=self._watch, name="workers", daemon=True)

    def start(self) -> None:
        for worker in self._workers:
            _start(worker)
        self._thread.start()

    def alive(self) -> bool:
        """Do all worker processes run?"""
        return all(w.process is not None and w.process.poll() is None for w in self._workers)

    def stop(self) -> None:
        """End them: what runs may finish within 20 s."""
        self._stop.set()
        self._thread.join()
        running = [w.process for w in self._workers if w.process is not None and w.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + FINISH_S
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("worker %d does not end; it is killed (its messages are read again)", process.pid)
                process.kill()
                process.wait()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            for worker in self._workers:
                if worker.process is not None and (code := worker.process.poll()) is not None:
                    self._restart(worker, code)

    def _restart(self, worker: _Worker, code: int) -> None:
        lived_s = time.monotonic() - worker.started_at
        worker.crashes = 1 if lived_s > STEADY_S else worker.crashes + 1
        log.error("worker %s ended with %d; starting it again", worker.name, code)
        if not self._stop.wait(min(MAX_DELAY_S, FIRST_DELAY_S * 2**worker.crashes)):
            _start(worker)


def _command(name: str, data: Path, rooms: list[str]) -> list[str]:
    command = [sys.executable, "-m", "infra.embedded.worker", "--data", str(data)]
    command += [part for room in rooms for part in ("--room", room)]
    return [*command, "--clock"] if name == "rooms" else command


def _start(worker: _Worker) -> None:
    command = [*worker.command, "--crashes", str(worker.crashes)]
    worker.process = subprocess.Popen(command, stdin=subprocess.PIPE)
    worker.started_at = time.monotonic()
