"""A small shop: what the docs and the golden files run every report over. The same every time.

Sixty customers over a year: they visit, buy, cancel, get campaigns and a flow by e-mail and SMS, see a form, and
join and leave a segment.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from cdp.filters.events import MetricFilter
from cdp.filters.existence import ExistenceFilter
from cdp.lake.tables import EVENTS, ORDER_ITEMS, PROFILE_HISTORY, SEGMENT_LOG, LakeTable, month_of
from cdp.orders.book import Account, OrderBook
from cdp.query.counted import Counted, Group, KnownMetric
from functions.reports.example_orders import SHELF, order_lines
from functions.reports.report import KnownSegment, Scope
from functions.reports.senders import KnownMessage, Named, Sender

AS_OF = datetime(2026, 7, 1, 12, tzinfo=UTC)
PLACED, CANCELLED, REFUNDED, VIEWED = 1, 2, 3, 4
METRICS = {
    "Placed": (PLACED, "Placed Order"),
    "Cancel": (CANCELLED, "Cancelled Order"),
    "Refund": (REFUNDED, "Refunded Order"),
    "Viewed": (VIEWED, "Viewed Product"),
    "ToCart": (5, "Added to Cart"),
    "Begun": (6, "Started Checkout"),
    "Sold": (7, "Ordered Product"),
    "GotMail": (8, "Received Email"),
    "Opened": (9, "Opened Email"),
    "Clicked": (10, "Clicked Email"),
    "Bounced": (11, "Bounced Email"),
    "GotSms": (12, "Received SMS"),
    "SmsClick": (13, "Clicked SMS"),
    "SawForm": (14, "Viewed Form"),
    "SentForm": (15, "Submitted Form"),
    "Joined": (16, "Subscribed to Email Marketing"),
}
_PLACED = KnownMetric("Placed", PLACED, "Placed Order")
_RATES = {"USD": 0.9}
_BEGIN = datetime(2025, 6, 1, tzinfo=UTC)
SCOPE = Scope(
    timezone="Europe/Berlin",
    currency="EUR",
    as_of=AS_OF,
    metrics=tuple(KnownMetric(id_, no, name) for id_, (no, name) in METRICS.items()),
    rates=_RATES,
    custom_metrics=(
        Counted(
            "FullPrice",
            "Orders without a coupon",
            (Group(_PLACED, (MetricFilter("coupon", ExistenceFilter(operator="not-set", type="existence")),)),),
            custom=True,
        ),
    ),
    segments=(
        KnownSegment("SegVip", "VIPs", _BEGIN, True, True, msgspec.Raw(b"{}")),
        KnownSegment("SegNew", "Newcomers", _BEGIN, True, False, msgspec.Raw(b"{}")),
    ),
    campaigns=(
        Sender(
            "Camp1", "Spring", (KnownMessage("MsgSpring", "Spring is here", (Named("A", "Subject A"),), ("SegNew",)),),
            (Named("Tag1", "Season"),),
        ),
        Sender("Camp2", "Newsletter", (KnownMessage("MsgNews", "Newsletter", (), ("SegVip", "SegNew")),)),
        Sender("Camp3", "Win-back", (KnownMessage("MsgText", "We miss you", (), ("SegNew",)),)),
    ),
    flows=(Sender("Flow1", "Welcome", (KnownMessage("MsgHello", "Hello"),), (Named("Tag2", "Basics"),)),),
    groups=(Named("SegVip", "VIPs"), Named("SegNew", "Newcomers")),
    book=OrderBook(
        Account("Europe/Berlin", "EUR", _RATES, AS_OF),
        *(Counted(id_, METRICS[id_][1], (Group(KnownMetric(id_, *METRICS[id_])),)) for id_ in ("Placed", "Cancel", "Refund", "Sold")),
    ),
    shelf=SHELF,
)
_CAMPAIGNS = ("Spring", "Newsletter", "Win-back", None)
_COUNTRIES = ("DE", "FR", "AT")
_PRODUCTS = (("Tea", ["Drinks"], 4.5), ("Coffee", ["Drinks"], 9.0), ("Mug", ["Kitchen", "Gifts"], 12.0))
# (message, campaign, flow, channel, variation, first day, every so many days)
_MESSAGES = (
    ("MsgSpring", "Spring", None, "email", "A", 290, None),
    ("MsgNews", "Newsletter", None, "email", None, 200, None),
    ("MsgText", "Win-back", None, "sms", None, 330, None),
    ("MsgHello", None, "Flow1", "email", None, 20, 90),
)
_SUPPRESSED = json.dumps({"email": {"marketing": {"suppression": [{"reason": "HARD_BOUNCE"}]}}})
_DAYS = (AS_OF - _BEGIN).days


def rows() -> Mapping[LakeTable, list[dict[str, Any]]]:
    """Rows of the lake's tables."""
    happened = [
        {**row, "event_id": n, "month": month_of(row["occurred_at"])}
        for n, row in enumerate([*_events(), *_visits(), *_engagement()], 1)
    ]
    return {
        EVENTS: happened,
        ORDER_ITEMS: list(order_lines(row for row in happened if row["metric_id"] == PLACED)),
        SEGMENT_LOG: [
            {**row, "logged_at": row["occurred_at"], "log_id": n, "month": month_of(row["occurred_at"])}
            for n, row in enumerate(_memberships(), 1)
        ],
        PROFILE_HISTORY: [
            {**row, "change_id": n, "month": month_of(row["changed_at"])} for n, row in enumerate(_history(), 1)
        ],
    }


def _events() -> Iterator[dict[str, Any]]:
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    for profile_no in range(1, 61):
        country, plan = chance.choice(_COUNTRIES), chance.choice(("free", "plus", None))
        for n in range(1 + int(chance.expovariate(0.4))):
            at = _BEGIN + timedelta(days=chance.randrange(_DAYS), minutes=chance.randrange(1440))
            key = f"{profile_no}-{n}"
            value = chance.randrange(500, 20_000) / 100
            currency = chance.choice(("EUR", "EUR", "USD"))
            more = {"currency": currency, "campaign": chance.choice(_CAMPAIGNS)}
            sold = _row(PLACED, profile_no, at, value, key, country, plan, chance.random() < 0.2)
            yield sold | more
            fate = chance.random()
            if fate < 0.08:
                metric, part = (CANCELLED, 1.0) if fate < 0.04 else (REFUNDED, 0.5)
                yield (
                    _row(metric, profile_no, at + timedelta(days=9), value * part, key, country, plan) | more
                )
        for _ in range(chance.randrange(3)):
            at = _BEGIN + timedelta(days=chance.randrange(_DAYS), minutes=chance.randrange(1440))
            yield _row(VIEWED, profile_no, at, None, None, country, plan)


def _visits() -> Iterator[dict[str, Any]]:
    """Visits to the shop, each as far as it got."""
    chance = random.Random(8)  # noqa: S311 - repeatable, not secret
    for profile_no in range(1, 61):
        country = chance.choice(_COUNTRIES)
        for _ in range(chance.randrange(6)):
            at = _BEGIN + timedelta(days=chance.randrange(_DAYS), minutes=chance.randrange(1440))
            name, categories, price = chance.choice(_PRODUCTS)
            for n, metric in enumerate(("Viewed", "ToCart", "Begun", "Sold")[: chance.randrange(1, 5)]):
                when = at + timedelta(minutes=7 * n)
                seen = {"ProductName": name, "ProductID": name.lower(), "Categories": categories}
                row = _row(METRICS[metric][0], profile_no, when, price if n else None, None, country, None)
                row["properties"] = json.dumps({**json.loads(row["properties"]), **seen})
                yield row | {"product_id": name.lower()}


def _engagement() -> Iterator[dict[str, Any]]:
    """Messages that reached people or bounced, what people did with them, and a form."""
    chance = random.Random(9)  # noqa: S311 - repeatable, not secret
    for profile_no in range(1, 61):
        for message, campaign, flow, channel, variation, first, every in _MESSAGES:
            for day in range(first, _DAYS, every) if every else (first,):
                at = _BEGIN + timedelta(days=day, hours=9, minutes=chance.randrange(60))
                fate = chance.random()
                got, opened, clicked = (
                    ("GotMail", "Opened", "Clicked") if channel == "email" else ("GotSms", None, "SmsClick")
                )
                steps = [got] if fate < 0.5 else [got, opened] if fate < 0.8 else [got, opened, clicked]
                if channel == "email" and fate > 0.97:
                    steps = ["Bounced"]
                for n, step in enumerate(one for one in steps if one):
                    row = _row(METRICS[step][0], profile_no, at + timedelta(hours=2 * n), None, None, "DE", None)
                    named = {"message": message, "campaign": campaign, "flow": flow, "channel": channel}
                    yield row | named | {"variation": variation}
        if chance.random() < 0.5:
            at = _BEGIN + timedelta(days=chance.randrange(_DAYS))
            for n, step in enumerate(("SawForm", "SentForm", "Joined")[: chance.randrange(1, 4)]):
                row = _row(METRICS[step][0], profile_no, at + timedelta(minutes=n), None, None, "DE", None)
                yield row | {"properties": json.dumps({"form_id": "Form1", "form_version_id": "Form1v1"})}


def _memberships() -> Iterator[dict[str, Any]]:
    chance = random.Random(10)  # noqa: S311 - repeatable, not secret
    for profile_no in range(1, 61):
        at = _BEGIN + timedelta(days=chance.randrange(_DAYS - 60))
        for group, share in (("SegVip", 0.3), ("SegNew", 0.8)):
            if chance.random() < share:
                joined = {"group_id": group, "profile_no": profile_no, "occurred_at": at, "action": "joined"}
                yield joined
                if chance.random() < 0.3:
                    yield joined | {"occurred_at": at + timedelta(days=40), "action": "left"}


def _history() -> Iterator[dict[str, Any]]:
    """When profiles were made, their addresses, some of them suppressed, and their plans: some change theirs."""
    chance = random.Random(11)  # noqa: S311 - repeatable, not secret
    for profile_no in range(1, 61):
        made = {"property": "created", "profile_no": profile_no, "revision": 1, "changed_at": _BEGIN}
        yield made | {"value": json.dumps(_BEGIN.isoformat())}
        if profile_no % 10:
            yield made | {"property": "email", "value": json.dumps(f"customer{profile_no}@example.com")}
        if profile_no % 7 == 0:
            at = _BEGIN + timedelta(days=5 * profile_no)
            yield made | {"property": "subscriptions", "revision": 9, "changed_at": at, "value": _SUPPRESSED}
        for n in range(chance.randrange(3)):
            at = _BEGIN + timedelta(days=n * 150 + chance.randrange(100))
            plan = json.dumps(chance.choice(("free", "plus")))
            yield made | {"property": "properties.plan", "revision": n + 2, "changed_at": at, "value": plan}


def _row(
    metric_id: int, profile_no: int, at: datetime, value: float | None, key: str | None, country: str,
    plan: str | None, coupon: bool = False,
) -> dict[str, Any]:  # fmt: skip
    properties = {
        "country": country,
        **({"OrderId": key} if key else {}),
        **({"coupon": "X10"} if coupon else {}),
    }
    return {
        "metric_id": metric_id,
        "profile_no": profile_no,
        "occurred_at": min(at, AS_OF),
        "value": None if value is None else round(value, 2),
        "order_id": key,
        "properties": json.dumps(properties),
        "profile_properties": json.dumps({"plan": plan} if plan else {}),
        "received_at": min(at, AS_OF) + timedelta(seconds=2),
    }
