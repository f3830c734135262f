"""Tests on attributes of the profile and on what lies within them: consent and predictions are such.

A probe looks at one JSON value with a filter. Alternatives are ORed, the probes of one ANDed.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cdp.filters.clock import Clock
from cdp.filters.filter import Filter
from cdp.filters.json_text import layered
from cdp.filters.placeholders import Placeholders
from cdp.filters.values import Json
from cdp.query.sql import Query, json_path
from functions.audiences.conditions.condition import Facts
from functions.audiences.conditions.history import current


class Place(NamedTuple):
    """Where a value lies: keys within an attribute of `Profile.values`. `reason`: in the first member of the
    list there whose `reason` this is, under `timestamp`. `absent`: the number that stands for nothing there."""

    attribute: str
    path: tuple[str, ...] = ()
    reason: str | None = None
    absent: int | None = None


class Probe(NamedTuple):
    """Does the filter hold for the value, or, if not `expected`, does it not?"""

    place: Place
    filter: Filter
    expected: bool = True


Alternatives: TypeAlias = tuple[tuple[Probe, ...], ...]


def hold(alternatives: Alternatives, facts: Facts, clock: Clock) -> bool:
    return any(all(_holds(probe, facts, clock) for probe in probes) for probes in alternatives)


def _holds(probe: Probe, facts: Facts, clock: Clock) -> bool:
    return probe.filter.holds(value_at(probe.place, facts), clock) == probe.expected


def value_at(place: Place, facts: Facts) -> Json:
    value = facts.attributes.get(place.attribute)
    for key in place.path:
        value = value.get(key) if isinstance(value, dict) else None
    if place.reason is not None:
        members = value if isinstance(value, list) else []
        found = [one for one in members if isinstance(one, dict) and one.get("reason") == place.reason]
        value = found[0].get("timestamp") if found else None
    return place.absent if value is None else value


def query(alternatives: Alternatives, clock: Clock) -> Query:
    """Column `profile_no`: living profiles for which one of the alternatives holds."""
    values = Placeholders()
    probes = list(dict.fromkeys(probe for probes in alternatives for probe in probes))
    attributes = list(dict.fromkeys(probe.place.attribute for probe in probes))
    columns = [f"{_json(probe.place, f'a{attributes.index(probe.place.attribute)}.j', values)} AS j{n}"
               for n, probe in enumerate(probes)]  # fmt: skip
    joins = [f"LEFT JOIN a{n} ON a{n}.profile_no = living.profile_no" for n in range(len(attributes))]
    source = f"SELECT living.profile_no, {', '.join(columns)} FROM living {' '.join(joins)}"
    keep = ["profile_no", *(f"j{n}" for n in range(len(probes)))]
    source = layered(source, keep, [probe.filter.layers(f"j{n}") for n, probe in enumerate(probes)])
    texts = {probe: _condition(probe, f"j{n}", values, clock) for n, probe in enumerate(probes)}
    wanted = " OR ".join(f"({' AND '.join(texts[probe] for probe in some)})" for some in alternatives)
    tables = {"living": current("created")}
    tables |= {f"a{n}": current(attribute) for n, attribute in enumerate(attributes)}
    text = f"SELECT profile_no FROM ({source}) AS found WHERE {wanted}"
    return values.select(text, tables)


def _condition(probe: Probe, j: str, values: Placeholders, clock: Clock) -> str:
    text = probe.filter.sql(j, values, clock)
    return text if probe.expected else f"NOT ({text})"


def _json(place: Place, j: str, values: Placeholders) -> str:
    """JSON text of the value, null for null."""
    if place.absent is not None:
        return f"coalesce({_json(place._replace(absent=None), j, values)}, {values.add(str(place.absent))})"
    if not place.path:
        return j
    path = values.add(json_path(*place.path))
    if place.reason is None:
        return f"nullif(json_format(json_extract({j}, {path})), 'null')"
    members = f"try_cast(json_extract({j}, {path}) AS ARRAY(JSON))"
    reason = values.add(place.reason)
    found = f"element_at(filter({members}, e -> json_extract_scalar(e, '$[\"reason\"]') = {reason}), 1)"
    return f"nullif(json_format(json_extract({found}, '$[\"timestamp\"]')), 'null')"
