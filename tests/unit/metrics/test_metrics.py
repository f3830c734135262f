"""The metric catalogue over HTTP: list, one, properties with sample values, flow triggers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cdp import connect
from cdp.documents import metrics
from cdp.documents.metrics import Metric
from cdp.lake.schema import arrow_schema
from cdp.lake.tables import EVENTS, month_of
from functions.metrics.handler import http
from functions.metrics.samples import MOST, sample_values
from functions.metrics.settings import Settings
from functions.metrics.spec import SPEC
from tests.unit.calls import BASE, Caller, pages

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ACCOUNT = "ABC234"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        table=f"sqlite://{tmp_path}/documents.db",
        lake=f"file://{tmp_path}/lake",
        engine="duckdb:",
        limits="memory:",
        rate_limit_factor=0,
    )


@pytest.fixture
def caller(settings: Settings) -> Caller:
    return Caller(http(settings), SPEC, ACCOUNT)


def make(settings: Settings, *names: str, service: str = "api") -> list[Metric]:
    table = connect.table(settings.table)
    return list(metrics.ensure(table, ACCOUNT, [(service, name) for name in names], NOW).values())


def record(settings: Settings, metric: Metric, *events: dict[str, Any]) -> None:
    """One event a minute, oldest first."""
    rows = [
        {
            "metric_id": metric.no,
            "profile_no": 1,
            "occurred_at": NOW.replace(minute=i),
            "event_id": i,
            "properties": json.dumps(properties),
            "received_at": NOW,
            "month": month_of(NOW),
        }
        for i, properties in enumerate(events)
    ]
    rows_ = pa.Table.from_pylist(rows, schema=arrow_schema(EVENTS))
    connect.lake(settings.lake).append(ACCOUNT, EVENTS, rows_)


def test_every_metric_is_listed_once_over_three_pages(settings: Settings, caller: Caller) -> None:
    make(settings, *(f"Metric {i}" for i in range(450)))
    found = pages(caller, "/api/metrics")
    assert [len(page.data) for page in found] == [200, 200, 50]
    names = {one["attributes"]["name"] for page in found for one in page.data}
    assert names == {f"Metric {i}" for i in range(450)}
    assert caller.get(found[2].document["links"]["prev"]).data == found[1].data


def test_equal_names_of_two_services_are_two_metrics(settings: Settings, caller: Caller) -> None:
    make(settings, "Placed Order")
    make(settings, "Placed Order", service="shopify")
    assert len(caller.get("/api/metrics").data) == 2
    for field in ("name", "category"):
        (one,) = caller.get("/api/metrics", filter=f'equals(integration.{field},"shopify")').data
        assert one["attributes"]["integration"]["key"] == "shopify"
    (one,) = caller.get("/api/metrics", filter='equals(integration.name,"API")').data
    integration = one["attributes"]["integration"]
    assert (integration["object"], integration["key"], integration["category"]) == (
        "integration",
        "api",
        "API",
    )
    assert caller.get("/api/metrics", filter='equals(integration.name,"Nothing")').data == []


def test_one_metric(settings: Settings, caller: Caller) -> None:
    (metric,) = make(settings, "Placed Order")
    answer = caller.get(f"/api/metrics/{metric.id}", include="flow-triggers")
    assert answer.data["attributes"]["created"] == "2026-07-01T12:00:00+00:00"
    assert answer.data["links"]["self"] == f"{BASE}/api/metrics/{metric.id}"
    assert answer.document["included"] == []
    links = answer.data["relationships"]["flow-triggers"]["links"]
    assert caller.get(links["related"]).data == caller.get(links["self"]).data == []


def test_properties_and_their_metric(settings: Settings, caller: Caller) -> None:
    (metric,) = make(settings, "Placed Order")
    types = {"OrderId": "string", "Items": "array", "total": "number", "gift": "boolean"}
    metrics.note_properties(connect.table(settings.table), ACCOUNT, metric.id, types)
    url = f"/api/metrics/{metric.id}/metric-properties"
    found = caller.get(url).data
    assert {one["attributes"]["label"]: one["attributes"]["inferred_type"] for one in found} == types
    assert "sample_values" not in found[0]["attributes"]
    related = caller.get(f"/api/metrics/{metric.id}/relationships/metric-properties").data
    assert related == [{"type": "metric-property", "id": one["id"]} for one in found]
    one = caller.get(f"/api/metric-properties/{found[0]['id']}", include="metric")
    assert one.data == found[0]
    assert [metric_["id"] for metric_ in one.document["included"]] == [metric.id]
    links = one.data["relationships"]["metric"]["links"]
    assert caller.get(links["related"]).data["id"] == metric.id
    assert caller.get(links["self"]).data == {"type": "metric", "id": metric.id}


def test_sample_values_are_the_newest_distinct_scalars(settings: Settings, caller: Caller) -> None:
    (metric,) = make(settings, "Placed Order")
    metrics.note_properties(
        connect.table(settings.table), ACCOUNT, metric.id, {"OrderId": "string", "Items": "array"}
    )
    record(settings, metric, *({"OrderId": f"o{i // 2}", "Items": [i]} for i in range(40)))
    found = caller.get(
        f"/api/metrics/{metric.id}/metric-properties",
        **{"additional-fields[metric-property]": "sample_values"},
    ).data
    samples = {one["attributes"]["label"]: one["attributes"]["sample_values"] for one in found}
    assert samples == {"OrderId": [f"o{i}" for i in range(19, 9, -1)], "Items": []}


def test_samples_tell_kinds_apart() -> None:
    events = ['{"a":1}', '{"a":true}', '{"a":null}', '{"a":"' + "x" * 500 + '"}', '{"a":1.0}', "{}"]
    assert sample_values(events, ["a", "b"]) == {"a": [1, True], "b": []}
    many = [f'{{"a":{i}}}' for i in range(50)]
    assert len(sample_values(many, ["a"])["a"]) == MOST


@pytest.mark.parametrize(
    "url",
    [
        "/api/metrics/ZZZZZZ",
        "/api/metrics/ZZZZZZ/metric-properties",
        "/api/metrics/ZZZZZZ/flow-triggers",
        "/api/metric-properties/x",
        "/api/metric-properties/ZZZZZZZZZZZZ/metric",
    ],
)
def test_what_does_not_exist_is_404(caller: Caller, url: str) -> None:
    assert caller.get(url).error["code"] == "not_found"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("filter", "equals(name,'Placed Order')"),
        ("include", "profiles"),
        ("page[cursor]", "WyJuYW1lIixmYWxzZSxbIngiXV0"),
    ],
)
def test_bad_query_is_400_and_names_the_parameter(caller: Caller, parameter: str, value: str) -> None:
    error = caller.get("/api/metrics", **{parameter: value}).error
    assert (error["status"], error["source"]) == (400, {"parameter": parameter})
