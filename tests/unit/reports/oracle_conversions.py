"""The conversion overview and the audience performance the slow way, from lists of events, entries and changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cdp.attribution.settings import AttributionSettings
from tests.unit.attribution import oracle as attribution
from tests.unit.attribution.oracle import PLACED
from tests.unit.reports.oracle_membership import Entry, member

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """A line of the history of profiles: `value` is JSON text or None."""

    number: int
    name: str
    profile: int
    revision: int
    at: datetime
    value: str | None


SUPPRESSED = '{"email":{"marketing":{"suppression":[{"reason":"UNSUBSCRIBE"}]}}}'
FREE = '{"email":{"marketing":{"suppression":[]}}}'


def able(history: Sequence[Change], profile: int, at: datetime) -> bool:
    """Could the profile receive e-mail at that moment?"""
    current: dict[str, str | None] = {}
    for change in sorted(history, key=lambda c: c.revision):
        if change.profile == profile and change.at <= at:
            current[change.name] = change.value
    alive, address = current.get("created") is not None, current.get("email") is not None
    return alive and address and current.get("subscriptions") != SUPPRESSED


def able_within(history: Sequence[Change], start: datetime, end: datetime) -> set[int]:
    moments = [start, *(c.at for c in history if start < c.at < end)] if start < end else []
    return {c.profile for c in history if any(able(history, c.profile, at) for at in moments)}


def overview(
    events: Sequence[Event],
    start: datetime,
    end: datetime,
    settings: AttributionSettings,
    log: Sequence[Entry] | None = None,
    segment: str = "",
) -> dict[int, list[int]]:
    """Group (1 … 10) -> profiles, conversions, attributed ones, units, attributed units."""
    credited = attribution.expected(events, settings, start, end)
    found: dict[int, list[Event]] = {}
    for e in events:
        inside = log is None or member(log, segment, e["profile_no"], e["occurred_at"])
        if e["metric_id"] == PLACED and start <= e["occurred_at"] < end and inside:
            found.setdefault(e["profile_no"], []).append(e)
    groups: dict[int, list[int]] = {}
    for own in found.values():
        group = groups.setdefault(min(len(own), 10), [0] * 5)
        thanks = [e for e in own if e["event_id"] in credited]
        for n, more in enumerate(
            (1, len(own), len(thanks), sum(e["units"] or 0 for e in own), sum(e["units"] or 0 for e in thanks))
        ):
            group[n] += more
    return groups


def audience(
    events: Sequence[Event],
    start: datetime,
    end: datetime,
    now: datetime,
    settings: AttributionSettings,
    log: Sequence[Entry],
    segment: str,
) -> dict[str, tuple[int, int]]:
    """Channel -> weight in millionths and units, of messages received in [start, end)."""
    found: dict[str, tuple[int, int]] = {}
    credited = attribution.expected(events, settings, datetime.min.replace(tzinfo=start.tzinfo), now)
    for e in events:
        if not member(log, segment, e["profile_no"], e["occurred_at"]):
            continue
        for touch, weight, units in credited.get(e["event_id"], ()):
            if start <= touch.received_at < end and e["occurred_at"] >= start:
                known = found.get(touch.channel, (0, 0))
                found[touch.channel] = known[0] + weight, known[1] + (units or 0)
    return found
