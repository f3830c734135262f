"""Values and series of messages: what the reports on campaigns and on flows share (SPEC §22)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Protocol

from msgspec import Meta

from cdp.attribution.statistics import CONVERTED, STATISTICS, Name, Tally, kinds_of
from cdp.errors import Rejected
from cdp.jsonapi.cursors import Cursor, read_cursor
from cdp.query.sql import Query
from functions.reports.message_statistics_groups import (
    SHOWN,
    Cells,
    Family,
    Groups,
    Row,
    conditions,
    grouping,
    variations,
)
from functions.reports.message_statistics_sql import CHANNELS, Wanted, statistics
from functions.reports.report import Answer, Column, Result, Scope
from functions.reports.reporting_periods import Frame, Interval, ReportingTimeframe, frame
from functions.reports.senders import Sender

Statistics = Annotated[list[Name], Meta(min_length=1)]
PAGE_VALUES = 100_000  # of one answer: about a megabyte
Json = dict[str, object]


class Given(Protocol):
    """The parameters of values and of series."""

    @property
    def statistics(self) -> list[Name]: ...
    @property
    def timeframe(self) -> ReportingTimeframe: ...
    @property
    def conversion_metric_id(self) -> str: ...
    @property
    def group_by(self) -> list[str] | None: ...
    @property
    def filter(self) -> str | None: ...
    @property
    def page_cursor(self) -> str | None: ...


def senders(family: Family, scope: Scope) -> tuple[Sender, ...]:
    return scope.flows if family.flows else scope.campaigns


def query(family: Family, params: Given, scope: Scope, interval: Interval | None = None) -> Query:
    """The rows that the report is made of."""
    by = grouping(family, params.group_by)
    given = conditions(family.filters, params.filter)
    counted = scope.counted(params.conversion_metric_id, "/conversion_metric_id")
    kinds = kinds_of(params.statistics)
    traits: dict[str, tuple[str, ...]] = {}
    if (ids := variations(given, senders(family, scope))) is not None:
        traits["variation"] = ids or ("\x00",)  # no variation has this id
    if (one := given.get("text_message_format")) is not None:
        traits["text_message_format"] = tuple(str(value) for value in one.values)
    channels = CHANNELS
    if (one := given.get("send_channel")) is not None:
        channels = tuple(channel for channel in CHANNELS if SHOWN[channel] in one.values)
    wanted = Wanted(
        flows=family.flows,
        frame=frame(params.timeframe, scope, interval),
        kinds=kinds,
        conversions=(counted,) if CONVERTED in kinds else (),
        by=dimensions(by),
        interval=interval,
        channels=channels,
        named=any(name.endswith("_message_name") for name in (*by, *given)),
        traits=traits,
        groups=tuple(sorted({id_ for one in scope.campaigns for m in one.messages for id_ in m.groups})),
    )
    return statistics(wanted, scope)


def dimensions(by: Sequence[str]) -> tuple[str, ...]:
    """The columns that the groups are told apart by, beside message and flow."""
    columns = {
        "send_channel": "channel",
        "variation": "variation",
        "variation_name": "variation",
        "text_message_format": "text_message_format",
        "inbox_provider": "inbox_provider",
        "group": "audience",
        "group_name": "audience",
    }
    return tuple(dict.fromkeys(columns[name] for name in by if name in columns))


def gathered(family: Family, params: Given, scope: Scope, rows: Sequence[Row]) -> list[Cells]:
    given = conditions(family.filters, params.filter)
    return Groups(grouping(family, params.group_by), given, senders(family, scope), scope.groups).gather(rows)


def values(family: Family, params: Given, scope: Scope, rows: Sequence[Row]) -> Answer:
    cells, following = page(gathered(family, params, scope, rows), params, len(params.statistics))
    by = grouping(family, params.group_by)
    results: list[dict[str, Json]] = [
        {
            "groupings": dict(zip(by, one.groupings, strict=True)),
            "statistics": {name: STATISTICS[name].value(one.tally(None)) for name in params.statistics},
        }
        for one in cells
    ]
    related = relationships(family, scope, results)
    return Answer({"results": results}, newest(rows), following=following, relationships=related)


def series(family: Family, params: Given, interval: Interval, scope: Scope, rows: Sequence[Row]) -> Answer:
    """Intervals in which nothing was sent are there, with zeros."""
    asked = frame(params.timeframe, scope, interval)
    times = asked.starts(interval)
    cells, following = page(
        gathered(family, params, scope, rows), params, len(params.statistics) * max(1, len(times))
    )
    by = grouping(family, params.group_by)
    results: list[dict[str, Json]] = [
        {"groupings": dict(zip(by, one.groupings, strict=True)), "statistics": arrays(one, params, asked, interval)}
        for one in cells
    ]
    related = relationships(family, scope, results)
    attributes: Json = {"results": results, "date_times": times}
    return Answer(attributes, newest(rows), following=following, relationships=related)


def relationships(
    family: Family, scope: Scope, results: Sequence[Mapping[str, Mapping[str, object]]]
) -> Mapping[str, tuple[str, Sequence[str]]]:
    """The campaigns, or flows and their messages, that the results speak of, so far as there are such."""
    asked = {name: {one["groupings"].get(name) for one in results} for name in family.always}
    known = senders(family, scope)
    ids = [one.id for one in known if one.id in asked[family.always[0]]]
    if not family.flows:
        return {"campaigns": ("campaign", ids)}
    sent = [m.id for one in known for m in one.messages if m.id in asked["flow_message_id"]]
    return {"flows": ("flow", ids), "flow-messages": ("flow-message", sent)}


def arrays(one: Cells, params: Given, asked: Frame, interval: Interval) -> Json:
    """Each statistic as one number for each interval."""
    empty = Tally()
    ordered = [one.by_bucket.get(bucket, empty) for bucket in asked.places(interval)]
    return {name: [STATISTICS[name].value(tally) for tally in ordered] for name in params.statistics}


def page(cells: list[Cells], params: Given, values_each: int) -> tuple[list[Cells], str | None]:
    """One page of the groups, and the cursor of the next one."""
    size = max(1, PAGE_VALUES // values_each)
    order = ",".join(params.group_by or ())
    if params.page_cursor:
        after = _position(params.page_cursor, order)
        cells = [one for one in cells if one.groupings > after]
    if len(cells) <= size:
        return cells, None
    return cells[:size], Cursor(order, cells[size - 1].groupings).encode()


def _position(text: str, order: str) -> tuple[str, ...]:
    cursor = read_cursor(text)
    if cursor.sort != order or not all(isinstance(part, str) for part in cursor.position):
        raise Rejected("The cursor belongs to another request.", parameter="page_cursor")
    return tuple(str(part) for part in cursor.position)


def values_table(family: Family, params: Given, scope: Scope, rows: Sequence[Row]) -> Result:
    by = grouping(family, params.group_by)
    cells: list[list[str | int | float | None]] = [
        [*one.groupings, *(STATISTICS[name].value(one.tally(None)) for name in params.statistics)]
        for one in gathered(family, params, scope, rows)
    ]
    return Result((*_named(by), *_measured(params.statistics)), cells, newest(rows))


def series_table(family: Family, params: Given, interval: Interval, scope: Scope, rows: Sequence[Row]) -> Result:
    by = grouping(family, params.group_by)
    asked = frame(params.timeframe, scope, interval)
    empty = Tally()
    times = asked.starts(interval)
    cells: list[list[str | int | float | None]] = []
    for one in gathered(family, params, scope, rows):
        for at, bucket in zip(times, asked.places(interval), strict=True):
            tally = one.by_bucket.get(bucket, empty)
            cells.append([at, *one.groupings, *(STATISTICS[name].value(tally) for name in params.statistics)])
    return Result((Column("interval_start", "datetime"), *_named(by), *_measured(params.statistics)), cells, newest(rows))


def _named(by: Sequence[str]) -> tuple[Column, ...]:
    return tuple(Column(name, "string") for name in by)


def _measured(names: Sequence[Name]) -> tuple[Column, ...]:
    kinds: Mapping[Name, str] = {name: STATISTICS[name].type for name in names}
    return tuple(Column(name, kind) for name, kind in kinds.items())


def newest(rows: Sequence[Row]) -> datetime | None:
    return max((row.newest for row in rows), default=None)
