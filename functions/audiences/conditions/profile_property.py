"""`profile-property`: an attribute of the profile or a custom property, as it is now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from cdp.errors import Rejected
from cdp.filters import grammar
from cdp.filters.attributes import ATTRIBUTES, attribute_of
from cdp.filters.filter import Filter
from cdp.filters.json_text import layered
from cdp.filters.placeholders import Placeholders
from functions.audiences.conditions.condition import ConditionType, Context, Dependencies, Facts, Part
from functions.audiences.conditions.history import current


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["profile-property"]
    property: str
    filter: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProfileProperty:
    """`attribute` is a name of `Profile.values`."""

    attribute: str
    filter: Filter

    @property
    def dependencies(self) -> Dependencies:
        return Dependencies(profile=True)

    @property
    def relative(self) -> bool:
        return self.filter.relative

    def part(self, context: Context) -> Part:
        values = Placeholders()
        condition = self.filter.positive_sql("j", values, context)
        source = layered("SELECT profile_no, j FROM current", ("profile_no", "j"), [self.filter.layers("j")])
        text = f"SELECT profile_no FROM ({source}) AS found WHERE {condition}"
        return Part(values.select(text, {"current": current(self.attribute)}), self.filter.negated)

    def holds(self, facts: Facts, context: Context) -> bool:
        return self.filter.holds(facts.attributes.get(self.attribute), context)


def parse(data: dict[str, Any], pointer: str) -> ProfileProperty:
    given = grammar.convert(data, _Given, pointer)
    attribute = _attribute(given.property, f"{pointer}/property")
    found = grammar.read(given.filter, f"{pointer}/filter", grammar.PROPERTY)
    return ProfileProperty(attribute, found)


def _attribute(name: str, pointer: str) -> str:
    """The name in the history: `location.city`, `properties.Name`."""
    found = attribute_of(name)
    if found is None:
        raise Rejected(
            f"{name!r} is no attribute of a profile; name a custom one as properties['Name'], or use one of: "
            f"{', '.join(ATTRIBUTES)}.",
            field=pointer,
        )
    return found


CONDITION = ConditionType("profile-property", parse)
