"""Pages of things that are all at hand: the actions of a flow, the versions of a form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeVar

from cdp.jsonapi.cursors import Part
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.matrix import Condition, Filters
from cdp.jsonapi.paging import Page, Slice, read_page
from cdp.jsonapi.params import Params
from cdp.jsonapi.ranges import time_range

_NO_NAMES: Mapping[str, str] = {}
_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "starts-with": str.startswith,
    "ends-with": str.endswith,
}


class Identified(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T")
I = TypeVar("I", bound=Identified)  # noqa: E741
Position = tuple[Part, ...]


def page_of(
    things: Iterable[I],
    params: Params,
    *,
    filters: Filters,
    sorts: tuple[str, ...],
    size: tuple[int, int],
    names: Mapping[str, str] = _NO_NAMES,
) -> Page[I]:
    """One page of them. `size` is default and maximum; `names` maps the API's names of fields to ours, where they
    differ."""
    conditions = [replace(c, field=names.get(c.field, c.field)) for c in params.filter(filters)]
    sort = params.sort(sorts, sorts[0])
    field = names.get(sort.field, sort.field)

    def position(thing: I) -> Position:
        value = getattr(thing, field)
        first = value.isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)
        return first, thing.id

    cursor = params.cursor(sort)
    if cursor is not None and [type(part) for part in cursor.position] != [str, str]:
        raise cursor_refused("The cursor does not belong to this collection.")
    kept = sorted((one for one in things if all(holds(one, c) for c in conditions)), key=position)
    return read_page(
        lambda part: cut(kept, part, position),
        position,
        sort=sort,
        size=params.page_size(*size),
        cursor=cursor,
    )


def cut(rows: list[T], part: Slice, position: Callable[[T], Position]) -> list[T]:
    """The part of rows that are all at hand, ascending by `position`."""
    after = part.after
    if part.descending:
        kept = [row for row in reversed(rows) if after is None or position(row) < after]
    else:
        kept = [row for row in rows if after is None or position(row) > after]
    return kept[: part.limit]


def holds(thing: object, condition: Condition) -> bool:
    """Does the thing have what the condition wants in the attribute that it names? Of several values (a tuple)
    one is enough."""
    value = getattr(thing, condition.field)
    if isinstance(condition.value, datetime):
        start, end = time_range((condition,), (condition.field,))
        return isinstance(value, datetime) and start <= value < end
    if condition.operator in _TEXTS:
        return _TEXTS[condition.operator](value, str(condition.value))
    return any(one in condition.values for one in (value if isinstance(value, tuple) else (value,)))
