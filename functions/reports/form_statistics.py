"""Values and series of sign-up forms (SPEC §22): how often they were seen, sent and closed, and by how many people.

Events are told by their metric's name and bear `form_id` and `form_version_id`; one without a form belongs to no
report. They count when they happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Annotated, Literal, Protocol

import msgspec
import pyarrow as pa
from msgspec import Meta

from cdp.errors import Rejected
from cdp.filters.placeholders import Placeholders
from cdp.jsonapi.matrix import TEXT, Condition, Filters
from cdp.query.sql import Query, json_path, months_between, select
from functions.reports.message_statistics_groups import conditions
from functions.reports.report import Answer, Column, Result, Scope
from functions.reports.reporting_periods import Interval, ReportingTimeframe, frame
from functions.reports.tally import Tally

Name = Literal[
    "closed_form", "closed_form_uniques", "qualified_form", "qualified_form_uniques", "submit_rate", "submits",
    "submitted_form_step", "submitted_form_step_uniques", "viewed_form", "viewed_form_step",
    "viewed_form_step_uniques", "viewed_form_uniques",
]  # fmt: skip
GroupBy = Literal["form_id", "form_version_id"]
Statistics = Annotated[list[Name], Meta(min_length=1)]
# What a metric means, by its name; letter case does not matter.
METRICS: Mapping[str, tuple[str, ...]] = {
    "viewed_form": ("Viewed Form",),
    "submits": ("Submitted Form", "Form Submitted", "Form submitted by profile"),
    "closed_form": ("Closed Form",),
    "qualified_form": ("Qualified Form",),
    "viewed_form_step": ("Viewed Form Step",),
    "submitted_form_step": ("Submitted Form Step",),
}
_COUNTS = tuple(METRICS)
_RATE = ("submits", "viewed_form")
_NONE = (0,)  # metrics are numbered from 1
FILTERS = Filters({name: TEXT("equals", "any", "contains-any") for name in ("form_id", "form_version_id")})
Json = dict[str, object]


class Given(Protocol):
    """The parameters of values and of series."""

    @property
    def statistics(self) -> list[Name]: ...
    @property
    def timeframe(self) -> ReportingTimeframe: ...
    @property
    def group_by(self) -> list[GroupBy] | None: ...
    @property
    def filter(self) -> str | None: ...


class Row(msgspec.Struct, frozen=True):
    """Events of one form and kind (place in `METRICS`). `bucket`: the interval's first day, or the number of its
    hour; `version` is empty unless it is asked for."""

    form: str
    kind: int
    total: int
    uniques: int
    newest: datetime
    version: str = ""
    bucket: date | int | None = None


@dataclass
class Cells:
    """Numbers of events and of people by what they did, of one form or version; by interval."""

    counts: dict[tuple[object, str], int] = field(default_factory=dict)
    uniques: dict[tuple[object, str], int] = field(default_factory=dict)

    def value(self, name: Name, bucket: object = None) -> int | float:
        if name == "submit_rate":
            submits, views = (self.counts.get((bucket, one), 0) for one in _RATE)
            return submits / views if views else 0.0
        held = self.uniques if name.endswith("_uniques") else self.counts
        return held.get((bucket, name.removesuffix("_uniques")), 0)


def grouping(params: Given) -> tuple[GroupBy, ...]:
    by: tuple[GroupBy, ...] = tuple(dict.fromkeys(params.group_by or ("form_id",)))
    if "form_id" not in by:
        raise Rejected("form_version_id needs form_id beside it.", field="/group_by")
    return by


def query(params: Given, scope: Scope, interval: Interval | None = None) -> Query:
    """One row for each form (and version, and interval) and kind of event."""
    by = grouping(params)
    asked = frame(params.timeframe, scope, interval)
    events = _told(params, scope, asked.start, asked.end)
    if interval is not None:
        events = asked.bucketed(events, interval)
    keys = ["form", *(["version"] if "form_version_id" in by else []), *(["bucket"] if interval else []), "kind"]
    listed = ", ".join(keys)
    counted = select(f"SELECT {listed}, profile_no, occurred_at FROM told WHERE form IS NOT NULL", told=events)
    text = f"""
WITH people AS (
  SELECT {listed}, profile_no, count(*) AS total, max(occurred_at) AS newest
  FROM counted GROUP BY {listed}, profile_no
)
SELECT {listed}, sum(total) AS total, count(*) AS uniques, max(newest) AS newest
FROM people GROUP BY {listed} ORDER BY {listed}"""
    portable = select(text, counted=counted)
    tally = Tally(events, keys, ("total", "uniques", "newest"), None, portable, None, ready=_of_a_form)
    return replace(portable, duckdb=tally)


def _of_a_form(rows: pa.Table) -> pa.Table:
    """A condition in the query would have DuckDB read the JSON twice."""
    return rows.filter(rows["form"].is_valid()) if rows["form"].null_count else rows


def _told(params: Given, scope: Scope, start: datetime, end: datetime) -> Query:
    """Events of the forms that the filter lets through."""
    values = Placeholders()
    wanted = _wanted(params.statistics)
    kinds = {kind: nos for kind, name in enumerate(_COUNTS) if name in wanted and (nos := _numbers(scope, name))}
    cases = " ".join(f"WHEN metric_id IN ({values.add(nos)}) THEN {kind}" for kind, nos in kinds.items())
    given = _conditions(params)
    held: dict[str, str] = {
        name: f"json_extract_scalar(properties, {values.add(json_path(name))})"
        for name in ("form_id", "form_version_id")
        if name in ("form_id", *grouping(params), *given)
    }
    version = f", coalesce({held['form_version_id']}, '') AS version" if "form_version_id" in held else ""
    text = (
        f"SELECT profile_no, occurred_at, CASE {cases or 'WHEN metric_id < 0 THEN 0'} END AS kind, "
        f"{held['form_id']} AS form{version} FROM events "
        f"WHERE metric_id IN ({values.add(tuple(sorted({no for nos in kinds.values() for no in nos})) or _NONE)}) "
        f"AND occurred_at >= {values.add(start)} AND occurred_at < {values.add(end)}"
    )
    for name, condition in given.items():
        text += f" AND {held[name]} IN ({values.add([str(value) for value in condition.values])})"
    return values.select(text, months=months_between(start, end))


def _conditions(params: Given) -> Mapping[str, Condition]:
    return conditions(FILTERS, params.filter)


def _wanted(names: Iterable[Name]) -> set[str]:
    """The kinds of events; a form that was only seen is reported whatever is asked."""
    asked = {name.removesuffix("_uniques") for name in names}
    return {"viewed_form", *asked, *(_RATE if "submit_rate" in asked else ())}


def _numbers(scope: Scope, name: str) -> tuple[int, ...]:
    known = {title.casefold() for title in METRICS[name]}
    return tuple(metric.no for metric in scope.metrics if metric.name.casefold() in known)


def gathered(params: Given, rows: Sequence[Row]) -> dict[tuple[str, ...], Cells]:
    """By what is grouped by, in its order."""
    by = grouping(params)
    found: dict[tuple[str, ...], Cells] = {}
    for row in rows:
        held = {"form_id": row.form, "form_version_id": row.version}
        cells = found.setdefault(tuple(held[name] for name in by), Cells())
        cells.counts[row.bucket, _COUNTS[row.kind]] = row.total
        cells.uniques[row.bucket, _COUNTS[row.kind]] = row.uniques
    return {key: found[key] for key in sorted(found)}


def values(params: Given, rows: Sequence[Row]) -> Answer:
    by = grouping(params)
    results: list[Json] = [
        {
            "groupings": dict(zip(by, key, strict=True)),
            "statistics": {name: cells.value(name) for name in params.statistics},
        }
        for key, cells in gathered(params, rows).items()
    ]
    return Answer({"results": results}, newest(rows))


def series(params: Given, interval: Interval, scope: Scope, rows: Sequence[Row]) -> Answer:
    by = grouping(params)
    asked = frame(params.timeframe, scope, interval)
    places = list(asked.places(interval))
    results: list[Json] = [
        {
            "groupings": dict(zip(by, key, strict=True)),
            "statistics": {name: [cells.value(name, bucket) for bucket in places] for name in params.statistics},
        }
        for key, cells in gathered(params, rows).items()
    ]
    return Answer({"results": results, "date_times": asked.starts(interval)}, newest(rows))


def table(params: Given, scope: Scope, rows: Sequence[Row], interval: Interval | None = None) -> Result:
    """A line for each form or version, and interval."""
    places: list[tuple[object, list[str]]] = [(None, [])]
    columns = [Column(name, "string") for name in grouping(params)]
    if interval is not None:
        asked = frame(params.timeframe, scope, interval)
        places = [(b, [at]) for b, at in zip(asked.places(interval), asked.starts(interval), strict=True)]
        columns.insert(0, Column("interval_start", "datetime"))
    names = list(dict.fromkeys(params.statistics))
    columns += [Column(name, "number" if name == "submit_rate" else "integer") for name in names]
    lines: list[list[str | int | float | None]] = [
        [*at, *key, *(cells.value(name, bucket) for name in names)]
        for key, cells in gathered(params, rows).items()
        for bucket, at in places
    ]
    return Result(tuple(columns), lines, newest(rows))


def newest(rows: Sequence[Row]) -> datetime | None:
    return max((row.newest for row in rows), default=None)
