"""Attribution the slow way: every conversion against every touch, in plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cdp.attribution.settings import AttributionSettings

# metric number -> (channel, what happened, window, rank)
PLACED, VISIT = 1, 2
RECEIVED = {10: "email", 20: "sms", 30: "push", 40: "whatsapp"}
ACTS = {
    11: ("email", "email_open", 3),
    12: ("email", "email_click", 4),
    20: ("sms", "sms_delivery", 2),
    21: ("sms", "sms_open", 3),
    22: ("sms", "sms_click", 4),
    31: ("push", "push_open", 3),
    41: ("whatsapp", "whatsapp_open", 3),
    42: ("whatsapp", "whatsapp_click", 4),
}
METRICS = {
    1: "Placed Order", 2: "Active on Site", 3: "Bounced Email", 10: "Received Email", 11: "Opened Email",
    12: "Clicked Email", 20: "Received SMS", 21: "Opened SMS", 22: "clicked SMS", 30: "Received Push", 31: "Opened Push",
    40: "Received WhatsApp", 41: "Opened WhatsApp", 42: "Clicked WhatsApp",
}  # fmt: skip
Event = Mapping[str, Any]


@dataclass(frozen=True, order=True)
class Touch:
    """Ordered as they are preferred."""

    at: datetime
    rank: int
    received_at: datetime
    id: int
    until: datetime
    profile_no: int
    channel: str
    message: str | None
    flow: str | None


def touches(events: Iterable[Event], settings: AttributionSettings) -> list[Touch]:
    events = list(events)
    found = []
    for e in events:
        touch = _visit(e, events, settings) if e["metric_id"] == VISIT else _act(e, events, settings)
        if touch is not None:
            found.append(touch)
    return found


def _act(e: Event, events: list[Event], settings: AttributionSettings) -> Touch | None:
    if e["metric_id"] not in ACTS:
        return None
    channel, window, rank = ACTS[e["metric_id"]]
    hours = getattr(settings.windows, window)
    if hours is None:
        return None
    machine = e.get("machine") == 1
    if machine and ((rank == 4 and not settings.include_bot_clicks) or (rank == 3 and not settings.include_mpp_opens)):
        return None
    message = e.get("message")
    receipts = [
        r for r in events
        if RECEIVED.get(r["metric_id"]) == channel and message is not None and r.get("message") == message
        and r["profile_no"] == e["profile_no"] and r["occurred_at"] <= e["occurred_at"]
    ]  # fmt: skip
    formal = any(one.get("transactional") for one in (e, *receipts))
    if formal and not settings.include_transactional:
        return None
    got = max((r["occurred_at"] for r in receipts), default=e["occurred_at"])
    return Touch(
        e["occurred_at"], rank, got, e["event_id"], got + timedelta(hours=hours), e["profile_no"], channel, message,
        e.get("flow"),
    )  # fmt: skip


def _visit(e: Event, events: list[Event], settings: AttributionSettings) -> Touch | None:
    hours = settings.windows.active_on_site
    receipts = [
        r for r in events
        if r["metric_id"] in RECEIVED and r["profile_no"] == e["profile_no"] and r["occurred_at"] <= e["occurred_at"]
        and (settings.include_transactional or not r.get("transactional"))
    ]  # fmt: skip
    if hours is None or not receipts:
        return None
    r = max(receipts, key=lambda r: (r["occurred_at"], r["event_id"]))
    until = r["occurred_at"] + timedelta(hours=hours)
    channel = RECEIVED[r["metric_id"]]
    return Touch(
        e["occurred_at"], 1, r["occurred_at"], e["event_id"], until, e["profile_no"], channel, r.get("message"), r.get("flow")
    )


def expected(
    events: Iterable[Event], settings: AttributionSettings, start: datetime, end: datetime
) -> dict[int, list[tuple[Touch, int, int | None]]]:
    """Conversion -> the touches credited, each with its weight and units, newest first."""
    events = list(events)
    all_touches = touches(events, settings)
    found = {}
    for c in events:
        if c["metric_id"] != PLACED or not start <= c["occurred_at"] < end:
            continue
        at = c["occurred_at"]
        valid = [t for t in all_touches if t.profile_no == c["profile_no"] and t.at <= at <= t.until]
        if settings.model == "linear":
            messages = {(t.channel, t.message) for t in valid}
            chosen = [max(t for t in valid if (t.channel, t.message) == m) for m in messages]
        else:
            chosen = [max(valid)] if valid else []
        if chosen:
            chosen.sort(reverse=True)
            weights, units = _split(1_000_000, len(chosen)), _split(c["units"], len(chosen))
            found[c["event_id"]] = list(zip(chosen, weights, units, strict=True))
    return found


def _split(whole: int | None, parts: int) -> list[Any]:
    if whole is None:
        return [None] * parts
    sign = -1 if whole < 0 else 1
    each, rest = divmod(abs(whole), parts)
    return [sign * (each + (n < rest)) for n in range(parts)]
