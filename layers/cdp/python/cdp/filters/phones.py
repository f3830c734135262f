"""Filters on the country of a phone number, which its first digits tell."""

from __future__ import annotations

from typing import ClassVar, Literal

from cdp.errors import Rejected
from cdp.filters import json_text
from cdp.filters.clock import Clock
from cdp.filters.dialling import prefixes
from cdp.filters.filter import Filter
from cdp.filters.json_text import Layer
from cdp.filters.placeholders import Placeholders
from cdp.filters.strings import Texts
from cdp.filters.values import Json, text_of


class PhoneCountryFilter(Filter, frozen=True, forbid_unknown_fields=True):
    """A phone number (E.164) of one of the countries: two letters (ISO 3166), or a calling code such as 44."""

    NEGATED: ClassVar[frozenset[str]] = frozenset({"phone-country-code-not-in"})

    type: Literal["string"]
    operator: Literal["phone-country-code-in", "phone-country-code-not-in"]
    value: Texts

    def check(self, pointer: str) -> None:
        for number, country in enumerate(self.value):
            if prefixes(country) is None:
                raise Rejected(
                    f"{country!r} is neither a country of ISO 3166 with a calling code nor a calling code.",
                    field=f"{pointer}/value/{number}",
                )

    def positive(self, value: Json, clock: Clock) -> bool:
        text = text_of(value)
        return text is not None and any(
            text.startswith(own) and not text.startswith(other)
            for country in self.value
            for own, other in prefixes(country) or ()
        )

    def layers(self, j: str) -> tuple[Layer, ...]:
        return ({f"{j}_text": json_text.text_of(j)},)

    def positive_sql(self, j: str, values: Placeholders, clock: Clock) -> str:
        text = f"{j}_text"
        found = [pair for country in self.value for pair in prefixes(country) or ()]
        return " OR ".join(dict.fromkeys(_sql(text, own, other, values) for own, other in found))


def _sql(text: str, own: str, other: tuple[str, ...], values: Placeholders) -> str:
    starts = f"substr({text}, 1, {len(own)}) = {values.add(own)}"
    by_length: dict[int, list[str]] = {}
    for prefix in other:
        by_length.setdefault(len(prefix), []).append(prefix)
    for length, some in sorted(by_length.items()):
        starts += f" AND substr({text}, 1, {length}) NOT IN ({values.add(some)})"
    return f"({starts})"
