"""`profile-property`: an attribute of the profile or a custom property, as it is now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from cdp.errors import Rejected
from cdp.filters import grammar
from cdp.filters.filter import Filter
from cdp.filters.json_text import layered
from cdp.filters.placeholders import Placeholders
from functions.audiences.conditions.condition import ConditionType, Context, Dependencies, Facts, Part
from functions.audiences.conditions.history import current

_PLAIN = (
    "email", "first_name", "last_name", "phone_number", "external_id", "organization", "title", "locale", "created",
    "anonymous_id", "image",
)  # fmt: skip
_PLACE = ("address1", "address2", "city", "country", "latitude", "longitude", "region", "zip", "timezone", "ip")
ATTRIBUTES = (*_PLAIN, *(f"location.{name}" for name in _PLACE))
_CUSTOM = re.compile(r"""properties\[(?:'(?P<single>.*)'|"(?P<double>.*)")\]""", re.DOTALL)
_LONGEST = 500


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
    if name in ATTRIBUTES:
        return name
    custom = _CUSTOM.fullmatch(name)
    key = (custom["single"] if custom["single"] is not None else custom["double"]) if custom else ""
    if not key or len(key) > _LONGEST:
        raise Rejected(
            f"{name!r} is no attribute of a profile; name a custom one as properties['Name'], or use one of: "
            f"{', '.join(ATTRIBUTES)}.",
            field=pointer,
        )
    return f"properties.{key}"


CONDITION = ConditionType("profile-property", parse)
