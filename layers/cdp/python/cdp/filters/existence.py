"""Is there a value at all? Null is none."""

from __future__ import annotations

from typing import ClassVar, Literal

from cdp.filters.clock import Clock
from cdp.filters.filter import Filter
from cdp.filters.placeholders import Placeholders
from cdp.filters.values import Json


class ExistenceFilter(Filter, frozen=True, forbid_unknown_fields=True):
    NEGATED: ClassVar[frozenset[str]] = frozenset({"not-set"})

    type: Literal["existence"]
    operator: Literal["is-set", "not-set"]

    def positive(self, value: Json, clock: Clock) -> bool:
        return value is not None

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        return f"{j} <> 'null'"
