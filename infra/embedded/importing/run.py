"""The import as a whole: read, send several requests at once, note how far we are, report."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from infra.embedded.importing.checkpoint import Checkpoint
from infra.embedded.importing.identity import Identities
from infra.embedded.importing.mapping import BadValue, ColumnMapping
from infra.embedded.importing.sending import ROWS_A_REQUEST, Line, Outcome, Sender
from infra.embedded.importing.sources import BadRow, Source

IN_FLIGHT = 4


@dataclass(slots=True)
class Progress:
    """`rows` were read, `skipped` of them because an earlier run had settled them. `done` is 0…1 of the file."""

    rows: int = 0
    skipped: int = 0
    sent: int = 0
    repeated: int = 0
    rejected: int = 0
    done: float = 0.0
    elapsed_s: float = 0.0

    @property
    def per_second(self) -> float:
        return (self.rows - self.skipped) / self.elapsed_s if self.elapsed_s else 0.0


@dataclass(slots=True)
class _Chunk:
    """Consecutive rows: what is to be sent, what was bad already. `rows` counts to the end of the chunk."""

    rows: int
    done: float
    lines: list[Line] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Import:
    """One file into one account. `tell` is called after every settled request."""

    source: Source
    mapping: ColumnMapping
    sender: Sender
    checkpoint: Checkpoint
    rejects: Path
    tell: Callable[[Progress], None] = lambda progress: None
    clock: Callable[[], float] = time.monotonic

    def run(self) -> Progress:
        """Import what is not settled yet. After an exception the same call goes on where this one ended."""
        progress = Progress(skipped=self.checkpoint.rows)
        started = self.clock()
        in_flight: deque[tuple[_Chunk, Future[Outcome]]] = deque()
        with (
            _Rejects(self.rejects, resumed=self.checkpoint.rows > 0) as rejects,
            ThreadPoolExecutor(IN_FLIGHT) as pool,
        ):
            try:
                for chunk in self._chunks():
                    in_flight.append((chunk, pool.submit(self.sender.send, chunk.lines)))
                    if len(in_flight) > IN_FLIGHT:
                        self._settle(*in_flight.popleft(), progress, rejects, started)
                while in_flight:
                    self._settle(*in_flight.popleft(), progress, rejects, started)
            except BaseException:
                self.sender.cancel()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        progress.elapsed_s = self.clock() - started
        self.checkpoint.clear()
        return progress

    def _settle(
        self, chunk: _Chunk, future: Future[Outcome], progress: Progress, rejects: _Rejects, started: float
    ) -> None:
        outcome = future.result()
        rejected = sorted(chunk.rejected + outcome.rejected)
        rejects.write(rejected)
        progress.rows, progress.done = chunk.rows, chunk.done
        progress.sent += outcome.sent
        progress.repeated += outcome.repeated
        progress.rejected += len(rejected)
        progress.elapsed_s = self.clock() - started
        self.checkpoint.save(chunk.rows)
        self.tell(progress)

    def _chunks(self) -> Iterator[_Chunk]:
        """Rows from the first: those settled before are only counted, for the sake of equal rows' numbers."""
        identities = Identities()
        settled = self.checkpoint.rows
        chunk = _Chunk(settled, 0.0)
        count = 0
        for numbered in self.source.rows():
            count += 1
            line, bad = self._line(numbered.line, numbered.row, identities)
            if count <= settled:
                continue
            if line is not None:
                chunk.lines.append(line)
            if bad is not None:
                chunk.rejected.append((numbered.line, bad))
            chunk.rows, chunk.done = count, numbered.done
            if len(chunk.lines) == ROWS_A_REQUEST or len(chunk.rejected) == ROWS_A_REQUEST:
                yield chunk
                chunk = _Chunk(count, numbered.done)
        if chunk.lines or chunk.rejected:
            yield chunk
        identities.close()

    def _line(self, number: int, row: object, identities: Identities) -> tuple[Line | None, str | None]:
        if isinstance(row, BadRow):
            return None, f"{row.reason}: {row.text}"
        try:
            event = self.mapping.event(row)  # type: ignore[arg-type]
        except BadValue as error:
            return None, str(error)
        return Line(number, event, identities.of(event)), None


class _Rejects:
    """The rejects file: NDJSON with line and reason; made when the first row is rejected."""

    def __init__(self, path: Path, *, resumed: bool) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self._mode = "a" if resumed else "w"

    def write(self, rejected: list[tuple[int, str]]) -> None:
        if rejected and self._file is None:
            self._file = self._path.open(self._mode)
        for line, reason in rejected:
            self._file.write(json.dumps({"line": line, "reason": reason}) + "\n")  # type: ignore[union-attr]

    def __enter__(self) -> _Rejects:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
