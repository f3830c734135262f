"""The meters: what each counts, and how much a plan allows. Pure.

The public model knows a closed set of units: events and custom metrics are counted in its `credits`, one each
(docs/adr/0077).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cdp.documents.plans import Plan

MAX_PROFILES = (1 << 31) - 1  # profile numbers are 32 bits
MAX_EVENTS = (1 << 53) - 1  # the largest whole number that every JSON client reads exactly


class Period(NamedTuple):
    """[start, end), UTC."""

    start: datetime
    end: datetime


class Reading(NamedTuple):
    """`as_of`: up to when it is counted, UTC."""

    used: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Meter:
    unit: str
    most: int


METERS: Mapping[str, Meter] = {
    "active_profiles": Meter("profiles", MAX_PROFILES),
    "total_profiles": Meter("profiles", MAX_PROFILES),
    "events": Meter("credits", MAX_EVENTS),
    "custom_metrics": Meter("credits", Plan().custom_metrics),
}


def period_of(now: datetime, zone: ZoneInfo) -> Period:
    """The calendar month of `now` in the account's time zone."""
    local = now.astimezone(zone)
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    start, end = datetime(local.year, local.month, 1, tzinfo=zone), datetime(year, month, 1, tzinfo=zone)
    return Period(start.astimezone(UTC), end.astimezone(UTC))


def most(name: str, plan: Plan) -> int:
    """What the plan allows of a meter."""
    if name == "custom_metrics":
        return plan.custom_metrics
    return min(METERS[name].most, plan.maxima.get(name, METERS[name].most))
