"""A small log in the lake, and what the queries make of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cdp.attribution.attribution import attributed
from cdp.attribution.messages import numbers, visits
from cdp.attribution.settings import AttributionSettings
from cdp.attribution.touches import touches
from cdp.lake.tables import EVENTS
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import Query, months_between, select
from tests.unit.attribution.oracle import METRICS, PLACED
from tests.unit.query.files import FileLake, event

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Metric:
    no: int
    name: str


ALL = [Metric(no, name) for no, name in METRICS.items()]
NUMBERS, VISITS = numbers(ALL), visits(ALL)


def rows(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Complete rows of `events`; `units` becomes the value."""
    made = []
    for one in events:
        given = {k: v for k, v in one.items() if k not in ("occurred_at", "event_id", "units")}
        value = None if one.get("units") is None else one["units"] / 10_000
        made.append(event(one["event_id"], one["occurred_at"], value=value, **given))
    return made


def conversions(start: datetime = START, end: datetime = END) -> Query:
    text = (
        "SELECT profile_no, occurred_at, event_id, CAST(round(value * 10000) AS BIGINT) AS units FROM events "
        "WHERE metric_id = :placed AND occurred_at >= :start AND occurred_at < :end"
    )
    return select(text, months=months_between(start, end), placed=PLACED, start=start, end=end)


def query(settings: AttributionSettings, *, of_people: bool = True) -> Query:
    converted = conversions()
    people = converted if of_people else None
    return attributed(converted, touches(NUMBERS, VISITS, settings, START, END, people), settings)


@contextmanager
def engine(events: Sequence[Mapping[str, Any]]) -> Iterator[DuckdbEngine]:
    with tempfile.TemporaryDirectory() as folder:
        lake = FileLake(Path(folder))
        lake.write("a", EVENTS, rows(events))
        opened = DuckdbEngine(lake)
        try:
            yield opened
        finally:
            opened.close()


