"""A filter that no request names: a text out of some words, without regard to case."""

from __future__ import annotations

from typing import Literal

from cdp.filters import json_text
from cdp.filters.clock import Clock
from cdp.filters.existence import ExistenceFilter
from cdp.filters.filter import Filter
from cdp.filters.json_text import Layer
from cdp.filters.lists import ListLengthFilter
from cdp.filters.placeholders import Placeholders
from cdp.filters.values import Json, fold, list_of, text_of

IS_SET = ExistenceFilter(operator="is-set", type="existence")
NOT_EMPTY = ListLengthFilter(operator="length-greater-than", type="list", value=0)


class Words(Filter, frozen=True):
    """`words` are in lower case."""

    type: Literal["words"]
    operator: Literal["in"]
    words: tuple[str, ...]

    def positive(self, value: Json, clock: Clock) -> bool:
        text = text_of(value)
        return text is not None and fold(text) in self.words

    def layers(self, j: str) -> tuple[Layer, ...]:
        return ({f"{j}_text": json_text.text_of(j)},)

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        return f"lower({j}_text) IN ({values.add(self.words)})"


def one_of(*words: str) -> Words:
    """A text that is one of the words, which are in lower case."""
    return Words(operator="in", type="words", words=words)


class MemberAt(Filter, frozen=True):
    """The member of a list at a position, from 1, is this text."""

    type: Literal["member"]
    operator: Literal["at"]
    position: int
    text: str

    def positive(self, value: Json, clock: Clock) -> bool:
        members = list_of(value) or []
        return len(members) >= self.position and text_of(members[self.position - 1]) == self.text

    def layers(self, j: str) -> tuple[Layer, ...]:
        member = f"json_format(element_at({json_text.list_of(j)}, {self.position}))"
        return {f"{j}_member": member}, {f"{j}_text": json_text.text_of(f"{j}_member")}

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        return f"{j}_text = {values.add(self.text)}"
