"""Tables of values that the platform brings: other spellings -> the one to use.

Look-ups disregard case, accents and everything that is neither letter nor digit: "U.S.A." is "usa".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from functools import cache

from cdp.transformations.tables import countries, us_states


def key_of(text: str) -> str:
    """What two spellings of one name have in common."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join([c for c in plain if c.isalnum()])


def _table(text: str) -> dict[str, str]:
    """Lines of `name = spelling, spelling`; the name itself is a spelling."""
    found: dict[str, str] = {}
    for line in text.strip().splitlines():
        name, _, others = (part.strip() for part in line.partition("="))
        for spelling in (name, *others.split(",")):
            if key := key_of(spelling):
                found[key] = name
    return found


@cache
def country_names() -> Mapping[str, str]:
    return _table(countries.SPELLINGS)


@cache
def state_names() -> Mapping[str, str]:
    return _table(us_states.SPELLINGS)


TABLES: Mapping[str, Callable[[], Mapping[str, str]]] = {"country_names": country_names, "us_states": state_names}
