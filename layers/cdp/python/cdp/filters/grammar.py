"""From a filter's JSON to the filter: which ones there are, and which a place allows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from cdp.errors import Rejected
from cdp.filters.dates import (
    AlltimeFilter,
    AnniversaryFilter,
    CalendarMonthFilter,
    RelativeAnniversaryFilter,
    RelativeDateFilter,
    RelativeDateRangeFilter,
    StaticDateFilter,
    StaticDateRangeFilter,
)
from cdp.filters.existence import ExistenceFilter
from cdp.filters.filter import Filter
from cdp.filters.lists import ListContainsFilter, ListLengthFilter, ListPartFilter, ListSetFilter
from cdp.filters.numbers import BooleanFilter, NumericFilter, NumericRangeFilter
from cdp.filters.phones import PhoneCountryFilter
from cdp.filters.strings import StringFilter, StringInFilter
from cdp.jsonapi.errors import from_validation_error

S = TypeVar("S")
F = TypeVar("F", bound=Filter)
Kinds = Collection[tuple[str, str]]

FILTERS: tuple[type[Filter], ...] = (
    StringFilter, StringInFilter, PhoneCountryFilter, NumericFilter, NumericRangeFilter, BooleanFilter, ExistenceFilter,
    ListContainsFilter, ListSetFilter, ListPartFilter, ListLengthFilter, StaticDateFilter, StaticDateRangeFilter,
    RelativeDateFilter, RelativeDateRangeFilter, RelativeAnniversaryFilter, AnniversaryFilter, CalendarMonthFilter,
    AlltimeFilter,
)  # fmt: skip


def _kinds(one: type[Filter]) -> list[tuple[str, str]]:
    hints = get_type_hints(one)
    return [(kind, operator) for kind in get_args(hints["type"]) for operator in get_args(hints["operator"])]


def kinds(*filters: type[Filter], operators: Iterable[str] = ()) -> frozenset[tuple[str, str]]:
    """(type, operator) of all the filters' operators, or of those given."""
    chosen = set(operators)
    return frozenset(kind for one in filters for kind in _kinds(one) if not chosen or kind[1] in chosen)


_BY_KIND: Mapping[tuple[str, str], type[Filter]] = {kind: one for one in FILTERS for kind in _kinds(one)}

DATES = kinds(
    StaticDateFilter, StaticDateRangeFilter, RelativeDateFilter, RelativeDateRangeFilter, RelativeAnniversaryFilter,
    AnniversaryFilter, CalendarMonthFilter,
)  # fmt: skip
PROPERTY = DATES | kinds(
    StringFilter, StringInFilter, PhoneCountryFilter, NumericFilter, BooleanFilter, ListContainsFilter,
    ListLengthFilter, ExistenceFilter,
)  # fmt: skip
EVENT_PROPERTY = kinds(
    StringFilter, StringInFilter, ExistenceFilter, ListSetFilter, ListLengthFilter, ListPartFilter, BooleanFilter,
    NumericFilter, operators=(),
) - kinds(ListPartFilter, operators=(
    "contains-starts-with", "not-contains-starts-with", "contains-ends-with", "not-contains-ends-with"
))  # fmt: skip
CUSTOM_METRIC = kinds(
    NumericFilter, StringFilter, StringInFilter, ExistenceFilter, BooleanFilter, ListContainsFilter, ListPartFilter
)
RECORD_PROPERTY = kinds(
    StringFilter, StringInFilter, NumericFilter, NumericRangeFilter, BooleanFilter, StaticDateFilter,
    StaticDateRangeFilter, RelativeDateFilter, RelativeDateRangeFilter, RelativeAnniversaryFilter, ListContainsFilter,
    ListLengthFilter, ExistenceFilter,
)  # fmt: skip


def read(data: Any, pointer: str, allowed: Kinds) -> Filter:
    """The filter, if the place allows it; `Rejected` points at what is wrong. `pointer` is the filter's."""
    if not isinstance(data, dict):
        raise Rejected("A filter is an object.", field=pointer)
    for name in ("type", "operator"):
        if not isinstance(data.get(name), str):
            raise Rejected(f"A filter needs its {name}, a string.", field=f"{pointer}/{name}")
    kind = data["type"], data["operator"]
    if kind[0] not in {one for one, _ in allowed}:
        wanted = ", ".join(sorted({one for one, _ in allowed}))
        raise Rejected(f"A filter of type {kind[0]!r} is not possible here; use: {wanted}.", field=f"{pointer}/type")
    if kind not in allowed:
        wanted = ", ".join(sorted(operator for one, operator in allowed if one == kind[0]))
        raise Rejected(f"{kind[1]!r} is no operator here; use: {wanted}.", field=f"{pointer}/operator")
    found = convert(data, _BY_KIND[kind], pointer)
    found.check(pointer)
    return found


def read_as(kind: type[F], data: Any, pointer: str, allowed: Kinds) -> F:
    """`read` where all that is allowed is of one kind."""
    found = read(data, pointer, allowed)
    if not isinstance(found, kind):
        raise TypeError(f"{allowed} allow other filters than {kind.__name__}")
    return found


def convert(data: Any, kind: type[S], pointer: str) -> S:
    """The data as a struct; `Rejected` points at the field."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise from_validation_error(error, pointer) from error
