"""What a measured case is: our report and another engine's query for the same answer, on the same files."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.data import SEGMENTS, GeneratedLake
from benchmarks.shop import METRICS, PROFILES
from cdp.lake.tables import EVENTS, LakeTable
from cdp.ports import Engine
from cdp.query.sql import months_between
from functions.reports.report import KnownMetric, KnownSegment, Report, Scope

THREADS = 2
ACCOUNT = "bench"
_BEGAN = datetime(2024, 7, 1, tzinfo=UTC)
# Metric ids are the names in lower case with underscores: placed_order, viewed_product …
SCOPE = Scope(
    timezone="Europe/Berlin",
    currency="EUR",
    as_of=datetime(2026, 7, 1, tzinfo=UTC),
    metrics=tuple(KnownMetric(name.lower().replace(" ", "_"), no, name) for no, (name, _) in METRICS.items()),
    last_profile=PROFILES,
    segments=tuple(KnownSegment(id_, id_, _BEGAN, True, True, msgspec.Raw(b"{}")) for id_ in SEGMENTS),
)


class Chdb:
    """A session of chDB over the generated files. In texts {events} is the table of all events."""

    def __init__(self, lake: GeneratedLake, folder: Path) -> None:
        from chdb.session import Session

        self._lake = lake
        self._session = Session(str(folder / "chdb"))  # type: ignore[no-untyped-call]
        for text in (
            f"SET max_threads = {THREADS}",
            "CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic",
            "USE bench",
        ):
            self._query(text)

    def table(
        self, table: LakeTable = EVENTS, start: datetime | None = None, end: datetime | None = None
    ) -> str:
        """The files that hold [start, end) as a table expression."""
        months = months_between(start, end) if start is not None and end is not None else None
        files = self._lake.files(ACCOUNT, table, months)
        names = ",".join(Path(file).stem for file in files)
        return f"file('{Path(files[0]).parent}/{{{names}}}.parquet', Parquet)"

    def do(self, text: str, **values: str) -> None:
        self._query(self._filled(text, values))

    def rows(self, text: str, **values: str) -> list[Any]:
        text = self._filled(text, values) + " SETTINGS output_format_json_quote_64bit_integers = 0"
        return [json.loads(line) for line in self._query(text).splitlines()]

    def _filled(self, text: str, values: dict[str, str]) -> str:
        return text.format(**{"events": self.table(), **values})

    def _query(self, text: str) -> str:
        return str(self._session.query(text, "JSONCompactEachRow"))  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Case:
    """`ours` and `theirs` give the same answer, as lists of plain values. Without `theirs` it is only timed."""

    name: str
    ours: Callable[[Engine], object]
    theirs: Callable[[Chdb], object] | None = None


def rows_of(engine: Engine, report: Report[Any, Any], params: Any, scope: Scope = SCOPE) -> Sequence[Any]:
    """The report's rows as the room gets them: planned, compiled, run and read into Python."""
    return report.rows(engine.run(ACCOUNT, report.query(params, scope)))


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond


def newest(column: str = "occurred_at") -> str:
    """The same of the newest of some instants, up to which a report's data go, in ClickHouse's SQL."""
    return f"toUnixTimestamp64Micro(max({column}))"


def instant(at: datetime) -> str:
    """An aware instant in ClickHouse's SQL."""
    return f"fromUnixTimestamp64Micro({micros(at)})"
