"""Endpoints of webhooks in a process of their own. "/hangs" never answers, every other path answers 200."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.e2e.embedded.endpoints import endpoints


@dataclass(frozen=True, slots=True)
class Taken:
    """One POST. `at` is of `time.monotonic`, which all processes of the machine share; `ids` our names of the events."""

    path: str
    at: float
    ids: list[str]


@dataclass(frozen=True, slots=True)
class Receiver:
    port: int
    _pipe: Connection

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def take(self) -> list[Taken]:
        """What has arrived since the last time."""
        self._pipe.send("take")
        found: list[Taken] = self._pipe.recv()
        return found


@contextmanager
def receiving() -> Iterator[Receiver]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Receiver(ours.recv(), ours)
    finally:
        ours.send("end")
        process.join()


def _serve(pipe: Connection) -> None:
    with endpoints() as served:
        served.answers["/hangs"] = None
        pipe.send(served.port)
        while pipe.recv() != "end":
            count = len(served.arrivals)
            taken, served.arrivals[:count] = served.arrivals[:count], []
            pipe.send([Taken(one.path, one.at, [entry.unique_id for entry in one.entries]) for one in taken])
