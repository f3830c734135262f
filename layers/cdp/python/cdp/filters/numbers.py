"""Filters on numbers and on true and false. Texts that are written like a number count as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from cdp.errors import Rejected
from cdp.filters import json_text
from cdp.filters.clock import Clock
from cdp.filters.filter import Filter
from cdp.filters.json_text import Layer
from cdp.filters.placeholders import Placeholders
from cdp.filters.values import LARGEST, Json, number_of, text_of

Comparison = Literal[
    "equals", "not-equals", "greater-than", "greater-than-or-equal", "less-than", "less-than-or-equal"
]
COMPARISONS: Mapping[str, str] = {
    "equals": "=",
    "not-equals": "=",
    "greater-than": ">",
    "greater-than-or-equal": ">=",
    "less-than": "<",
    "less-than-or-equal": "<=",
}


def compare(number: float, sign: str, wanted: float) -> bool:
    match sign:
        case "=":
            return number == wanted
        case ">":
            return number > wanted
        case ">=":
            return number >= wanted
        case "<":
            return number < wanted
        case _:
            return number <= wanted


class NumericFilter(Filter, frozen=True, forbid_unknown_fields=True):
    """A comparison with a number."""

    NEGATED: ClassVar[frozenset[str]] = frozenset({"not-equals"})

    type: Literal["numeric"]
    operator: Comparison
    value: int | float

    def check(self, pointer: str) -> None:
        if abs(self.value) > LARGEST:
            raise Rejected(f"A number lies between -{LARGEST} and {LARGEST}.", field=f"{pointer}/value")

    def number_holds(self, number: float) -> bool:
        """Of a number that is there."""
        return compare(number, COMPARISONS[self.operator], float(self.value)) != self.negated

    def number_sql(self, number: str, values: Placeholders) -> str:
        """Of an expression of type DOUBLE; null if that is null."""
        positive = f"{number} {COMPARISONS[self.operator]} {values.add(float(self.value))}"
        return f"NOT ({positive})" if self.negated else positive

    def positive(self, value: Json, clock: Clock) -> bool:
        number = number_of(value)
        return number is not None and compare(number, COMPARISONS[self.operator], float(self.value))

    def layers(self, j: str) -> tuple[Layer, ...]:
        return _layers(j)

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        sign = COMPARISONS[self.operator]
        return f"{j}_number {sign} {values.add(float(self.value))} AND abs({j}_number) <= {LARGEST!r}"


class NumericRangeFilter(Filter, frozen=True, forbid_unknown_fields=True):
    """From `start` to `end`, both included."""

    type: Literal["numeric"]
    operator: Literal["between"]
    start: int | float
    end: int | float

    def check(self, pointer: str) -> None:
        if max(abs(self.start), abs(self.end)) > LARGEST:
            raise Rejected(f"Numbers lie between -{LARGEST} and {LARGEST}.", field=pointer)
        if self.start > self.end:
            raise Rejected("The end lies before the start.", field=f"{pointer}/end")

    def positive(self, value: Json, clock: Clock) -> bool:
        number = number_of(value)
        return number is not None and float(self.start) <= number <= float(self.end)

    def layers(self, j: str) -> tuple[Layer, ...]:
        return _layers(j)

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        low, high = values.add(float(self.start)), values.add(float(self.end))
        return f"{j}_number BETWEEN {low} AND {high}"


class BooleanFilter(Filter, frozen=True, forbid_unknown_fields=True):
    """True and false, also as texts in any case."""

    type: Literal["boolean"]
    operator: Literal["equals"]
    value: bool

    def positive(self, value: Json, clock: Clock) -> bool:
        text = text_of(value)
        return text is not None and text.lower() == ("true" if self.value else "false")

    def layers(self, j: str) -> tuple[Layer, ...]:
        return ({f"{j}_text": json_text.text_of(j)},)

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        return f"lower({j}_text) = {values.add('true' if self.value else 'false')}"


def _layers(j: str) -> tuple[Layer, ...]:
    return {f"{j}_written": json_text.written_of(j)}, {f"{j}_number": json_text.number_of(f"{j}_written")}
