"""A segment's definition: groups of conditions, of which each group must hold by at least one (SPEC §4.1-§4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import msgspec

from cdp.errors import Rejected
from cdp.jsonapi.errors import from_validation_error
from functions.audiences.conditions import CONDITIONS
from functions.audiences.conditions.condition import Condition as Condition
from functions.audiences.conditions.condition import Dependencies as Dependencies
from functions.audiences.conditions.profile_metric_funnel import Funnel

MAX_GROUPS, MAX_CONDITIONS = 20, 100
_PARSERS = {one.name: one.parse for one in CONDITIONS}


@dataclass(frozen=True)
class Definition:
    """`groups` are ANDed, the conditions within a group ORed."""

    groups: tuple[tuple[Condition, ...], ...]

    @property
    def conditions(self) -> Iterator[Condition]:
        return (condition for group in self.groups for condition in group)

    @property
    def dependencies(self) -> Dependencies:
        return reduce(or_, (condition.dependencies for condition in self.conditions), Dependencies())

    @property
    def relative(self) -> bool:
        """Does membership change with the clock alone?"""
        return any(condition.relative for condition in self.conditions)


def parse(raw: msgspec.Raw | bytes, pointer: str) -> Definition:
    """The definition; `Rejected` points at what is wrong. `pointer` is that of the definition."""
    try:
        data = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise from_validation_error(error, pointer) from error
    groups = _listed(data, "condition_groups", pointer)
    if len(groups) > MAX_GROUPS:
        raise Rejected(f"At most {MAX_GROUPS} groups are possible.", field=f"{pointer}/condition_groups")
    found = tuple(_group(group, f"{pointer}/condition_groups/{number}") for number, group in enumerate(groups))
    if sum(map(len, found)) > MAX_CONDITIONS:
        raise Rejected(f"At most {MAX_CONDITIONS} conditions are possible.", field=f"{pointer}/condition_groups")
    _one_funnel(found, f"{pointer}/condition_groups")
    return Definition(found)


def _group(data: Any, pointer: str) -> tuple[Condition, ...]:
    conditions = _listed(data, "conditions", pointer)
    return tuple(_condition(one, f"{pointer}/conditions/{number}") for number, one in enumerate(conditions))


def _condition(data: Any, pointer: str) -> Condition:
    if not isinstance(data, dict):
        raise Rejected("A condition is an object.", field=pointer)
    name = data.get("type")
    parse = _PARSERS.get(name) if isinstance(name, str) else None
    if parse is None:
        raise Rejected(f"type is one of: {', '.join(_PARSERS)}.", field=f"{pointer}/type")
    return parse(data, pointer)


def _listed(data: Any, name: str, pointer: str) -> list[Any]:
    """The list under the only name that the object may have."""
    if not isinstance(data, dict):
        raise Rejected("This must be an object.", field=pointer)
    for other in data.keys() - {name}:
        raise Rejected(f"Object contains unknown field `{other}`.", field=f"{pointer}/{other}")
    found = data.get(name)
    if not isinstance(found, list) or not found:
        raise Rejected(f"{name} is a list with at least one member.", field=f"{pointer}/{name}")
    return found


def _one_funnel(groups: tuple[tuple[Condition, ...], ...], pointer: str) -> None:
    """SPEC §4.2: one funnel condition a segment."""
    funnels = [
        f"{pointer}/{g}/conditions/{c}"
        for g, group in enumerate(groups)
        for c, condition in enumerate(group)
        if isinstance(condition, Funnel)
    ]
    if len(funnels) > 1:
        raise Rejected("A segment has at most one funnel condition.", field=funnels[1])
