"""`profile-predictive-analytics`: numbers, dates and ranks that were predicted for the person (SPEC §6.1).

They lie in the attribute `predictive` under their names there; the ranks of channels (SPEC §6.6) in its object
`channel_affinity_ranks`, the guessed gender under `predicted_gender`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.filters import grammar
from cdp.filters.filter import Filter
from cdp.filters.numbers import NumericFilter
from cdp.filters.strings import StringFilter
from functions.audiences.conditions import attributes
from functions.audiences.conditions.attributes import Place, Probe
from functions.audiences.conditions.condition import ConditionType, Context, Dependencies, Facts, Part
from functions.audiences.conditions.words import MemberAt

NUMBERS = (
    "average_days_between_orders", "average_order_value", "churn_probability", "historic_clv",
    "historic_number_of_orders", "predicted_clv", "predicted_number_of_orders", "total_clv",
)  # fmt: skip
DATE, GENDER, CHANNEL = "expected_date_of_next_purchase", "predicted_gender", "channel_affinity"
GENDERS, RANKS = ("likely_female", "likely_male", "uncertain"), ("high", "medium", "low")
_ZERO = frozenset({"historic_clv", "historic_number_of_orders"})  # of people without orders (SPEC §6.1)
_NUMERIC = grammar.kinds(NumericFilter)
_EITHER = grammar.kinds(StringFilter, operators=("equals", "not-equals"))


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["profile-predictive-analytics"]
    dimension: str
    filter: dict[str, Any]


class _Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["profile-predictive-analytics"]
    dimension: Literal["channel_affinity"]
    measurement: Literal["priority", "rank"]
    predicted_channel: Literal["email", "push", "sms", "whatsapp"]
    filter: dict[str, Any]


class _Priority(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["numeric"]
    operator: Literal["equals"]
    value: Annotated[int, Meta(ge=1, le=100)]


@dataclass(frozen=True, slots=True)
class Predictive:
    """`path` leads to the value within the attribute `predictive`."""

    path: tuple[str, ...]
    filter: Filter

    @property
    def dependencies(self) -> Dependencies:
        return Dependencies(profile=True)

    @property
    def relative(self) -> bool:
        return self.filter.relative

    @property
    def _probe(self) -> Probe:
        return Probe(Place("predictive", self.path, absent=0 if self.path[0] in _ZERO else None), self.filter)

    def part(self, context: Context) -> Part:
        return Part(attributes.query(((self._probe,),), context))

    def holds(self, facts: Facts, context: Context) -> bool:
        return attributes.hold(((self._probe,),), facts, context)


def parse(data: dict[str, Any], pointer: str) -> Predictive:
    dimension = data.get("dimension")
    if dimension == CHANNEL:
        return _channel(data, pointer)
    if dimension not in _DIMENSIONS:
        raise Rejected(f"dimension is one of: {', '.join(_DIMENSIONS)}, {CHANNEL}.", field=f"{pointer}/dimension")
    given = grammar.convert(data, _Given, pointer)
    name, allowed = _DIMENSIONS[given.dimension]
    found = grammar.read(given.filter, f"{pointer}/filter", allowed)
    if given.dimension == GENDER:
        _one_of(found, GENDERS, f"{pointer}/filter")
    return Predictive((name,), found)


def _channel(data: dict[str, Any], pointer: str) -> Predictive:
    given = grammar.convert(data, _Channel, pointer)
    if given.measurement == "priority":
        priority = grammar.convert(given.filter, _Priority, f"{pointer}/filter").value
        member = MemberAt(operator="at", type="member", position=priority, text=given.predicted_channel)
        return Predictive(("ranked_channel_affinity",), member)
    found = grammar.read(given.filter, f"{pointer}/filter", _EITHER)
    _one_of(found, RANKS, f"{pointer}/filter")
    return Predictive(("channel_affinity_ranks", given.predicted_channel), found)


def _one_of(found: Filter, values: tuple[str, ...], pointer: str) -> None:
    if not isinstance(found, StringFilter) or found.value not in values:
        raise Rejected(f"value is one of: {', '.join(values)}.", field=f"{pointer}/value")


_DIMENSIONS: Mapping[str, tuple[str, grammar.Kinds]] = {
    **{name: (name, _NUMERIC) for name in NUMBERS},
    DATE: ("expected_date_of_next_order", grammar.DATES),
    GENDER: (GENDER, _EITHER),
}
CONDITION = ConditionType("profile-predictive-analytics", parse)
