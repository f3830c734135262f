"""From conditions to figures: what many monitors of an account ask for, in few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from cdp.documents import flows, segments
from cdp.documents.monitors import Condition, Kind, Period
from cdp.ports import Engine, Table
from cdp.query.records import records
from cdp.query.sql import Query
from functions.monitors.calendar import DAYS, Span, span
from functions.monitors.flow_figures import Messages, alike
from functions.monitors.metric_figures import Events
from functions.monitors.rule import Measured
from functions.monitors.seen import Seen
from functions.monitors.segment_figures import Members

Value = Callable[[Span], Fraction | None]
GONE = Measured(gone=True)
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Asked:
    """One figure of one thing."""

    kind: Kind
    object_id: str
    condition: Condition


class Measurer:
    """Figures of an account's things, all as of one time."""

    def __init__(
        self, table: Table, engine: Engine, account_id: str, seen: Seen, *, limit_s: float | None = None
    ) -> None:
        self._table, self._engine, self._account_id, self._limit_s = table, engine, account_id, limit_s
        self.seen = seen

    def measure(self, asked: Iterable[Asked]) -> dict[Asked, Measured]:
        by_kind: dict[Kind, list[Asked]] = defaultdict(list)
        for one in asked:
            by_kind[one.kind].append(one)
        found: dict[Asked, Measured] = {}
        for kind, some in by_kind.items():
            found.update(self._of_kind(kind, some))
        return found

    def period(self, period: Period) -> Span:
        return span(period, self.seen.now, self.seen.zone)

    def _of_kind(self, kind: Kind, asked: Sequence[Asked]) -> dict[Asked, Measured]:
        known = self._known(kind, sorted({one.object_id for one in asked}))
        there = [one for one in asked if one.object_id in known]
        values = {"metric": self._metrics, "segment": self._segments, "flow": self._flows}[kind](there)
        found = dict.fromkeys(asked, GONE)
        for one, value in values.items():
            now = self.period(one.condition.period)
            found[one] = Measured(value(now), value(now.before()))
        return found

    def _known(self, kind: Kind, ids: Sequence[str]) -> set[str]:
        """Those of the things that there are."""
        if kind == "metric":
            return {one.id for one in self.seen.metrics}
        if kind == "segment":
            return {one.id for one in segments.get_many(self._table, self._account_id, ids) if one is not None}
        return {one.thing.id for one in flows.FLOWS.get_many(self._table, self._account_id, ids) if one is not None}

    def _metrics(self, asked: Sequence[Asked]) -> Mapping[Asked, Value]:
        if not asked:
            return {}
        numbers = {one.id: one.no for one in self.seen.metrics}
        wanted = sorted({numbers[one.object_id] for one in asked})
        events = Events(self._run, wanted, self._longest(asked))
        return {one: _of(events.value, numbers[one.object_id], one.condition) for one in asked}

    def _segments(self, asked: Sequence[Asked]) -> Mapping[Asked, Value]:
        if not asked:
            return {}
        members = Members(self._run, sorted({one.object_id for one in asked}), self._longest(asked))
        return {one: _of(members.value, one.object_id, one.condition) for one in asked}

    def _flows(self, asked: Sequence[Asked]) -> Mapping[Asked, Value]:
        groups: dict[object, list[Asked]] = defaultdict(list)
        for one in asked:
            groups[alike(one.condition)].append(one)
        found: dict[Asked, Value] = {}
        for some in groups.values():
            ids = sorted({one.object_id for one in some})
            sent = Messages(self._run, ids, self._longest(some), (one.condition for one in some), self.seen)
            found.update({one: _of(sent.value, one.object_id, one.condition) for one in some})
        return found

    def _longest(self, asked: Sequence[Asked]) -> Span:
        """The longest period of any, and the one before it."""
        now = self.period(max((one.condition.period for one in asked), key=DAYS.__getitem__))
        return Span(now.before().first, now.after, now.zone)

    def _run(self, query: Query) -> list[dict[str, object]]:
        return records(self._engine.run(self._account_id, query, limit_s=self._limit_s))


def _of(value: Callable[[K, Condition, Span], Fraction | None], what: K, condition: Condition) -> Value:
    return lambda span: value(what, condition, span)
