"""Conditions on an event's properties, and on the profile's as they were when the event happened (SPEC §13.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.query.sql import Query, json_path

Source = Literal["event", "profile"]
Operator = Literal[
    "equals", "not-equals", "any", "contains", "starts-with", "greater-than", "greater-or-equal",
    "less-than", "less-or-equal", "is-set", "is-not-set",
]  # fmt: skip
Name = Annotated[str, Meta(min_length=1, max_length=255)]


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A property of the event, or of its profile at that moment. `a.b` names a key with a dot in it, not a path."""

    property: Name
    source: Source = "event"


class Filter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Scalars only: a list or an object counts as not set. Numbers compare as numbers, all else as text."""

    property: Name
    operator: Operator
    value: str | bool | int | float | list[str] | None = None
    source: Source = "event"


_VALUE: Mapping[Source, str] = {
    "event": "json_extract_scalar(properties, :path)",
    "profile": "json_extract_scalar(profile_properties, :path)",
}
_TEXT: Mapping[str, str] = {
    "equals": "{v} = :value",
    "not-equals": "{v} IS NULL OR {v} <> :value",
    "contains": "strpos({v}, :value) > 0",
    "starts-with": "strpos({v}, :value) = 1",
}
_NUMBER: Mapping[str, str] = {
    "equals": "try_cast({v} AS DOUBLE) = :value",
    "not-equals": "try_cast({v} AS DOUBLE) IS NULL OR try_cast({v} AS DOUBLE) <> :value",
    "greater-than": "try_cast({v} AS DOUBLE) > :value",
    "greater-or-equal": "try_cast({v} AS DOUBLE) >= :value",
    "less-than": "try_cast({v} AS DOUBLE) < :value",
    "less-or-equal": "try_cast({v} AS DOUBLE) <= :value",
}
_PRESENCE: Mapping[str, str] = {"is-set": "{v} IS NOT NULL", "is-not-set": "{v} IS NULL"}


def grouped(events: Query, by: Property, column: str) -> Query:
    """Adds the property's value as a column; empty where it is not set."""
    text = f"coalesce({_VALUE[by.source]}, '')"
    return events.with_column(column, text, path=json_path(by.property))


def filtered(events: Query, condition: Filter, field: str) -> Query:
    """Keeps the events that meet the condition; `field` points at it."""
    path, value, operator = json_path(condition.property), condition.value, condition.operator
    if operator in _PRESENCE:
        return events.where(_text(_PRESENCE, condition), path=path)
    if operator == "any":
        if not isinstance(value, list) or not value:
            raise Rejected("any needs a list of strings.", field=f"{field}/value")
        return events.where(f"{_VALUE[condition.source]} IN (:value)", path=path, value=value)
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, int | float) and operator in _NUMBER:
        return events.where(_text(_NUMBER, condition), path=path, value=float(value))
    if isinstance(value, str) and value and operator in _TEXT:
        return events.where(_text(_TEXT, condition), path=path, value=value)
    wanted = (
        "a number"
        if operator not in _TEXT
        else "a string"
        if operator not in _NUMBER
        else "a string or a number"
    )
    raise Rejected(f"{operator} needs {wanted} as its value.", field=f"{field}/value")


def _text(texts: Mapping[str, str], condition: Filter) -> str:
    return texts[condition.operator].replace("{v}", _VALUE[condition.source])
