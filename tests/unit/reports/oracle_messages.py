"""Statistics of messages the slow way: every event against every receipt, in plain Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cdp.attribution.settings import AttributionSettings
from tests.unit.attribution import oracle as attribution

METRICS: Mapping[int, str] = {
    **attribution.METRICS,
    4: "Unsubscribed",
    5: "Marked Email as Spam",
    23: "Failed to Deliver SMS",
    24: "Unsubscribed from SMS Marketing",
}
# metric -> (channel, what it is)
MEANINGS = {
    3: ("email", "bounced"), 4: ("email", "unsubscribed"), 5: ("email", "spam"), 10: ("email", "received"),
    11: ("email", "opened"), 12: ("email", "clicked"), 20: ("sms", "received"), 21: ("sms", "opened"),
    22: ("sms", "clicked"), 23: ("sms", "failed"), 24: ("sms", "unsubscribed"), 30: ("push", "received"),
    31: ("push", "opened"), 40: ("whatsapp", "received"), 41: ("whatsapp", "opened"), 42: ("whatsapp", "clicked"),
}  # fmt: skip
CHANNELS = {"email": "email", "sms": "sms", "push": "push-notification", "whatsapp": "whatsapp"}
SENDS = ("received", "bounced", "failed")
Event = Mapping[str, Any]


def name_of(e: Event) -> str | None:
    return e.get("message") or e.get("campaign") or e.get("flow")


@dataclass
class Group:
    """Everything that counts for one group, each as (profile, weight, units)."""

    told: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)
    credits: float = 0
    segments: int = 0
    spend: int = 0

    def n(self, what: str) -> int:
        return len(self.told.get(what, ()))

    def people(self, what: str) -> int:
        return len({profile for profile, _, _ in self.told.get(what, ())})

    def statistics(self) -> dict[str, float]:
        received, bounced, failed = (self.n(what) for what in SENDS)
        sent = received + bounced + failed
        opened, clicked, left = (self.people(what) for what in ("opened", "clicked", "unsubscribed"))
        conversions = sum(weight for _, weight, _ in self.told.get("converted", ())) / 1_000_000
        value = sum(units for _, _, units in self.told.get("converted", ())) / 10_000
        buyers, spend = self.people("converted"), self.spend / 10_000

        def share(part: float, whole: float) -> float:
            return part / whole if whole else 0.0

        return {
            "recipients": sent, "delivered": received, "bounced": bounced, "failed": failed,
            "bounced_or_failed": bounced + failed, "bounce_rate": share(bounced, sent),
            "failed_rate": share(failed, sent), "bounced_or_failed_rate": share(bounced + failed, sent),
            "delivery_rate": share(received, sent), "opens": self.n("opened"), "opens_unique": opened,
            "open_rate": share(opened, received), "clicks": self.n("clicked"), "clicks_unique": clicked,
            "click_rate": share(clicked, received), "click_to_open_rate": share(clicked, opened),
            "unsubscribes": self.n("unsubscribed"), "unsubscribe_uniques": left,
            "unsubscribe_rate": share(left, received), "spam_complaints": self.n("spam"),
            "spam_complaint_rate": share(self.n("spam"), received), "conversions": conversions,
            "conversion_uniques": buyers, "conversion_rate": share(buyers, received), "conversion_value": value,
            "average_order_value": share(value, conversions), "revenue_per_recipient": share(value, sent),
            "text_message_credit_usage_amount": self.credits, "message_segment_count_sum": self.segments,
            "text_message_spend": spend, "text_message_roi": share(value, spend),
        }  # fmt: skip


def receipts(e: Event, log: Iterable[Event], channel: str, at: datetime) -> list[Event]:
    """Receipts of the event's message by its profile until then, the last one last."""
    found = [
        r for r in log
        if MEANINGS.get(r["metric_id"]) == (channel, "received") and r["profile_no"] == e["profile_no"]
        and name_of(r) == name_of(e) and bool(r.get("flow")) == bool(e.get("flow")) and r["occurred_at"] <= at
    ]  # fmt: skip
    return sorted(found, key=lambda r: (r["occurred_at"], r["event_id"]))


def groups(
    log: Iterable[Event],
    settings: AttributionSettings,
    start: datetime,
    end: datetime,
    as_of: datetime,
    key: Callable[[Event, str, datetime, Event | None], Any],
    *,
    flows: bool,
) -> dict[Any, Group]:
    """By `key` of (event, channel, time of its send, receipt); None leaves out."""
    seen = [e for e in log if e["occurred_at"] <= as_of]
    found: dict[Any, Group] = {}

    def put(e: Event, channel: str, sent: datetime, receipt: Event | None) -> Group | None:
        if not start <= sent < end or name_of(e) is None or bool(e.get("flow")) != flows:
            return None
        k = key(e, channel, sent, receipt)
        return None if k is None else found.setdefault(k, Group())

    for e in seen:
        channel, what = MEANINGS.get(e["metric_id"], ("", ""))
        if not what or _machine(e, what, settings):
            continue
        own = receipts(e, seen, channel, e["occurred_at"])
        receipt = e if what in SENDS else own[-1] if own else None
        if receipt is None:
            continue
        group = put(e, channel, receipt["occurred_at"], receipt)
        if group is not None:
            group.told.setdefault(what, []).append((e["profile_no"], 0, 0))
            if what in SENDS and channel == "sms":
                properties = json.loads(e.get("properties", "{}"))
                group.credits += properties.get("$usage_amount", 0)
                group.segments += properties.get("Segment Count", 0)
                group.spend += e.get("units") or 0
    by_id = {e["event_id"]: e for e in seen}
    for id_, credited in attribution.expected(seen, settings, start, as_of.replace(year=as_of.year + 1)).items():
        for touch, weight, units in credited:
            e = by_id[touch.id]
            if e["metric_id"] == attribution.VISIT:
                e = _visited(e, seen, settings)
            own = receipts(e, seen, touch.channel, touch.received_at)
            bare = {**e, "properties": "{}"}  # a conversion has its receipt's properties or none
            group = put(bare, touch.channel, touch.received_at, own[-1] if own else None)
            if group is not None:
                group.told.setdefault("converted", []).append((by_id[id_]["profile_no"], weight, units or 0))
    return found


def _machine(e: Event, what: str, settings: AttributionSettings) -> bool:
    if e.get("machine") != 1:
        return False
    return (what == "clicked" and not settings.include_bot_clicks) or (what == "opened" and not settings.include_mpp_opens)


def _visited(e: Event, log: Iterable[Event], settings: AttributionSettings) -> Event:
    """The receipt that a visit is one with."""
    return max(
        (
            r for r in log
            if r["metric_id"] in attribution.RECEIVED and r["profile_no"] == e["profile_no"]
            and r["occurred_at"] <= e["occurred_at"]
            and (settings.include_transactional or not r.get("transactional"))
        ),
        key=lambda r: (r["occurred_at"], r["event_id"]),
    )  # fmt: skip
