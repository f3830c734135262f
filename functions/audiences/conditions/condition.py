"""What every condition of a segment is, and what it is asked of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import msgspec

from cdp.filters.values import Json
from cdp.model.profile import Profile
from cdp.query.sql import Query


@dataclass(frozen=True, slots=True)
class Context:
    """When and where a segment is evaluated. `metric_nos`: metric id -> number in the lake; a metric that is
    missing here has no events."""

    now: datetime
    zone: ZoneInfo
    metric_nos: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What a definition reads. `profile`: attributes of the profile itself, consent and predictions included.
    `detailed`: those of the metrics whose events' properties matter."""

    metric_ids: frozenset[str] = frozenset()
    group_ids: frozenset[str] = frozenset()
    object_type_ids: frozenset[str] = frozenset()
    profile: bool = False
    detailed: frozenset[str] = frozenset()

    def __or__(self, other: Dependencies) -> Dependencies:
        return Dependencies(
            self.metric_ids | other.metric_ids,
            self.group_ids | other.group_ids,
            self.object_type_ids | other.object_type_ids,
            self.profile or other.profile,
            self.detailed | other.detailed,
        )


class Event(NamedTuple):
    """`properties` is decoded JSON; empty where no condition on the metric asks for them."""

    occurred_at: datetime
    value: float | None
    properties: Mapping[str, Json]


@dataclass(frozen=True)
class Facts:
    """All that a condition can ask about one living profile. Events by metric id, in any order; memberships are
    group id -> since when; records by type of custom object, their properties by number as text."""

    profile: Profile
    events: Mapping[str, Sequence[Event]] = field(default_factory=dict)
    memberships: Mapping[str, datetime] = field(default_factory=dict)
    records: Mapping[str, Sequence[Mapping[str, Json]]] = field(default_factory=dict)

    @cached_property
    def attributes(self) -> Mapping[str, Json]:
        """`Profile.values` as JSON values, as the lake keeps them."""
        values: dict[str, Any] = msgspec.to_builtins(self.profile.values())
        return values


class Part(NamedTuple):
    """Profiles by number, in a column `profile_no`: those that meet a condition, or, `negated`, all others."""

    query: Query
    negated: bool = False


class Condition(Protocol):
    """One condition, its meaning said twice: as a part of a query and as a predicate."""

    @property
    def dependencies(self) -> Dependencies: ...

    @property
    def relative(self) -> bool:
        """Does the answer change with the clock alone?"""
        ...

    def part(self, context: Context) -> Part: ...

    def holds(self, facts: Facts, context: Context) -> bool: ...


class ConditionType(NamedTuple):
    """One type of condition: how its JSON is read. `parse` gets the object and its JSON pointer."""

    name: str
    parse: Parse


class Parse(Protocol):
    def __call__(self, data: dict[str, Any], pointer: str) -> Condition: ...


def any_relative(filters: Iterable[Any]) -> bool:
    return any(one.relative for one in filters if one is not None)
