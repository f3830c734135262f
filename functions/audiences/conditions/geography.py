"""Where postal codes lie, and how far things are apart on a sphere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

EARTH_KM = 6371.0088  # mean radius (IUGG)
KM_PER_MILE = 1.609344


class Point(NamedTuple):
    """Degrees, north and east positive."""

    latitude: float
    longitude: float

    def vector(self) -> tuple[float, float, float]:
        """On the unit sphere."""
        return vector(math.radians(self.latitude), math.radians(self.longitude))


def vector(latitude: float, longitude: float) -> tuple[float, float, float]:
    """Radians to the unit sphere."""
    return (
        math.cos(latitude) * math.cos(longitude),
        math.cos(latitude) * math.sin(longitude),
        math.sin(latitude),
    )


def chord(distance_km: float) -> float:
    """Squared straight line, on the unit sphere, between points that are so far apart on its surface; at most
    that between opposite points."""
    return 4 * math.sin(min(distance_km / EARTH_KM, math.pi) / 2) ** 2


def squared(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    """Squared straight line between two points."""
    return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2])


@cache
def us_postal_codes() -> Mapping[str, Point]:
    """All postal codes of the United States, five digits. Takes a second, once."""
    import zipcodes

    return {one["zip_code"]: Point(float(one["lat"]), float(one["long"])) for one in zipcodes.list_all()}  # type: ignore[no-untyped-call]


def us_postal_code(code: str) -> Point | None:
    """The point of one of them, also with the four further digits."""
    import zipcodes

    try:
        found = zipcodes.matching(code)  # type: ignore[no-untyped-call]
    except (TypeError, ValueError):
        return None
    return Point(float(found[0]["lat"]), float(found[0]["long"])) if found else None
