"""The five custom metrics of SPEC §4.4 with their figures: read as the API reads them, counted by reports."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from cdp.documents import custom_metrics
from cdp.documents.custom_metrics import CustomMetric
from functions.metrics.custom_bodies import GivenDefinition, checked_definition
from tests.unit.query.files import event
from tests.unit.reports.room import NOW, Room

SOURCE = "Source Name"
ORDERS = [  # profile, metric, value, source
    (1, "Placed Order", 50.0, "web"),
    (1, "Placed Order", 20.0, "pos"),
    (2, "Placed Order", 30.0, "subscription"),
    (3, "Placed Order", 0.0, "web"),
    (4, "Marketplace Order", 70.0, "marketplace"),
    (5, "Placed Order", 40.0, None),
    (6, "Placed Order", 25.0, "app"),
]
ONLINE = [{"property": SOURCE, "filter": {"type": "string", "operator": "in", "value": ["web", "app"]}}]
PAID = [{"property": "$value", "filter": {"type": "numeric", "operator": "greater-than", "value": 0}}]


def differs(value: str) -> list[dict[str, Any]]:
    return [{"property": SOURCE, "filter": {"type": "string", "operator": "not-equals", "value": value}}]


FIVE = [
    # (groups), events, revenue, customers with a positive order
    ("exclude point-of-sale", [("Placed Order", differs("pos"))], 5, 145, {1, 2, 5, 6}),
    ("exclude recurring subscriptions", [("Placed Order", differs("subscription"))], 5, 135, {1, 5, 6}),
    ("combine all revenue sources", [("Placed Order", []), ("Marketplace Order", [])], 7, 235, {1, 2, 4, 5, 6}),
    ("exclude $0 orders", [("Placed Order", PAID)], 5, 165, {1, 2, 5, 6}),
    ("online only", [("Placed Order", ONLINE)], 3, 75, {1, 6}),
    ("nothing twice", [("Placed Order", PAID), ("Placed Order", ONLINE), ("Placed Order", [])], 6, 165, {1, 2, 5, 6}),
]


@pytest.fixture
def shop(room: Room) -> Room:
    rows = []
    for number, (profile, metric, value, source) in enumerate(ORDERS, 1):
        properties = json.dumps({} if source is None else {SOURCE: source})
        rows.append(
            event(
                number, NOW - timedelta(days=number), metric_id=room.metric(metric).no, profile_no=profile,
                value=value, properties=properties,
            )
        )  # fmt: skip
    room.store(rows)
    return room


def make(room: Room, name: str, groups: list[tuple[str, list[dict[str, Any]]]]) -> str:
    """Id of the custom metric, its definition checked as a request's."""
    given = {
        "aggregation_method": "value",
        "metric_groups": [{"metric_id": room.metric(one).id, "metric_filters": filters} for one, filters in groups],
    }
    definition = checked_definition(msgspec.convert(given, GivenDefinition))
    made = CustomMetric(f"{len(name):032x}", name, NOW, NOW, definition)
    seen = custom_metrics.CUSTOM_METRICS.shelf(room.table, room.account.id)
    assert room.table.write([custom_metrics.putting(room.account.id, made, seen)]) == [True]
    return made.id


def test_figures(shop: Room) -> None:
    for name, groups, events, revenue, customers in FIVE:
        id_ = make(shop, name, groups)
        definition = {
            "metric_ids": [id_], "timeframe": {"key": "last_30_days"}, "interval": "yearly",
            "measurements": ["total", "value_sum"],
        }  # fmt: skip
        (row,) = shop.run("single_metric", definition).data["attributes"]["rows"]
        assert row[1:] == [events, revenue], name
        found = shop.rfm(metric_id=id_).data["attributes"]
        assert sum(one["end"]["count"] for one in found["results"]) == len(customers), name
        assert found["unconverted_orders"] == 0
