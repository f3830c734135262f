"""The kinds of custom reports through HTTP: an empty account, one event, faults with their fields."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from cdp.lake.tables import EVENTS, PROFILE_HISTORY, month_of
from tests.unit.query.files import event, schema
from tests.unit.reports.room import NOW, Room

KINDS = ("single_metric", "multi_metric", "product_performance")
D = "/data/attributes/definition"


def shop(room: Room) -> dict[str, Any]:
    """Metrics, and the smallest definition of each kind."""
    ids = [room.metric(name).id for name in ("Viewed Product", "Started Checkout", "Ordered Product")]
    return {"single_metric": {"metric_ids": ids[:1]}, "multi_metric": {"metric_ids": ids[:2]}, "product_performance": {}}


@pytest.mark.parametrize("kind", KINDS)
def test_an_account_without_events(room: Room, kind: str) -> None:
    run = room.run(kind, {**shop(room)[kind], "timeframe": {"key": "today"}}).data["attributes"]
    assert run["data_through"] is None
    assert all(not cell for line in run["rows"] for cell in line[1:])


@pytest.mark.parametrize("kind", KINDS)
def test_one_event(room: Room, kind: str) -> None:
    definition = shop(room)[kind]
    room.store([event(1, NOW - timedelta(hours=1), metric_id=1, properties='{"ProductName":"Tea"}')])
    run = room.run(kind, {**definition, "timeframe": {"key": "today"}}).data["attributes"]
    assert run["data_through"] == "2036-07-01T11:00:00+00:00"
    assert run["rows"] == {
        "single_metric": [["2036-07-01T00:00:00+02:00", 1]],
        "multi_metric": [["2036-07-01T00:00:00+02:00", 1, 0]],
        "product_performance": [["Tea", 1, 1, 0.0, 0, 0, 0.0, 0, 0, 0.0, 0.0, None, 0.0]],
    }[kind]
    assert len(run["columns"]) == len(run["rows"][0])


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("multi_metric", {"metric_ids": []}, "/metric_ids"),
        ("multi_metric", {"metric_ids": ["A"] * 11}, "/metric_ids"),
        ("multi_metric", {"metric_ids": ["XXXXXX"]}, "/metric_ids/0"),
        ("multi_metric", {"group_by": [{"property": "p", "source": "event"}]}, "/group_by/0/source"),
        ("multi_metric", {"group_by": [{"property": "$attributed_moon"}]}, "/group_by/0/property"),
        ("multi_metric", {"interval": "hourly"}, "/interval"),
        ("multi_metric", {"filters": [{"property": "p", "filter": {"type": "date", "operator": "x"}}]}, "/filters/0/filter/type"),
        ("product_performance", {"metric_ids": ["XXXXXX"]}, "/metric_ids"),
        ("product_performance", {"metric_ids": ["XXXXXX"] * 3}, "/metric_ids/0"),
        ("product_performance", {"group_by": ["colour"]}, "/group_by/0"),
        ("product_performance", {"interval": "daily"}, "/interval"),
        ("single_metric", {"timeframe": {"start": "2034-01-01", "end": "2036-06-01"}}, "/timeframe/end"),
        ("single_metric", {"filters": [{"property": "p", "filter": {}}]}, "/filters/0/filter/type"),
        ("single_metric", {"filters": [{"property": "p"}] * 21}, "/filters"),
        ("single_metric", {"group_by": [{"property": "p", "source": "moon"}]}, "/group_by/0/source"),
    ],
)
def test_faults_name_their_field(room: Room, kind: str, change: dict[str, Any], field: str) -> None:
    answer = room.run(kind, {**shop(room)[kind], **change})
    assert (answer.status, answer.error["source"]["pointer"]) == (400, D + field)


def test_groups_by_a_list_and_an_object_are_named_by_their_json(room: Room) -> None:
    definition = {**shop(room)["single_metric"], "timeframe": {"key": "today"}, "group_by": [{"property": "p"}]}
    values = ['["a",1]', '{"x":true}', "null", '"null"', "1.5", "true"]
    room.store([event(n, NOW, metric_id=1, properties=f'{{"p":{value}}}') for n, value in enumerate(values)])
    rows = room.run("single_metric", definition).data["attributes"]["rows"]
    assert {line[1]: line[2] for line in rows} == {'["a",1]': 1, '{"x":true}': 1, "": 1, "null": 1, "1.5": 1, "true": 1}


def test_a_bot_of_a_hundred_thousand_events(room: Room) -> None:
    """Every second, over a day and more; its plan is there from the 50,000th on, and half its looks are at tea."""
    n, start = 100_000, NOW - timedelta(days=20)
    at = pa.array([start + timedelta(seconds=k) for k in range(n)], pa.timestamp("us", "UTC"))
    columns = {
        "metric_id": pa.array([1] * n, pa.int32()), "profile_no": pa.array([7] * n, pa.int32()), "occurred_at": at,
        "event_id": pa.array(range(n), pa.int64()), "received_at": at, "month": pa.array([month_of(start)] * n, pa.int32()),
        "properties": pa.array([f'{{"ProductName":"{"Tea" if k % 2 else "Mug"}"}}' for k in range(n)]),
    }  # fmt: skip
    events = pa.table([columns.get(f.name, pa.nulls(n, f.type)) for f in schema(EVENTS)], schema=schema(EVENTS))
    room.lake.write_month(room.account.id, EVENTS, month_of(start), events)
    since = start + timedelta(seconds=50_000)
    plan = {"property": "properties.plan", "profile_no": 7, "revision": 1, "changed_at": since, "value": '"pro"', "change_id": 1}
    history = pa.Table.from_pylist([{**plan, "month": month_of(since)}], schema(PROFILE_HISTORY))
    room.lake.write_month(room.account.id, PROFILE_HISTORY, month_of(since), history)
    given = shop(room)
    by_plan = {**given["single_metric"], "interval": "yearly", "group_by": [{"property": "plan", "source": "profile"}]}
    assert room.run("single_metric", by_plan).data["attributes"]["rows"] == [["2036-01-01T00:00:00+01:00", "pro", 50_000]]
    by_message = {**given["multi_metric"], "interval": None, "group_by": [{"property": "$attributed_message"}]}
    assert room.run("multi_metric", by_message).data["attributes"]["rows"] == [["", n, 0]]
    rows = room.run("product_performance", given["product_performance"]).data["attributes"]["rows"]
    assert [line[:3] for line in rows] == [["Mug", n // 2, 1], ["Tea", n // 2, 1]]
