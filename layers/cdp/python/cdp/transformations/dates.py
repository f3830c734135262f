"""Dates as people write them, to ISO 8601 (SPEC §16).

Read are ISO 8601 (also 19900501 and 1990/5/1), RFC 2822, day/month/year or month/day/year with / . or -, names
of months in English, and seconds or milliseconds since 1970. Two-digit years are those of POSIX: 69-99 are
19xx, 00-68 are 20xx. A time without an offset is UTC; an offset stays as it is written.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
         "november", "december")  # fmt: skip
_MONTH = {**{name: n for n, name in enumerate(_MONTHS, 1)}, **{name: n for n, name in enumerate(_LONG, 1)}, "sept": 9}
_ZONES = {"ut": 0, "utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
          "pst": -8, "pdt": -7}  # fmt: skip

_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_NAME = r"(?P<b>[a-z]{3,9})\.?"
_CLOCK = (
    r"(?:(?:\s*t\s*|\s*,?\s+(?:at\s+)?)(?P<H>\d{1,2}):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,]\d+)?)?\s*(?P<p>[ap]\.?m\.?)?"
    r"\s*(?P<z>[a-z]{1,3}|[+-]\d\d:?\d\d|[+-]\d\d)?(?:\s*\([a-z]+\))?)?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"


def _form(date: str) -> re.Pattern[str]:
    return re.compile(_WEEKDAY + date + _CLOCK, re.IGNORECASE | re.ASCII)


_NAMED = (
    _form(rf"{_DAY}[\s-]+(?:of\s+)?{_NAME},?[\s-]+(?P<y>\d{{4}}|\d\d)"),
    _form(rf"{_NAME}\s+{_DAY},?\s+(?P<y>\d{{4}})"),
)
_YEAR_FIRST = (_form(r"(?P<y>\d{4})([/.-])(?P<m>\d{1,2})\2(?P<d>\d{1,2})"),
               _form(r"(?P<y>(?:18|19|20|21)\d\d)(?P<m>\d\d)(?P<d>\d\d)"))  # fmt: skip
_YEAR_LAST = {
    True: _form(r"(?P<d>\d{1,2})([/.-])(?P<m>\d{1,2})\2(?P<y>\d{4}|\d\d)"),
    False: _form(r"(?P<m>\d{1,2})([/.-])(?P<d>\d{1,2})\2(?P<y>\d{4}|\d\d)"),
}
_EPOCH = re.compile(r"-?\d{9,14}(?:\.\d+)?", re.ASCII)
_SECONDS, _MILLISECONDS = (1e8, 1e11), (1e11, 1e14)  # a number this large is an instant, not a year or a count
_START = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 64


def iso_date(value: str | float, *, day_first: bool) -> str | None:
    """`YYYY-MM-DD`, the day as it is written; None for what is no date."""
    at = parse(value, day_first=day_first)
    return None if at is None else at.date().isoformat()


def iso_date_time(value: str | float, *, day_first: bool) -> str | None:
    """`YYYY-MM-DDTHH:MM:SS±HH:MM`; None for what is no date."""
    at = parse(value, day_first=day_first)
    return None if at is None else at.isoformat(timespec="seconds")


def parse(value: str | float, *, day_first: bool) -> datetime | None:
    """An aware time, or None."""
    if not isinstance(value, str):
        compact = f"{value:.0f}" if value == value and abs(value) < 1e15 else ""
        return _read(_YEAR_FIRST[1].fullmatch(compact)) or _epoch(float(value))
    text = value.strip()
    if not text or len(text) > _LONGEST:
        return None
    for form in (*_YEAR_FIRST, _YEAR_LAST[day_first], *_NAMED):
        found = form.fullmatch(text)
        if found is not None:
            return _read(found)
    return _epoch(float(text)) if _EPOCH.fullmatch(text) else None


def _epoch(number: float) -> datetime | None:
    size = abs(number)
    if _SECONDS[0] <= size < _SECONDS[1]:
        seconds = number
    elif _MILLISECONDS[0] <= size < _MILLISECONDS[1]:
        seconds = number / 1000
    else:
        return None
    try:
        return _START + timedelta(seconds=seconds)
    except OverflowError:  # before the year 1
        return None


def _read(found: re.Match[str] | None) -> datetime | None:
    if found is None:
        return None
    part = found.groupdict()
    month = _MONTH.get(part["b"].lower()) if part.get("b") else int(part["m"])
    zone = _zone(part["z"])
    hour = _hour(part["H"], part["p"])
    if month is None or zone is None or hour is None:
        return None
    year = int(part["y"])
    if len(part["y"]) == 2:
        year += 1900 if year >= 69 else 2000
    try:
        return datetime(year, month, int(part["d"]), hour, int(part["M"] or 0), int(part["S"] or 0), tzinfo=zone)
    except ValueError:
        return None


def _hour(text: str | None, half: str | None) -> int | None:
    hour = int(text or 0)
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        return None
    return hour % 12 + (12 if half[0].lower() == "p" else 0)


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return UTC
    if text[0] in "+-":
        digits = text[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
        return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes)) if minutes < 24 * 60 else None
    hours = _ZONES.get(text.lower())
    return None if hours is None else timezone(timedelta(hours=hours))
