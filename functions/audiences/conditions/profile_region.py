"""`profile-region`: does the person's country belong to the European Union, or is it the United States?

Countries count by their English name, or their code of two or three letters (ISO 3166-1), without regard to case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from cdp.filters import grammar
from functions.audiences.conditions import attributes
from functions.audiences.conditions.attributes import Place, Probe
from functions.audiences.conditions.condition import ConditionType, Context, Dependencies, Facts, Part
from functions.audiences.conditions.words import one_of

# fmt: off
UNITED_STATES = ("us", "usa", "united states", "united states of america", "u.s.", "u.s.a.")
_EUROPEAN_UNION = (
    "austria", "at", "aut", "belgium", "be", "bel", "bulgaria", "bg", "bgr", "croatia", "hr", "hrv", "cyprus", "cy",
    "cyp", "czechia", "czech republic", "cz", "cze", "denmark", "dk", "dnk", "estonia", "ee", "est", "finland", "fi",
    "fin", "france", "fr", "fra", "germany", "de", "deu", "greece", "gr", "grc", "el", "hungary", "hu", "hun",
    "ireland", "ie", "irl", "italy", "it", "ita", "latvia", "lv", "lva", "lithuania", "lt", "ltu", "luxembourg", "lu",
    "lux", "malta", "mt", "mlt", "netherlands", "the netherlands", "nl", "nld", "poland", "pl", "pol", "portugal",
    "pt", "prt", "romania", "ro", "rou", "slovakia", "sk", "svk", "slovenia", "si", "svn", "spain", "es", "esp",
    "sweden", "se", "swe",
)
# fmt: on
_REGIONS: Mapping[str, tuple[str, ...]] = {"european_union": _EUROPEAN_UNION, "united_states": UNITED_STATES}


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["profile-region"]
    region: Literal["european_union", "united_states"]
    in_region: bool


@dataclass(frozen=True, slots=True)
class Region:
    """Who has no country is in no region."""

    region: str
    in_region: bool
    relative: bool = False

    @property
    def dependencies(self) -> Dependencies:
        return Dependencies(profile=True)

    @property
    def _test(self) -> Probe:
        return Probe(Place("location.country"), one_of(*_REGIONS[self.region]), self.in_region)

    def part(self, context: Context) -> Part:
        return Part(attributes.query(((self._test,),), context))

    def holds(self, facts: Facts, context: Context) -> bool:
        return attributes.hold(((self._test,),), facts, context)


def parse(data: dict[str, Any], pointer: str) -> Region:
    given = grammar.convert(data, _Given, pointer)
    return Region(given.region, given.in_region)


CONDITION = ConditionType("profile-region", parse)
