"""Custom and mapped metrics through the official Python SDK, unmodified, with its strict validation of responses; and
every answer against the public API's description. The catalogue and metric aggregates are in test_python_sdk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from functions.metrics.spec import SPEC
from tests.contract.clients.conftest import ORDERS, Platform
from tests.contract.clients.description import faults
from tests.contract.clients.python_sdk import ids, pages
from tests.contract.clients.test_description import without_null_links

OPERATIONS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "public_api_metrics.json").read_text()
)["operations"]
MAPPINGS = [
    "added_to_cart", "cancelled_sales", "ordered_product", "refunded_sales", "revenue", "started_checkout",
    "viewed_product",
]  # fmt: skip
GIFTS = {"property": "gift", "filter": {"type": "boolean", "operator": "equals", "value": True}}
GREAT = {"property": "$value", "filter": {"type": "numeric", "operator": "greater-than", "value": 40}}


def custom(name: str, *groups: dict[str, Any], method: str = "value") -> dict[str, Any]:
    definition = {"aggregation_method": method, "metric_groups": list(groups)}
    return {"data": {"type": "custom-metric", "attributes": {"name": name, "definition": definition}}}


def mapping(name: str, kind: str, id_: str | None) -> dict[str, Any]:
    data = None if id_ is None else {"type": kind, "id": id_}
    return {"data": {"type": "mapped-metric", "id": name, "relationships": {kind: {"data": data}}}}


@pytest.fixture(scope="module")
def api(shop: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(shop.private_key, max_retries=1, test_host=shop.url)


@pytest.fixture(scope="module")
def placed(api: KlaviyoAPI) -> str:
    listed = list(pages(api.Metrics.get_metrics))
    assert len(listed) >= 3
    return next(m.id for page in listed for m in page.data if m.attributes.name == "Placed Order")


@pytest.fixture(scope="module")
def gifts(api: KlaviyoAPI, placed: str) -> str:
    made = api.Metrics.create_custom_metric(custom("Gifts", {"metric_id": placed, "metric_filters": [GIFTS, GREAT]}))
    return str(made.data.id)


def test_a_custom_metric_from_its_creation_to_its_end(api: KlaviyoAPI, placed: str) -> None:
    made = api.Metrics.create_custom_metric(
        custom("All", {"metric_id": placed}, {"metric_id": placed, "metric_filters": [GIFTS], "value_property": "$value"})
    ).data
    assert (made.attributes.name, made.attributes.definition.aggregation_method) == ("All", "value")
    assert [one.id for one in made.relationships.metrics.data] == [placed]
    whole = api.Metrics.get_custom_metric(made.id, include=["metrics"])
    assert whole.data.attributes == made.attributes
    assert [one.id for one in whole.included] == [placed]
    groups = whole.data.attributes.definition.metric_groups
    assert (groups[1].metric_filters[0].var_property, groups[1].value_property) == ("gift", "$value")
    assert made.id in [one.id for one in api.Metrics.get_custom_metrics(include=["metrics"]).data]
    assert [one.id for one in api.Metrics.get_metrics_for_custom_metric(made.id).data] == [placed]
    assert [one.id for one in api.Metrics.get_metric_ids_for_custom_metric(made.id).data] == [placed]
    changed = api.Metrics.update_custom_metric(
        made.id, {"data": {"type": "custom-metric", "id": made.id, "attributes": {"name": "Everything"}}}
    ).data
    assert (changed.attributes.name, changed.attributes.definition) == ("Everything", made.attributes.definition)
    sparse = api.Metrics.get_custom_metric(made.id, fields_custom_metric=["name"])
    assert sparse["data"]["attributes"] == {"name": "Everything"}  # a sparse answer is not parsed by the SDK
    api.Metrics.delete_custom_metric(made.id)
    with pytest.raises(ApiException) as gone:
        api.Metrics.get_custom_metric(made.id)
    assert gone.value.status == 404


def test_wrong_ones_say_where(api: KlaviyoAPI, placed: str, gifts: str) -> None:
    at = "/data/attributes/definition/metric_groups/0"
    for body, pointer in (
        (custom("gifts", {"metric_id": placed}), "/data/attributes/name"),
        (custom("x", {"metric_id": "NOSUCH"}), f"{at}/metric_id"),
        (custom("x", {"metric_id": placed, "metric_filters": [{"property": "p", "filter": {}}]}), f"{at}/metric_filters/0/filter/type"),
        (custom("x", {"metric_id": placed, "value_property": "p"}, method="count"), f"{at}/value_property"),
    ):  # fmt: skip
        with pytest.raises(ApiException) as refused:
            api.Metrics.create_custom_metric(body)
        assert refused.value.status == 400
        assert json.loads(refused.value.body)["errors"][0]["source"] == {"pointer": pointer}


def test_metric_aggregates_take_no_custom_metric(api: KlaviyoAPI, gifts: str) -> None:
    attributes = {
        "metric_id": gifts, "measurements": ["count"],
        "filter": ["greater-or-equal(datetime,2025-01-01),less-than(datetime,2025-04-01)"],
    }  # fmt: skip
    with pytest.raises(ApiException) as refused:
        api.Metrics.query_metric_aggregates({"data": {"type": "metric-aggregate", "attributes": attributes}})
    error = json.loads(refused.value.body)["errors"][0]
    assert (refused.value.status, error["source"]) == (400, {"pointer": "/data/attributes/metric_id"})
    assert "custom metric" in error["detail"]


def test_an_rfm_report_of_a_custom_metric(shop: Platform, gifts: str) -> None:
    attributes = {"metric_id": gifts, "start": "2025-01-15", "end": "2025-06-30"}
    status, document = shop.call("POST", "/api/rfm-reports", {"data": {"type": "rfm-report", "attributes": attributes}})
    assert status == 200, document
    gift_orders = [i for i in range(ORDERS) if i % 2 == 0 and 10.0 + i > 40]
    found = document["data"]["attributes"]
    assert sum(group["end"]["count"] for group in found["results"]) == len({i % 45 for i in gift_orders})


def test_mapped_metrics(api: KlaviyoAPI, placed: str, gifts: str) -> None:
    listed = api.Metrics.get_mapped_metrics(include=["metric", "custom-metric"])
    assert [one.id for one in listed.data] == MAPPINGS
    assert [one["id"] for one in listed.included] == [placed]
    one = api.Metrics.get_mapped_metric("revenue", include=["metric"])
    assert one.data.relationships.metric.data.id == placed
    assert api.Metrics.get_metric_for_mapped_metric("revenue").data.attributes.name == "Placed Order"
    assert api.Metrics.get_metric_id_for_mapped_metric("revenue").data.id == placed
    changed = api.Metrics.update_mapped_metric("revenue", mapping("revenue", "custom-metric", gifts)).data
    assert changed.relationships.custom_metric.data.id == gifts
    assert api.Metrics.get_custom_metric_for_mapped_metric("revenue").data.attributes.name == "Gifts"
    assert api.Metrics.get_custom_metric_id_for_mapped_metric("revenue").data.id == gifts
    with pytest.raises(ApiException) as taken:
        api.Metrics.update_mapped_metric("ordered_product", mapping("ordered_product", "custom-metric", gifts))
    assert taken.value.status == 400
    api.Metrics.update_mapped_metric("revenue", mapping("revenue", "metric", placed))
    assert ids([listed]) == MAPPINGS


def test_every_operation_is_served_with_the_same_scopes() -> None:
    served = {route.key: sorted(route.scopes) for route in SPEC.routes if route.key in OPERATIONS}
    assert served == {key: operation["x-scopes"] for key, operation in OPERATIONS.items()}


def test_every_answer_validates(shop: Platform, placed: str, gifts: str) -> None:
    def send(key: str, path: str, body: object = None) -> Any:
        status, document = shop.call(key.split()[0], path, body)
        schema = OPERATIONS[key]["responses"][str(status)]
        if schema is not None:
            assert faults(without_null_links(document), schema) == [], key
        return document

    body = custom("Described", {"metric_id": placed, "metric_filters": [GREAT]}, {"metric_id": placed})
    id_ = send("POST /api/custom-metrics", "/api/custom-metrics", body)["data"]["id"]
    send("PATCH /api/mapped-metrics/{id}", "/api/mapped-metrics/viewed_product", mapping("viewed_product", "custom-metric", id_))
    for key in (key for key in OPERATIONS if key.startswith("GET ")):
        path = key.removeprefix("GET ")
        name = id_ if path.startswith("/api/custom") else "revenue" if path.endswith("/metric") else "viewed_product"
        includes = "metrics" if path.startswith("/api/custom") else "metric,custom-metric"
        for query in ("", f"?include={includes}") if path.count("/") == 2 or path.endswith("{id}") else ("",):
            send(key, path.replace("{id}", name) + query)
    for kind, name in (("metric", "viewed_product"), ("custom-metric", "revenue")):
        assert shop.call("GET", f"/api/mapped-metrics/{name}/{kind}")[0] == 404
        key = f"GET /api/mapped-metrics/{{id}}/relationships/{kind}"
        assert send(key, f"/api/mapped-metrics/{name}/relationships/{kind}")["data"] is None
    changed = {"data": {"type": "custom-metric", "id": id_, "attributes": {"name": "Described again"}}}
    send("PATCH /api/custom-metrics/{id}", f"/api/custom-metrics/{id_}", changed)
    assert shop.call("DELETE", f"/api/custom-metrics/{id_}")[0] == 204
    assert shop.call("GET", "/api/mapped-metrics/viewed_product")[1]["data"]["relationships"].keys() == {"metric", "custom-metric"}
    assert shop.call("GET", "/api/mapped-metrics/viewed_product/relationships/custom-metric")[1]["data"] is None
