"""Instants as the API reads and writes them (SPEC §1.2)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)"
    r"\s*([Zz]|[-+ ]\d\d(?::?\d\d)?)?)?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def parse_instant(text: str) -> datetime | None:
    """The instant in UTC, or None if `text` is none. Naive values are UTC, a date alone is 00:00 UTC.

    Offsets may be `Z`, `+00:00`, `+0000` or `+00`; a blank before the digits is a plus sign that was not
    percent-encoded.
    """
    found = _INSTANT.fullmatch(text.strip())
    if found is None:
        return None
    day, clock, offset = found.groups()
    offset = (offset or "Z").replace(" ", "+").upper()
    try:
        return datetime.fromisoformat(f"{day}T{clock or '00:00'}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def format_instant(at: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS+00:00`."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def epoch_us(at: datetime) -> int:
    """Whole microseconds since 1970, exact."""
    return (at - _EPOCH) // _MICROSECOND


def from_epoch_us(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)
