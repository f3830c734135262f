"""Filters on text: exact for equality and lists of values, without regard to case for parts of a text."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

import re2
from msgspec import Meta

from cdp.errors import Rejected
from cdp.filters import json_text
from cdp.filters.clock import Clock
from cdp.filters.filter import Filter
from cdp.filters.json_text import Layer
from cdp.filters.placeholders import Placeholders
from cdp.filters.values import Json, fold, text_of

MAX_PATTERN = 256
MAX_VALUES = 1000
Text = Annotated[str, Meta(max_length=1000)]
Texts = Annotated[tuple[Text, ...], Meta(min_length=1, max_length=MAX_VALUES)]


class StringFilter(Filter, frozen=True, forbid_unknown_fields=True):
    """A null value is the empty text. `regex` finds anywhere in the text, as RE2 does."""

    NEGATED: ClassVar[frozenset[str]] = frozenset(
        {"not-equals", "not-contains", "not-starts-with", "not-ends-with", "nregex"}
    )

    type: Literal["string"]
    operator: Literal[
        "equals", "not-equals", "contains", "not-contains", "starts-with", "not-starts-with",
        "ends-with", "not-ends-with", "regex", "nregex",
    ]  # fmt: skip
    value: Text | None

    def check(self, pointer: str) -> None:
        if not self.operator.endswith("regex"):
            return
        if len(self._wanted) > MAX_PATTERN:
            raise Rejected(f"A pattern has at most {MAX_PATTERN} characters.", field=f"{pointer}/value")
        try:
            pattern(self._wanted)
        except re2.error as error:
            raise Rejected(f"This is no pattern in RE2's syntax: {_reason(error)}.", field=f"{pointer}/value") from error

    def positive(self, value: Json, clock: Clock) -> bool:
        text = text_of(value)
        if text is None:
            return False
        if self.operator.endswith("regex"):
            return pattern(self._wanted).search(text) is not None
        if self.operator.endswith("equals"):
            return text == self._wanted
        return in_text(self._way, fold(text), fold(self._wanted))

    def layers(self, j: str) -> tuple[Layer, ...]:
        return ({f"{j}_text": json_text.text_of(j)},)

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        text = f"{j}_text"
        if self.operator.endswith("regex"):
            return f"regexp_like({text}, {values.add(self._wanted)})"
        if self.operator.endswith("equals"):
            return f"{text} = {values.add(self._wanted)}"
        return in_text_sql(self._way, f"lower({text})", fold(self._wanted), values)

    @property
    def _wanted(self) -> str:
        return self.value or ""

    @property
    def _way(self) -> str:
        return self.operator.removeprefix("not-")


class StringInFilter(Filter, frozen=True, forbid_unknown_fields=True):
    """One of several texts."""

    NEGATED: ClassVar[frozenset[str]] = frozenset({"not-in"})

    type: Literal["string"]
    operator: Literal["in", "not-in"]
    value: Texts

    def positive(self, value: Json, clock: Clock) -> bool:
        return text_of(value) in self.value

    def layers(self, j: str) -> tuple[Layer, ...]:
        return ({f"{j}_text": json_text.text_of(j)},)

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        return f"{j}_text IN ({values.add(self.value)})"


def in_text(way: str, text: str, part: str) -> bool:
    """Does the text contain, start with or end with the part? Both are folded."""
    if way == "contains":
        return part in text
    return text.startswith(part) if way == "starts-with" else text.endswith(part)


def in_text_sql(way: str, text: str, part: str, values: Placeholders) -> str:
    if not part:
        return f"{text} IS NOT NULL"
    wanted, length = values.add(part), values.add(len(part))
    if way == "contains":
        del values.params[length[1:]]
        return f"strpos({text}, {wanted}) > 0"
    if way == "starts-with":
        return f"substr({text}, 1, {length}) = {wanted}"
    return f"length({text}) >= {length} AND substr({text}, length({text}) - {length} + 1) = {wanted}"


@lru_cache(maxsize=1024)
def pattern(text: str) -> Any:
    """The compiled pattern; `re2.error` for a bad one."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(text, options)


def _reason(error: re2.error) -> str:
    reason = error.args[0]
    return reason.decode() if isinstance(reason, bytes) else str(reason)
