"""Custom reports on what campaigns and flows achieved: delivery, and up to ten conversion metrics (SPEC §13.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cdp.attribution.statistics import CONVERTED, STATISTICS, Name, Tally, kinds_of
from cdp.jsonapi.matrix import Condition
from cdp.query.counted import Counted
from cdp.query.sql import Query
from functions.reports.message_statistics_groups import Family, Groups, Row
from functions.reports.message_statistics_reports import dimensions, newest, senders
from functions.reports.message_statistics_sql import Wanted, statistics
from functions.reports.periods import Interval, Timeframe, intervals, local_iso, period
from functions.reports.report import Column, Result, Scope
from functions.reports.reporting_periods import Frame

DELIVERY: tuple[Name, ...] = (
    "recipients", "delivered", "delivery_rate", "bounced", "failed", "bounced_or_failed_rate", "opens", "opens_unique",
    "open_rate", "clicks", "clicks_unique", "click_rate", "click_to_open_rate", "unsubscribes", "unsubscribe_uniques",
    "unsubscribe_rate", "spam_complaints", "spam_complaint_rate",
)  # fmt: skip
CONVERSION: tuple[Name, ...] = (
    "conversions", "conversion_uniques", "conversion_rate", "conversion_value", "average_order_value",
    "revenue_per_recipient",
)  # fmt: skip
MOST_METRICS = 10
Cell = str | int | float | None


class Given(Protocol):
    """The parameters that both kinds have."""

    @property
    def conversion_metric_ids(self) -> list[str]: ...
    @property
    def timeframe(self) -> Timeframe: ...
    @property
    def interval(self) -> Interval | None: ...
    @property
    def tag_ids(self) -> list[str]: ...


@dataclass(frozen=True)
class Performance:
    """`by`: what each grouping shows, first to last."""

    family: Family
    by: Mapping[str, tuple[str, ...]]

    def query(self, params: Given, group_by: str, scope: Scope) -> Query:
        """One row for each message (and what it is grouped by), interval and kind of event."""
        counted = _counted(params, scope)
        start, end = period(params.timeframe, scope, "/timeframe")
        names = (*DELIVERY, *CONVERSION) if counted else DELIVERY
        wanted = Wanted(
            flows=self.family.flows,
            frame=Frame(start, end, scope),
            kinds=kinds_of(names),
            conversions=counted,
            by=dimensions(self.by[group_by]),
            interval=params.interval,
            named=any(name in ("campaign_name", "flow_message_name") for name in self.by[group_by]),
            groups=tuple(sorted({id_ for one in scope.campaigns for m in one.messages for id_ in m.groups})),
        )
        return statistics(wanted, scope)

    def table(self, params: Given, group_by: str, scope: Scope, rows: Sequence[Row]) -> Result:
        """A line for each group, and interval in which something was sent."""
        by = self.by[group_by]
        tags: dict[str, Condition] = {}
        if params.tag_ids:
            tags["tag_id"] = Condition("tag_id", "contains-all", tuple(params.tag_ids))
        groups = Groups(by, tags, senders(self.family, scope), scope.groups)
        counted = _counted(params, scope)
        lines: list[list[Cell]] = []
        for one in groups.gather(rows):
            for bucket, at in _times(params, scope):
                if (tally := one.by_bucket.get(bucket)) is not None:
                    lines.append([*at, *one.groupings, *_cells(tally, counted)])
        head = [Column("interval_start", "datetime")] if params.interval else []
        head += [Column(name, "string") for name in by]
        return Result((*head, *_columns(counted)), lines, newest(rows))


def _counted(params: Given, scope: Scope) -> tuple[Counted, ...]:
    ids = dict.fromkeys(params.conversion_metric_ids)
    return tuple(
        scope.counted(id_, f"/conversion_metric_ids/{params.conversion_metric_ids.index(id_)}") for id_ in ids
    )


def _times(params: Given, scope: Scope) -> Iterator[tuple[object, list[Cell]]]:
    """The intervals, and the cell that names each; one without a name if there are none."""
    if params.interval is None:
        yield None, []
        return
    start, end = period(params.timeframe, scope, "/timeframe")
    for day in intervals(start, end, params.interval, scope.zone, monday=scope.week_starts_monday):
        yield day, [local_iso(day, scope.zone)]


def _cells(tally: Tally, counted: Sequence[Counted]) -> Iterator[Cell]:
    for name in DELIVERY:
        yield STATISTICS[name].value(tally)
    for number, one in enumerate(counted):
        tally.conversion = CONVERTED + number
        for name in CONVERSION:
            yield STATISTICS[name].value(tally) if one.revenue or STATISTICS[name].type != "money" else None


def _columns(counted: Sequence[Counted]) -> Iterator[Column]:
    """Conversion columns bear their metric's name, with its id where two have the same."""
    for name in DELIVERY:
        yield Column(name, STATISTICS[name].type)
    names = [one.name for one in counted]
    for one in counted:
        title = one.name if names.count(one.name) == 1 else f"{one.name} ({one.id})"
        for name in CONVERSION:
            yield Column(f"{title}: {name}", STATISTICS[name].type)
