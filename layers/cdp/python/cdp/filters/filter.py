"""What every filter is."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from cdp.filters.clock import Clock
from cdp.filters.json_text import Layer
from cdp.filters.placeholders import Placeholders
from cdp.filters.values import Json


class Filter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`positive` and `positive_sql` are the meaning without negation, false for a missing value; the SQL may be
    null for false. `relative` tells whether the answer depends on the clock."""

    NEGATED: ClassVar[frozenset[str]] = frozenset()
    relative: ClassVar[bool] = False

    operator: str

    @property
    def negated(self) -> bool:
        return self.operator in self.NEGATED

    def positive(self, value: Json, clock: Clock) -> bool:
        raise NotImplementedError

    def layers(self, j: str) -> tuple[Layer, ...]:
        """Columns that the SQL reads beside `j`, each layer made from those before; names begin with `j`."""
        return ()

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        """`j` is a column of JSON text; null is a missing value."""
        raise NotImplementedError

    def check(self, pointer: str) -> None:
        """Raise `Rejected` for what the types do not say; `pointer` is the filter's."""

    def holds(self, value: Json, clock: Clock) -> bool:
        return self.positive(value, clock) != self.negated

    def sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        """BOOLEAN, never null."""
        positive = f"coalesce({self.positive_sql(j, values, clock)}, false)"
        return f"NOT {positive}" if self.negated else positive
