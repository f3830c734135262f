"""Product performance in plain Python: every event, every name that it counts under."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.unit.reports.oracles import Happened


@dataclass(frozen=True)
class Line:
    name: str | None
    categories: list[str] | None
    quantity: int
    cents: int | None


Lines = Mapping[int, Sequence[Line]]  # by the event's number


def names_of(e: Happened, lines: Sequence[Line], by: str, rate: int) -> dict[str, int | None]:
    """The names of the event, each with its value in cents."""
    if not lines:
        own = _products(e) if by == "product" else _categories(e)
        cents = None if e.cents is None else e.cents * rate
        return dict.fromkeys(own or [""], cents)
    found: dict[str, int | None] = {}
    for line in lines:
        bought = None if line.cents is None else line.quantity * line.cents * rate
        names = [line.name or ""] if by == "product" else list(dict.fromkeys(line.categories or [""]))
        for name in names:
            if bought is not None:
                found[name] = (found.get(name) or 0) + bought
            found.setdefault(name, None)
    return found


def _products(e: Happened) -> list[str]:
    for key in ("ProductName", "Name"):
        value = e.properties.get(key)
        if value is not None and not isinstance(value, list | dict):
            return [_text(value)]
    return []


def _categories(e: Happened) -> list[str]:
    for key in ("Categories", "Collections"):
        value = e.properties.get(key)
        if value is not None:
            return list(dict.fromkeys(_text(one) for one in (value if isinstance(value, list) else [value]) if one is not None))
    return []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def performance(
    steps: Sequence[Sequence[Happened]], lines: Lines, by: str, rates: Mapping[str, int]
) -> dict[str, list[tuple[int, int, int]]]:
    """Name -> (events, profiles, cents) of each step."""
    found: dict[str, list[list[tuple[int, int | None]]]] = defaultdict(lambda: [[] for _ in steps])
    for n, events in enumerate(steps):
        for e in events:
            rate = rates.get(e.currency or "", 1)
            for name, cents in names_of(e, lines.get(e.number, ()), by, rate).items():
                found[name][n].append((e.profile, cents))
    return {
        name: [(len(cell), len({p for p, _ in cell}), sum(cents or 0 for _, cents in cell)) for cell in cells]
        for name, cells in found.items()
    }
