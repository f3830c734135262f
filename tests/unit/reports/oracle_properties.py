"""Properties in slow, obvious Python: the value in force at a moment, filters, names of groups."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.unit.reports.oracles import Happened


@dataclass(frozen=True)
class Change:
    """From `at` on the profile's attribute is `value`; None: it has none. Revisions order the changes."""

    profile: int
    attribute: str
    revision: int
    at: datetime
    value: Any


def in_force(changes: Sequence[Change], profile: int, attribute: str, at: datetime) -> Any:
    """Replay: a change never holds from before the one that it followed."""
    found, since = None, None
    for change in sorted(changes, key=lambda c: c.revision):
        if (change.profile, change.attribute) == (profile, attribute):
            since = change.at if since is None else max(since, change.at)
            if since <= at:
                found = change.value
    return found


def value_of(e: Happened, source: str, name: str, changes: Sequence[Change]) -> Any:
    if source == "event":
        return e.cents if name == "$value" and e.cents is None else e.properties.get(name)
    return in_force(changes, e.profile, name if name == "email" else f"properties.{name}", e.at)


def counts(e: Happened, conditions: Sequence[dict[str, Any]], changes: Sequence[Change]) -> bool:
    """All conditions hold; under one on the profile it must have had a value then."""
    for one in conditions:
        value = value_of(e, one["source"], one["property"], changes)
        if one["source"] == "profile" and value is None:
            return False
        if not holds(value, one.get("filter")):
            return False
    return True


def holds(value: Any, condition: dict[str, Any] | None) -> bool:
    if condition is None:
        return value is not None
    text = text_of(value)
    wanted: Any = condition.get("value")
    match condition["operator"]:
        case "is-set":
            return value is not None
        case "not-set":
            return value is None
        case "equals" | "not-equals" if condition["type"] == "string":
            return bool(text is not None and text == wanted) == (condition["operator"] == "equals")
        case "in":
            return bool(text in wanted)
        case "greater-than":
            number = number_of(value)
            return number is not None and bool(number > wanted)
        case operator:
            raise AssertionError(operator)


def text_of(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or isinstance(value, list | dict) else str(value)


def number_of(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def label(value: Any) -> str:
    """The name of a group: text as it is, all else as JSON; empty without a value."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
