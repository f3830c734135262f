"""Figures of flows from what they sent and what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from fractions import Fraction

import msgspec

from cdp.attribution.statistics import CONVERTED, SENT, STATISTICS, WHOLE, Tally
from cdp.documents.monitors import Condition
from functions.monitors.calendar import Span
from functions.monitors.figures import FIGURES
from functions.monitors.flow_sql import CHANNELS, Wanted, first_known, tallies
from functions.monitors.metric_figures import Run
from functions.monitors.seen import Seen

_PER_CENT = 100
_STATISTICS = {str(name): one for name, one in STATISTICS.items()}
Bucket = date | int
Key = tuple[str, str, Bucket]


class _Row(msgspec.Struct, frozen=True):
    flow: str
    channel: str
    kind: int
    bucket: date | int
    uniques: int
    n: int


class _First(msgspec.Struct, frozen=True):
    flow: str
    first: datetime


class Messages:
    """Of flows, as conditions that are alike in what they need ask for it: `alike` says which are. `span` holds the
    period and the one before."""

    def __init__(self, run: Run, flows: Sequence[str], span: Span, conditions: Iterable[Condition], seen: Seen) -> None:
        self._run, self._span, self._seen, self._flows = run, span, seen, flows
        asked = list(conditions)
        kinds = SENT.union(*(_STATISTICS[one.metric].kinds for one in asked))
        converted = seen.counted(asked[0].conversion_metric_id) if CONVERTED in kinds else None
        self._convertible = converted is not None
        wanted = Wanted(tuple(flows), span, kinds, converted, daily=alike(asked[0])[0])
        self._tallies: dict[Key, Tally] = defaultdict(Tally)
        for row in (msgspec.convert(one, _Row) for one in run(tallies(wanted, seen))):
            self._tallies[row.flow, row.channel, row.bucket].add(row.kind, row.n, row.uniques, 0)
        self._first: dict[str, datetime] | None = None

    def value(self, flow: str, condition: Condition, span: Span) -> Fraction | None:
        """A rate of a period of which nothing can be told, or a number of a flow that never sent anything, is None."""
        figure = FIGURES["flow"][condition.metric]
        if figure.converts and not self._convertible:
            return None
        if figure.rate:
            return self._rate(flow, condition, span)
        cells = [tally for day in span.days() for tally in self._cells(flow, condition, day)]
        total = sum((_number(condition.metric, tally) for tally in cells), Fraction())
        if not total and not self._has_begun(flow, span):
            return None
        return total / span.length if condition.aggregation == "average" else total

    def _rate(self, flow: str, condition: Condition, span: Span) -> Fraction | None:
        """Sum: what all days together give. Average: of the days that give anything."""
        buckets: Iterable[Bucket] = span.days()
        if condition.aggregation == "sum":
            buckets = [0 if span.first == self._span.first else 1]
        found = [rate for bucket in buckets if (rate := self._share(flow, condition, bucket)) is not None]
        return sum(found, Fraction()) / len(found) if found else None

    def _share(self, flow: str, condition: Condition, bucket: Bucket) -> Fraction | None:
        part = whole = 0
        for tally in self._cells(flow, condition, bucket):
            some, of = _parts(condition.metric, tally)
            part, whole = part + some, whole + of
        return Fraction(part * _PER_CENT, whole) if whole else None

    def _cells(self, flow: str, condition: Condition, bucket: Bucket) -> list[Tally]:
        channels = CHANNELS if condition.channel == "both" else (condition.channel,)
        keys = ((flow, str(channel), bucket) for channel in channels)
        return [self._tallies[key] for key in keys if key in self._tallies]

    def _has_begun(self, flow: str, span: Span) -> bool:
        """Did the flow have any event before the end of the days?"""
        if self._first is None:
            rows = self._run(first_known(self._flows, self._span, self._seen))
            self._first = {row.flow: row.first for row in (msgspec.convert(one, _First) for one in rows)}
        return flow in self._first and self._first[flow] < span.end


def alike(condition: Condition) -> tuple[bool, str, str | None]:
    """Whether days are needed one by one, how many, and which conversions: what conditions of one query share."""
    figure = FIGURES["flow"][condition.metric]
    daily = not figure.rate or condition.aggregation == "average"
    return daily, condition.period, condition.conversion_metric_id if figure.converts else None


def _parts(name: str, tally: Tally) -> tuple[int, int]:
    parts = _STATISTICS[name].parts
    return (0, 0) if parts is None else parts(tally)


def _number(name: str, tally: Tally) -> Fraction:
    """Conversions are counted exactly, whatever their shares."""
    return Fraction(tally.n(CONVERTED), WHOLE) if name == "conversions" else Fraction(_STATISTICS[name].value(tally))
