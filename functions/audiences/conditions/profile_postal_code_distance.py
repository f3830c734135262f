"""`profile-postal-code-distance`: how far from a postal code the person lives.

A person is at their coordinates, else at their own postal code, if that is one of the United States. Distances
are great circles; they are compared as squared straight lines through the unit sphere, which grow alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.filters import grammar, json_text
from cdp.filters.numbers import NumericFilter
from cdp.filters.placeholders import Placeholders
from cdp.filters.values import fold, number_of, text_of
from functions.audiences.conditions.condition import ConditionType, Context, Dependencies, Facts, Part
from functions.audiences.conditions.geography import (
    KM_PER_MILE,
    Point,
    chord,
    squared,
    us_postal_code,
    us_postal_codes,
    vector,
)
from functions.audiences.conditions.history import current
from functions.audiences.conditions.profile_region import UNITED_STATES

_RADIANS = 0.017453292519943295
_KINDS = grammar.kinds(NumericFilter, operators=("greater-than", "less-than"))
_PLACES = ("location.latitude", "location.longitude", "location.zip", "location.country")
_POINTS = f"""
SELECT profile_no, zip, country, lat * {_RADIANS!r} AS lat, lon * {_RADIANS!r} AS lon FROM (
  SELECT profile_no, j2_text AS zip, lower(j3_text) AS country,
    CASE WHEN abs(j0_number) <= 90 AND abs(j1_number) <= 180 THEN j0_number END AS lat,
    CASE WHEN abs(j0_number) <= 90 AND abs(j1_number) <= 180 THEN j1_number END AS lon
  FROM ({{layers}}) AS read_
) AS numbers
"""
_DISTANCES = """
SELECT profile_no, zip, country, lat,
  (cos(lat) * cos(lon) - :x) * (cos(lat) * cos(lon) - :x)
  + (cos(lat) * sin(lon) - :y) * (cos(lat) * sin(lon) - :y) + (sin(lat) - :z) * (sin(lat) - :z) AS apart
FROM points
"""
_MATCHES = """
SELECT profile_no FROM distances
WHERE (lat IS NOT NULL AND apart {sign} :chord) OR (
  lat IS NULL AND (country IS NULL OR country IN (:names))
  AND regexp_like(zip, '\\A[0-9]{{5}}(-[0-9]{{4}})?\\z')
  AND substr(zip, 1, 5) IN (SELECT code FROM UNNEST(split(:codes, ' ')) AS codes_(code))
)
"""


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["profile-postal-code-distance"]
    country_code: str
    postal_code: Annotated[str, Meta(max_length=20)]
    unit: Literal["kilometers", "miles"]
    filter: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PostalCodeDistance:
    point: Point
    distance_km: float
    nearer: bool
    relative: bool = False

    @property
    def dependencies(self) -> Dependencies:
        return Dependencies(profile=True)

    def part(self, context: Context) -> Part:
        x, y, z = self.point.vector()
        points = Placeholders().select(_POINTS.format(layers=_layers()), _tables())
        values = Placeholders()
        values.params.update(x=x, y=y, z=z)
        distances = values.select(_DISTANCES, {"points": points})
        values = Placeholders()
        values.params.update(
            chord=chord(self.distance_km),
            names=UNITED_STATES,
            codes=" ".join(sorted(_codes(self.point, self.distance_km, self.nearer))),
        )
        text = _MATCHES.format(sign="<" if self.nearer else ">")
        return Part(values.select(text, {"distances": distances}))

    def holds(self, facts: Facts, context: Context) -> bool:
        latitude = number_of(facts.attributes.get("location.latitude"))
        longitude = number_of(facts.attributes.get("location.longitude"))
        if latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180:
            return self._matches(vector(latitude * _RADIANS, longitude * _RADIANS))
        country = text_of(facts.attributes.get("location.country"))
        if country is not None and fold(country) not in UNITED_STATES:
            return False
        code = text_of(facts.attributes.get("location.zip")) or ""
        point = us_postal_codes().get(code[:5]) if _is_code(code) else None
        return point is not None and self._matches(point.vector())

    def _matches(self, place: tuple[float, float, float]) -> bool:
        apart, limit = squared(place, self.point.vector()), chord(self.distance_km)
        return apart < limit if self.nearer else apart > limit


@lru_cache(maxsize=64)
def _codes(point: Point, distance_km: float, nearer: bool) -> frozenset[str]:
    """The postal codes that lie nearer, or farther."""
    here, limit = point.vector(), chord(distance_km)
    apart = ((code, squared(place.vector(), here)) for code, place in us_postal_codes().items())
    return frozenset(code for code, one in apart if (one < limit if nearer else one > limit))


def _is_code(text: str) -> bool:
    """Five digits, or nine with a dash."""
    digits = text[:5] + text[6:]
    plain = digits.isascii() and digits.isdecimal()
    return plain and (len(text) == 5 or (len(text) == 10 and text[5] == "-"))


def _tables() -> dict[str, Any]:
    return {"living": current("created"), **{f"a{n}": current(name) for n, name in enumerate(_PLACES)}}


def _layers() -> str:
    """Columns j0 to j3 of the places, the first two read as numbers, the others as texts."""
    columns = ", ".join(f"a{n}.j AS j{n}" for n in range(len(_PLACES)))
    joins = " ".join(f"LEFT JOIN a{n} ON a{n}.profile_no = living.profile_no" for n in range(len(_PLACES)))
    source = f"SELECT living.profile_no, {columns} FROM living {joins}"
    numbers = [
        ({f"j{n}_written": json_text.written_of(f"j{n}")}, {f"j{n}_number": json_text.number_of(f"j{n}_written")})
        for n in (0, 1)
    ]
    texts = [({f"j{n}_text": json_text.text_of(f"j{n}")},) for n in (2, 3)]
    return json_text.layered(source, ["profile_no", *(f"j{n}" for n in range(len(_PLACES)))], [*numbers, *texts])


def parse(data: dict[str, Any], pointer: str) -> PostalCodeDistance:
    given = grammar.convert(data, _Given, pointer)
    if given.country_code.upper() not in ("US", "USA"):
        raise Rejected("Only postal codes of the United States (US) are known.", field=f"{pointer}/country_code")
    point = us_postal_code(given.postal_code.strip()) if _is_code(given.postal_code.strip()) else None
    if point is None:
        raise Rejected(f"{given.postal_code!r} is no postal code of the United States.", field=f"{pointer}/postal_code")
    wanted = grammar.read_as(NumericFilter, given.filter, f"{pointer}/filter", _KINDS)
    if wanted.value <= 0:
        raise Rejected("A distance is greater than 0.", field=f"{pointer}/filter/value")
    distance_km = wanted.value * (KM_PER_MILE if given.unit == "miles" else 1.0)
    return PostalCodeDistance(point, distance_km, wanted.operator == "less-than")


CONDITION = ConditionType("profile-postal-code-distance", parse)
