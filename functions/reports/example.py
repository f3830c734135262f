"""A small shop's event log: what the docs and the golden files run every report over. The same every time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cdp.lake.tables import month_of
from functions.reports.report import KnownMetric, Scope

AS_OF = datetime(2026, 7, 1, 12, tzinfo=UTC)
PLACED, CANCELLED, REFUNDED, VIEWED = 1, 2, 3, 4
SCOPE = Scope(
    timezone="Europe/Berlin",
    currency="EUR",
    as_of=AS_OF,
    metrics=(
        KnownMetric("Placed", PLACED, "Placed Order"),
        KnownMetric("Cancel", CANCELLED, "Cancelled Order"),
        KnownMetric("Refund", REFUNDED, "Refunded Order"),
        KnownMetric("Viewed", VIEWED, "Viewed Product"),
    ),
    rates={"USD": 0.9},
)
_CAMPAIGNS = ("Spring", "Newsletter", "Win-back", None)
_COUNTRIES = ("DE", "FR", "AT")
_BEGIN = datetime(2025, 6, 1, tzinfo=UTC)
_DAYS = (AS_OF - _BEGIN).days


def events() -> list[dict[str, Any]]:
    """Rows of the lake table `events`: a year of some sixty customers, with corrections and views."""
    return [
        {**row, "event_id": n, "month": month_of(row["occurred_at"])} for n, row in enumerate(_events(), 1)
    ]


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
