"""Instants and dates in bodies. Pure."""

from __future__ import annotations

from datetime import date, datetime

from cdp.errors import Rejected
from cdp.jsonapi.ranges import EARLIEST, LATEST
from cdp.jsonapi.times import format_instant, parse_instant


def instant(text: str, at: str) -> datetime:
    """The instant in UTC; naive ones are UTC."""
    found = parse_instant(text)
    if found is None or not EARLIEST <= found < LATEST:
        raise Rejected(f"{text!r} is no date and time.", field=at)
    return found


def day(text: str, at: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise Rejected(f"{text!r} is no date.", field=at) from error


def shown(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)
