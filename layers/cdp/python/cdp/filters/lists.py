"""Filters on lists. What is not a list is missing; members count by their text (`values.text_of`)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from cdp.filters import json_text
from cdp.filters.clock import Clock
from cdp.filters.filter import Filter
from cdp.filters.json_text import Layer
from cdp.filters.numbers import COMPARISONS, compare
from cdp.filters.placeholders import Placeholders
from cdp.filters.strings import Text, Texts, in_text, in_text_sql
from cdp.filters.values import Json, fold, list_of, text_of

_MEMBER = json_text.text_of("json_format(e)")


class ListContainsFilter(Filter, frozen=True, forbid_unknown_fields=True):
    """One value, as it is written."""

    NEGATED: ClassVar[frozenset[str]] = frozenset({"not-contains"})

    type: Literal["list"]
    operator: Literal["contains", "not-contains"]
    value: Text | int

    def positive(self, value: Json, clock: Clock) -> bool:
        return str(self.value) in _texts(value)

    def layers(self, j: str) -> tuple[Layer, ...]:
        return _layers(j)

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        return _any(j, f"{_MEMBER} = {values.add(str(self.value))}")


class ListSetFilter(Filter, frozen=True, forbid_unknown_fields=True):
    """All of several values, or any of them."""

    NEGATED: ClassVar[frozenset[str]] = frozenset({"not-contains-all", "not-contains-any"})

    type: Literal["list"]
    operator: Literal["contains-all", "contains-any", "not-contains-all", "not-contains-any"]
    value: Texts

    def positive(self, value: Json, clock: Clock) -> bool:
        held = _texts(value)
        if self.operator.endswith("any"):
            return any(wanted in held for wanted in self.value)
        return all(wanted in held for wanted in self.value)

    def layers(self, j: str) -> tuple[Layer, ...]:
        return _layers(j)

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        if self.operator.endswith("any"):
            return _any(j, f"{_MEMBER} IN ({values.add(self.value)})")
        return " AND ".join(_any(j, f"{_MEMBER} = {values.add(wanted)}") for wanted in self.value)


class ListPartFilter(Filter, frozen=True, forbid_unknown_fields=True):
    """A member that contains, starts with or ends with a text, without regard to case."""

    NEGATED: ClassVar[frozenset[str]] = frozenset(
        {"not-contains-substring", "not-contains-starts-with", "not-contains-ends-with"}
    )

    type: Literal["list"]
    operator: Literal[
        "contains-substring", "not-contains-substring", "contains-starts-with", "not-contains-starts-with",
        "contains-ends-with", "not-contains-ends-with",
    ]  # fmt: skip
    value: Text | None

    @property
    def _way(self) -> str:
        way = self.operator.removeprefix("not-").removeprefix("contains-")
        return "contains" if way == "substring" else way

    def positive(self, value: Json, clock: Clock) -> bool:
        wanted = fold(self.value or "")
        return any(in_text(self._way, fold(text), wanted) for text in _texts(value))

    def layers(self, j: str) -> tuple[Layer, ...]:
        return _layers(j)

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        return _any(j, in_text_sql(self._way, f"lower({_MEMBER})", fold(self.value or ""), values))


class ListLengthFilter(Filter, frozen=True, forbid_unknown_fields=True):
    """How many members, whatever they are."""

    type: Literal["list"]
    operator: Literal[
        "length-equals", "length-greater-than", "length-greater-than-or-equal", "length-less-than",
        "length-less-than-or-equal",
    ]  # fmt: skip
    value: Annotated[int, Meta(ge=0, le=1_000_000)]

    @property
    def _sign(self) -> str:
        return COMPARISONS[self.operator.removeprefix("length-")]

    def positive(self, value: Json, clock: Clock) -> bool:
        held = list_of(value)
        return held is not None and compare(len(held), self._sign, self.value)

    def layers(self, j: str) -> tuple[Layer, ...]:
        return _layers(j)

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        return f"cardinality({j}_list) {self._sign} {values.add(self.value)}"


def _texts(value: Json) -> set[str]:
    """The texts of the members, where they have one."""
    return {text for text in map(text_of, list_of(value) or ()) if text is not None}


def _any(j: str, condition: str) -> str:
    """Does the condition on e, a member's JSON, hold for any?"""
    return f"cardinality(filter({j}_list, e -> {condition})) > 0"


def _layers(j: str) -> tuple[Layer, ...]:
    return ({f"{j}_list": json_text.list_of(j)},)
