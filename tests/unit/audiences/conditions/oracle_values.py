"""What values mean, slowly and obviously. Shares nothing with what it judges."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import zipcodes

_DIGITS = set("0123456789")
_HOURS = {"hour": 1, "day": 24, "week": 168}


def length(quantity: int, f: dict[str, Any]) -> timedelta:
    return timedelta(hours=quantity * _HOURS[f["unit"]])


def year_days(first: date, last: date) -> set[tuple[int, int]]:
    found = set()
    for day in itertools.islice(_days(first, last), 1500):
        found.add((day.month, day.day))
        if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3:
            found.add((2, 29))
    return found


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if value is True or value is False:
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if len(str(abs(value))) <= 15 else None
    if isinstance(value, float):
        whole, dot, rest = repr(value).lstrip("-").partition(".")
        plain = dot and set(whole + rest) <= _DIGITS and len(whole) <= 9 and len(rest) <= 4
        return repr(value) if plain else None
    return None


def number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        mantissa, e, exponent = value.replace("E", "e").partition("e")
        whole, dot, rest = mantissa.removeprefix("-").partition(".")
        digits = exponent[1:] if exponent[:1] in ("+", "-") else exponent
        parts = [whole, *([rest] if dot else []), *([digits] if e else [])]
        if any(not part or not set(part) <= _DIGITS for part in parts) or len(digits) > 3:
            return None
    found = float(value)
    return found if abs(found) <= 1e300 else None


def moment(value: Any) -> datetime | None:
    """Aware or local, to the second."""
    if not isinstance(value, str) or not value.isascii():
        return None
    day, clock = value[:10], value[11:]
    if value[10:11] not in ("", "T", " ") or (len(value) > 10 and not clock):
        return None
    offset = ""
    if clock.endswith("Z"):
        clock, offset = clock[:-1], "+00:00"
    elif clock[-6:-5] in ("+", "-"):
        clock, offset = clock[:-6], clock[-6:]
    clock, dot, fraction = clock.partition(".")
    if dot and not (0 < len(fraction) <= 9 and set(fraction) <= _DIGITS and len(clock) == 8):
        return None
    try:
        pattern = "%Y-%m-%d %H:%M:%S" if len(clock) == 8 else "%Y-%m-%d %H:%M"
        at = datetime.strptime(f"{day} {clock or '00:00'}", pattern)  # noqa: DTZ007 - what it says may be local
    except ValueError:
        return None
    if len(day) != 10 or len(clock) not in (0, 5, 8) or not 1000 <= at.year < 3000:
        return None
    if not offset:
        return at
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if offset[3] != ":" or minutes > 59 or hours * 60 + minutes > 14 * 60:
        return None
    ahead = timedelta(hours=hours, minutes=minutes) * (1 if offset[0] == "+" else -1)
    return (at - ahead).replace(tzinfo=UTC)


def lower(held: str) -> str:
    return "".join("i" if one == "İ" else one.lower() for one in held)


COUNTRIES = {
    "US": {"US"}, "CA": {"CA"}, "GB": {"GB"}, "GG": {"GG"}, "DE": {"DE"}, "RU": {"RU"}, "KZ": {"KZ"},
    "44": {"GB", "GG"}, "+1": {"US", "CA"},
}  # fmt: skip


def country(held: str) -> str | None:
    """Of the numbers in the world, and of texts that are none."""
    for prefix, code in (
        ("+1416", "CA"), ("+1212", "US"), ("+441481", "GG"), ("+4477", "GB"), ("+49", "DE"), ("+77", "KZ"), ("+79", "RU"),
    ):  # fmt: skip
        if held.startswith(prefix):
            return code
    return None


@cache
def postal_code(code: str) -> tuple[float, float]:
    found = zipcodes.matching(code)[0]
    return float(found["lat"]), float(found["long"])


def haversine_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    (lat1, lon1), (lat2, lon2) = ([math.radians(x) for x in point] for point in (a, b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))
