"""What an RFM analysis needs to mean something (SPEC §7.1), and the segments that use what it writes on profiles.

An analysis is answered whether its requirements are met or not: the answer says which are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from cdp.model.read_only import READ_ONLY, may_be_named
from functions.reports.kinds.rfm import Row
from functions.reports.report import Scope

CUSTOMERS, HISTORY_DAYS, RECENT_DAYS, LOYAL = 500, 180, 30, 1
Json = dict[str, object]


def requirements(rows: Sequence[Row]) -> list[Json]:
    """Reckoned at the end of the period. `found` null: there is no order."""
    row = next(row for row in rows if row.section == "basis")
    return [
        _at_least("customers", row.customers, CUSTOMERS),
        _at_least("days_of_history", row.days_high, HISTORY_DAYS),
        {
            "name": "days_since_last_order",
            "met": row.days_low is not None and row.days_low <= RECENT_DAYS,
            "found": row.days_low,
            "needed": RECENT_DAYS,
        },
        _at_least("customers_with_three_orders", row.orders_high or 0, LOYAL),
    ]


def _at_least(name: str, found: int | None, needed: int) -> Json:
    return {"name": name, "met": found is not None and found >= needed, "found": found, "needed": needed}


def segments(scope: Scope) -> list[Json]:
    """Segments whose definition names one of the properties, by name."""
    found = [(one, _used(one.definition)) for one in scope.segments if may_be_named(bytes(one.definition))]
    return [
        {"id": one.id, "name": one.name, "is_active": one.is_active, "properties": used}
        for one, used in sorted(found, key=lambda pair: (pair[0].name, pair[0].id))
        if used
    ]


def _used(definition: msgspec.Raw) -> list[str]:
    named = set(_properties(msgspec.json.decode(definition)))
    return sorted(name for name in READ_ONLY if f"properties['{name}']" in named)


def _properties(value: Any) -> Iterator[str]:
    """Every `property` of the definition."""
    if isinstance(value, list):
        for inner in value:
            yield from _properties(inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "property" and isinstance(inner, str):
                yield inner
            else:
                yield from _properties(inner)
