"""What a funnel is made of, as it is sent and as it is counted (SPEC §8.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from cdp.documents.funnels import Funnel
from cdp.documents.funnels import Step as StoredStep
from cdp.errors import Rejected
from cdp.filters.events import GivenFilter, MetricFilter, read_filters
from cdp.query.counted import Counted, Group
from functions.reports.report import Scope

MIN_STEPS, MAX_STEPS = 2, 20
MAX_LABEL = 255
_HOUR_S = 3600
_LONGEST_S = 2 * 366 * 24 * _HOUR_S


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events of a metric or custom metric that meet all of up to 10 filters."""

    metric_id: str
    label: Annotated[str, Meta(max_length=MAX_LABEL)] | None = None
    metric_filters: list[GivenFilter] | None = None


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """2 to 20 steps in their order. `segment_id`: only its present members enter. `window_seconds`: the longest
    way from the first step to the last, in whole hours."""

    steps: list[Step]
    segment_id: str | None = None
    window_seconds: int | None = None


class Stage(msgspec.Struct, frozen=True):
    """A step with what it counts."""

    label: str
    counted: Counted
    filters: tuple[MetricFilter, ...]

    @property
    def metrics(self) -> frozenset[int]:
        return frozenset(group.metric.no for group in self.counted.groups)


class Way(msgspec.Struct, frozen=True):
    """A funnel that can be counted."""

    stages: tuple[Stage, ...]
    segment_id: str | None
    window: timedelta | None

    @property
    def disjoint(self) -> bool:
        """Can no event serve two steps?"""
        metrics = [no for stage in self.stages for no in stage.metrics]
        return len(metrics) == len(set(metrics))


def way(definition: Definition, scope: Scope) -> Way:
    """`Rejected` points into the definition."""
    if not MIN_STEPS <= len(definition.steps) <= MAX_STEPS:
        raise Rejected(f"A funnel has {MIN_STEPS} to {MAX_STEPS} steps.", field="/steps")
    seconds = definition.window_seconds
    if seconds is not None and (seconds % _HOUR_S or not 0 < seconds <= _LONGEST_S):
        raise Rejected("The window is a whole number of hours, days or weeks, up to two years.", field="/window_seconds")
    if definition.segment_id is not None:
        scope.segment(definition.segment_id, "/segment_id")
    stages = tuple(_stage(step, scope, f"/steps/{number}") for number, step in enumerate(definition.steps))
    return Way(stages, definition.segment_id, None if seconds is None else timedelta(seconds=seconds))


def way_of(funnel: Funnel, scope: Scope) -> Way:
    """A kept funnel; `Rejected` says which and points into its attributes."""
    try:
        return way(definition_of(funnel), scope)
    except Rejected as error:
        raise Rejected(f"The funnel {funnel.name!r} cannot be counted: {error}", field=error.field) from error


def definition_of(funnel: Funnel) -> Definition:
    steps = [Step(one.metric_id, one.label, [GivenFilter(**f) for f in one.metric_filters]) for one in funnel.steps]
    return Definition(steps, funnel.segment_id, funnel.window_seconds)


def stored_steps(steps: Sequence[Step]) -> tuple[StoredStep, ...]:
    """Steps that were checked, as they are kept."""
    return tuple(StoredStep(one.metric_id, one.label, tuple(_filters(one))) for one in steps)


def _filters(step: Step) -> Iterator[dict[str, Any]]:
    for one in step.metric_filters or ():
        yield {"property": one.property, **({} if one.filter is None else {"filter": one.filter})}


def _stage(step: Step, scope: Scope, pointer: str) -> Stage:
    counted = scope.counted(step.metric_id, f"{pointer}/metric_id")
    filters = read_filters(step.metric_filters, f"{pointer}/metric_filters")
    groups = tuple(Group(one.metric, (*one.filters, *filters), one.value) for one in counted.groups)
    kept = msgspec.structs.replace(counted, groups=groups)
    return Stage(step.label or counted.name, kept, filters)
