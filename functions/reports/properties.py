"""What reports ask of properties: of the event, and of the profile as it was when the event happened (SPEC §13.4).

Filters are those of segments and custom metrics (cdp.filters). An event counts under a condition or a group by a
profile property only if its profile had a value then: what is filled in later brings no older events in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.filters import grammar, json_text
from cdp.filters.attributes import attribute_of, custom_attribute
from cdp.filters.events import MetricFilter, sieve, through
from cdp.filters.existence import ExistenceFilter
from cdp.filters.filter import Filter
from cdp.filters.placeholders import Placeholders
from cdp.query.sql import Query, json_path
from functions.reports.in_force import held
from functions.reports.in_force_plan import InForce
from functions.reports.report import Scope

Source = Literal["event", "profile"]
Name = Annotated[str, Meta(min_length=1, max_length=500)]
MAX_FILTERS = 20
NAME = "name"  # the column of the group


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A property of the event, by its name; or of the profile: an attribute (`email`, `location.city`), or a custom
    property as `properties['Name']` or plainly `Name`."""

    property: Name
    source: Source = "event"


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`filter` is {type, operator, value} as in segments; without it the property must be set."""

    property: Name
    filter: dict[str, Any] | None = None
    source: Source = "event"


Conditions = Annotated[list[Condition], Meta(max_length=MAX_FILTERS)]


@dataclass(frozen=True, slots=True)
class Sifting:
    """Conditions that must all hold, and the property to group by. Profile filters go with their attribute."""

    events: tuple[MetricFilter, ...]
    profiles: tuple[tuple[str, Filter | None], ...]
    group: Property | None

    @property
    def keep(self) -> tuple[str, ...]:
        """Columns of `events` that `sifted` needs beside those it gives."""
        named = [*self.events, *([self.group] if self.group and self.group.source == "event" else [])]
        return ("properties", "value") if named else ()


def read(conditions: Sequence[Condition], group: Property | None = None, field: str = "/filters") -> Sifting:
    """`Rejected` points at the condition at fault; `field` is where they stand."""
    events: list[MetricFilter] = []
    profiles: list[tuple[str, Filter | None]] = []
    for number, one in enumerate(conditions):
        allowed = grammar.EVENT_PROPERTY if one.source == "event" else grammar.PROPERTY
        at = f"{field}/{number}/filter"
        found = None if one.filter is None else grammar.read(one.filter, at, allowed)
        if one.source == "event":
            events.append(MetricFilter(one.property, found))
        elif isinstance(found, ExistenceFilter) and found.negated:
            raise Rejected("Events count only if the profile had the property then; it is never not set.", field=at)
        else:
            profiles.append((attribute(one.property), found))
    return Sifting(tuple(events), tuple(profiles), group)


def attribute(name: str) -> str:
    """The name in the history; what is no attribute is a custom property."""
    return attribute_of(name) or custom_attribute(name)


def sifted(events: Query, columns: Sequence[str], wanted: Sifting, scope: Scope) -> Query:
    """`columns` of the events that meet the conditions, and `name`, the group. Of profiles they must be `profile_no`
    and `occurred_at` at least; `events` has `wanted.keep` too."""
    kept = list(columns)
    if wanted.keep:
        events = _by_event(events, kept, wanted, scope)
        kept += [NAME] if wanted.group and wanted.group.source == "event" else []
    attributes = [attribute(wanted.group.property)] if wanted.group and wanted.group.source == "profile" else []
    attributes = list(dict.fromkeys([*attributes, *(name for name, _ in wanted.profiles)]))
    if not attributes:
        return events
    places = {name: f"h{n}" for n, name in enumerate(attributes)}
    portable = _by_profile(held(events, kept, attributes), kept, places, wanted, scope)
    if not wanted.group or wanted.group.source == "event" or wanted.profiles:
        return portable
    return replace(portable, duckdb=InForce(events, [*kept, NAME], attributes[0], portable))


def _by_event(events: Query, columns: Sequence[str], wanted: Sifting, scope: Scope) -> Query:
    values = Placeholders()
    shown = list(columns)
    one = sieve(wanted.events, "e", values, scope)
    first = [*columns, *(f"{text} AS {name}" for name, text in one.columns.items())]
    if wanted.group and wanted.group.source == "event":
        first.append(f"{_label(values.add(json_path(wanted.group.property)))} AS {NAME}")
        shown.append(NAME)
    text = f"SELECT {', '.join(first)} FROM found"
    if wanted.events:
        text = f"SELECT {', '.join(shown)} FROM ({through(text, shown, [one])}) AS sieved WHERE {one.condition}"
    return values.select(text, {"found": events})


def _label(path: str) -> str:
    """A value as the name of a group: text as it is, all else as JSON; empty without one."""
    written = f"nullif(json_format(json_extract(properties, {path})), 'null')"
    return f"coalesce(json_extract_scalar(properties, {path}), {written}, '')"


def _by_profile(
    valued: Query, columns: Sequence[str], places: Mapping[str, str], wanted: Sifting, scope: Scope
) -> Query:
    values = Placeholders()
    filters = [(places[name], one) for name, one in wanted.profiles if one is not None]
    first = [*columns, *(f"{place} AS p{n}" for n, (place, _) in enumerate(filters))]
    shown = list(columns)
    if wanted.group and wanted.group.source == "profile":
        first.append(f"{json_text.written_of(places[attribute(wanted.group.property)])} AS {NAME}")
        shown.append(NAME)
    text = f"SELECT {', '.join(first)} FROM valued"
    if filters:
        held_ = [*shown, *(f"p{n}" for n in range(len(filters)))]
        text = json_text.layered(text, held_, [one.layers(f"p{n}") for n, (_, one) in enumerate(filters)])
        conditions = [one.sql(f"p{n}", values, scope) for n, (_, one) in enumerate(filters)]
        text = f"SELECT {', '.join(shown)} FROM ({text}) AS layered WHERE {' AND '.join(conditions)}"
    return values.select(text, {"valued": valued})
