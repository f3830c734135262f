"""Single events out of the lake, in time order (SPEC §1.5, §2.1): what the API lists and shows.

An engine sees months as partitions, so a page is looked for in windows of the months that hold events, which
grow from the side where reading begins: the newest page of a long history touches the newest months only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cdp.lake.tables import EVENTS, month_of
from cdp.ports import Engine, Lake
from cdp.query.sql import Param, Query, select

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = "metric_id, profile_no, occurred_at, event_id, value, currency, unique_id, properties"
_MICROSECOND = timedelta(microseconds=1)
_FIRST_WINDOW, _GROWTH = 2, 4


@dataclass(frozen=True, slots=True)
class EventRow:
    """`properties` is a JSON object; `unique_id` None: the event's second."""

    metric_no: int
    profile_no: int
    occurred_at: datetime
    event_id: int
    value: float | None
    currency: str | None
    unique_id: str | None
    properties: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: all conditions hold. [start, end) bounds `occurred_at`; aware. No metrics: any metric."""

    start: datetime
    end: datetime
    metric_nos: tuple[int, ...] = ()
    profile_no: int | None = None


def read(
    engine: Engine,
    lake: Lake,
    account_id: str,
    wanted: Wanted,
    *,
    descending: bool,
    limit: int,
    after: tuple[datetime, int] | None = None,
) -> list[EventRow]:
    """At most `limit` events by (occurred_at, event_id), beginning behind `after`."""
    if after is not None:
        at = after[0]
        wanted = (
            replace(wanted, end=min(wanted.end, at + _MICROSECOND))
            if descending
            else replace(wanted, start=max(wanted.start, at))
        )
    rows: list[EventRow] = []
    if wanted.start >= wanted.end:
        return rows
    held = lake.months(account_id, EVENTS)
    for months in _windows(held, wanted, descending):
        query = _query(wanted, months, descending, limit - len(rows), after)
        rows += (_row(values) for values in engine.run(account_id, query).to_pylist())
        if len(rows) >= limit:
            break
    return rows


def one(engine: Engine, account_id: str, month: int, metric_no: int, event_id: int) -> EventRow | None:
    """The event with this number."""
    text = f"SELECT {_COLUMNS} FROM events WHERE metric_id = :metric AND event_id = :event"
    found = engine.run(
        account_id, select(text, months=(month, month), metric=metric_no, event=event_id)
    ).to_pylist()
    return _row(found[0]) if found else None


def _windows(held: list[int], wanted: Wanted, descending: bool) -> Iterator[tuple[int, int]]:
    """Ranges of the months that hold events and cover the wanted time, without overlap, small ones first."""
    first, last = month_of(wanted.start), month_of(wanted.end - _MICROSECOND)
    months = [month for month in held if first <= month <= last]
    if descending:
        months.reverse()
    size = _FIRST_WINDOW
    while months:
        window, months = months[:size], months[size:]
        yield min(window), max(window)
        size *= _GROWTH


_SELECT = f"SELECT {_COLUMNS} FROM events WHERE occurred_at >= :start AND occurred_at < :end"
_METRICS = " AND metric_id IN (:metrics)"
_PROFILE = " AND profile_no = :profile"
_BEFORE = " AND (occurred_at < :at OR (occurred_at = :at AND event_id < :event))"
_BEHIND = " AND (occurred_at > :at OR (occurred_at = :at AND event_id > :event))"
_NEWEST = " ORDER BY occurred_at DESC, event_id DESC LIMIT :limit"
_OLDEST = " ORDER BY occurred_at, event_id LIMIT :limit"


def _query(
    wanted: Wanted, months: tuple[int, int], descending: bool, limit: int, after: tuple[datetime, int] | None
) -> Query:
    text = _SELECT
    values: dict[str, Param | Query] = {"start": wanted.start, "end": wanted.end, "limit": limit}
    if wanted.metric_nos:
        text += _METRICS
        values["metrics"] = wanted.metric_nos
    if wanted.profile_no is not None:
        text += _PROFILE
        values["profile"] = wanted.profile_no
    if after is not None:
        text += _BEFORE if descending else _BEHIND
        values["at"], values["event"] = after
    return select(text + (_NEWEST if descending else _OLDEST), months=months, **values)


def _row(values: dict[str, object]) -> EventRow:
    return EventRow(values.pop("metric_id"), **values)  # type: ignore[arg-type]
