"""Custom Objects through the official Python SDK, unmodified, with its strict validation of responses; and every
answer against the public API's description. Each listing that is paged, over three pages."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from functions.custom_objects.spec import SPEC
from functions.custom_objects.type_operations import LOG_FILTERS, TYPE_FILTERS
from tests.contract.clients.conftest import VISIBLE_S, Platform
from tests.contract.clients.description import faults
from tests.contract.clients.python_sdk import pages
from tests.unit.custom_objects.conftest import bulk_body, deletion_body, pet, source_body, type_body

OPERATIONS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "public_api_custom_objects.json").read_text()
)["operations"]
PETS, BAD, SOURCES = 45, 105, 45


@pytest.fixture(scope="module")
def api(platform: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(platform.private_key, max_retries=1, test_host=platform.url)


@pytest.fixture(scope="module")
def source(api: KlaviyoAPI) -> str:
    """One of 45 data sources."""
    made = [api.Custom_Objects.create_data_source(source_body(f"Source {i:02d}")) for i in range(SOURCES)]
    id_: str = made[0].data.id
    return id_


@pytest.fixture(scope="module")
def pets(api: KlaviyoAPI, source: str) -> str:
    """The id of a type with 45 records and 105 entries in its log."""
    type_id: str = api.Custom_Objects.create_object_type(type_body(source)).data.id
    rows = [pet(f"pet {i:02d}", f"pet{i}@shop.example", age=i, born="2024-02-29") for i in range(PETS)]
    api.Custom_Objects.bulk_create_data_source_records(bulk_body(source, *rows))
    bad = [pet(f"bad{i:03d}", age="old") for i in range(BAD)]
    api.Custom_Objects.bulk_create_data_source_records(bulk_body(source, *bad))
    until(lambda: records(api, type_id) == PETS and logs(api, type_id) == BAD)
    return type_id


def until(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + VISIBLE_S
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.1)


def sizes_and_ids(found: Iterator[Any]) -> tuple[list[int], set[str]]:
    listed = [[one.id for one in page.data] for page in found]
    return [len(part) for part in listed], {id_ for part in listed for id_ in part}


def records(api: KlaviyoAPI, type_id: str) -> int:
    found = pages(api.Custom_Objects.get_record_ids_for_object_type, type_id, page_size=100)
    return len(sizes_and_ids(found)[1])


def logs(api: KlaviyoAPI, type_id: str) -> int:
    return len(sizes_and_ids(pages(api.Custom_Objects.get_ingestion_log_ids_for_object_type, type_id))[1])


def test_data_sources_over_three_pages(api: KlaviyoAPI, source: str) -> None:
    sizes, found = sizes_and_ids(pages(api.Custom_Objects.get_data_sources))
    assert sizes[:2] == [20, 20]
    assert len(sizes) >= 3
    assert source in found
    assert len(found) == sum(sizes) >= SOURCES
    one = api.Custom_Objects.get_data_source(source).data
    assert (one.attributes.title, one.attributes.namespace) == ("Source 00", "custom-objects")


def test_a_data_source_comes_and_goes(api: KlaviyoAPI) -> None:
    made = api.Custom_Objects.create_data_source(
        source_body("Passing", visibility="shared", description="d")
    ).data
    assert (made.attributes.visibility, made.attributes.description) == ("shared", "d")
    api.Custom_Objects.delete_data_source(made.id)
    with pytest.raises(ApiException) as raised:
        api.Custom_Objects.get_data_source(made.id)
    assert raised.value.status == 404


def test_types(api: KlaviyoAPI, pets: str) -> None:
    listed = api.Custom_Objects.get_object_types(
        filter="equals(namespace,'custom-objects')", include=["current-schema", "draft-schema"]
    )
    assert pets in [one.id for one in listed.data]
    assert "object-schema" in str(listed.included)
    include = ["current-schema", "draft-schema", "object-types", "profile-object-types", "schema-versions"]
    one = api.Custom_Objects.get_object_type(pets, include=include)
    assert (one.data.attributes.title, one.data.attributes.status) == ("Pet", "active")
    assert [part["type"] for part in one.included] == ["object-schema", "profile-object-type"]


def test_records_over_three_pages(api: KlaviyoAPI, pets: str) -> None:
    for listing in ("get_records_for_object_type", "get_record_ids_for_object_type"):
        sizes, found = sizes_and_ids(pages(getattr(api.Custom_Objects, listing), pets))
        assert sizes == [20, 20, 5]
        assert len(found) == PETS
    one = api.Custom_Objects.get_object_record(f"{pets}:::pet 07").data
    expected = {"name": "Pet pet 07", "age": 7, "born": "2024-02-29T00:00:00+00:00"}
    assert one.attributes.record_properties == expected


def test_logs_over_three_pages(api: KlaviyoAPI, pets: str) -> None:
    for listing in ("get_ingestion_logs_for_object_type", "get_ingestion_log_ids_for_object_type"):
        sizes, found = sizes_and_ids(pages(getattr(api.Custom_Objects, listing), pets))
        assert sizes == [50, 50, 5]
        assert len(found) == BAD


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("equals(record_id,'bad007')", 1),
        ("equals(record_id,'pet 07')", 0),
        ("equals(status,'error')", 50),
        ("any(status,['info','warning'])", 0),
        ("equals(event_type,'validation_error')", 50),
        ("any(event_type,['validation_error']),equals(record_id,'bad001')", 1),
        ("greater-or-equal(timestamp,2026-01-01T00:00:00Z)", 50),
        ("less-than(timestamp,2026-01-01T00:00:00Z)", 0),
    ],
)
def test_log_filters(api: KlaviyoAPI, pets: str, text: str, count: int) -> None:
    found = api.Custom_Objects.get_ingestion_logs_for_object_type(
        pets, filter=text, include=["object-record", "object-type"]
    )
    assert len(found.data) == count
    for one in found.data:
        (error,) = one.attributes.errors
        assert (error.code, error.var_property) == ("int_type", "age")


def test_one_record_and_its_deletion(api: KlaviyoAPI, source: str) -> None:
    type_id = api.Custom_Objects.create_object_type(type_body(source, title="Other pet")).data.id
    record = {"data": {"type": "data-source-record", "attributes": {"record": pet("solo")}}}
    job = {
        "type": "data-source-record-create-job",
        "attributes": {"data-source-record": record},
        "relationships": {"data-source": {"data": {"type": "data-source", "id": source}}},
    }
    api.Custom_Objects.create_data_source_record({"data": job})
    until(lambda: records(api, type_id) == 1)
    api.Custom_Objects.bulk_delete_object_records(deletion_body(f"{type_id}:::solo"))
    until(lambda: records(api, type_id) == 0)
    api.Custom_Objects.delete_object_type(type_id)
    with pytest.raises(ApiException) as raised:
        api.Custom_Objects.get_object_type(type_id)
    assert raised.value.status == 404


def test_errors_parse(api: KlaviyoAPI, source: str) -> None:
    for call, status in (
        (lambda: api.Custom_Objects.create_data_source(source_body("Source 00")), 409),
        (lambda: api.Custom_Objects.bulk_create_data_source_records(bulk_body("nowhere", {})), 400),
        (lambda: api.Custom_Objects.get_object_record("nowhere:::x"), 404),
        (lambda: api.Custom_Objects.get_object_types(filter="equals(title,'x')"), 400),
    ):
        with pytest.raises(ApiException) as raised:
            call()
        assert raised.value.status == status


def test_what_is_not_served_answers_404(platform: Platform, pets: str) -> None:
    for method, path in (
        ("GET", f"/api/object-types/{pets}/current-schema"),
        ("GET", f"/api/object-types/{pets}/relationships/profile-object-types"),
        ("GET", "/api/object-schemas/x"),
        ("PATCH", "/api/object-schemas/x"),
        ("GET", "/api/source-mappings/x"),
    ):
        status, document = platform.call(method, path)
        assert (status, document["errors"][0]["code"]) == (404, "not_found")


def test_routes_scopes_filters_and_pages_are_the_described_ones() -> None:
    routes = {route.key: route for route in SPEC.routes}
    assert routes.keys() == OPERATIONS.keys()
    for key, operation in OPERATIONS.items():
        assert list(routes[key].scopes) == operation["x-scopes"]
    described = OPERATIONS["GET /api/object-types/{id}/object-ingestion-logs"]["x-filters"]
    for filters, known in (
        (LOG_FILTERS, described),
        (TYPE_FILTERS, OPERATIONS["GET /api/object-types"]["x-filters"]),
    ):
        assert {name: set(operators) for name, operators in known.items()} == {
            name: filters._fields[name].operators - {"less-or-equal"} for name in known
        }


QUERIES = {
    "GET /api/object-types": ("include=current-schema,draft-schema",),
    "GET /api/object-types/{id}": (
        "include=current-schema,object-types,profile-object-types,schema-versions",
    ),
    "GET /api/object-types/{id}/object-ingestion-logs": ("include=object-record,object-type",),
}


def test_every_answer_validates(platform: Platform, source: str, pets: str) -> None:
    ids = {"/api/data-sources": source, "/api/object-types": pets, "/api/object-records": f"{pets}:::pet 07"}
    for key, operation in OPERATIONS.items():
        method, path = key.split()
        if method != "GET":
            continue
        for template, id_ in ids.items():
            if path.startswith(f"{template}/{{"):
                path = path.replace("{id}", quote(id_, safe=""))
        for query in ("", *QUERIES.get(key, ())):
            status, document = platform.call("GET", f"{path}?{query}")
            assert status == 200, document
            document["links"] = {name: url for name, url in document["links"].items() if url is not None}
            assert faults(document, operation["responses"]["200"]) == [], key


def test_every_write_answers_as_described(platform: Platform, source: str, pets: str) -> None:
    record = {"data": {"type": "data-source-record", "attributes": {"record": pet("pet 00")}}}
    single = {
        "type": "data-source-record-create-job",
        "attributes": {"data-source-record": record},
        "relationships": {"data-source": {"data": {"type": "data-source", "id": source}}},
    }
    bodies: dict[str, object] = {
        "POST /api/data-sources": source_body("Written"),
        "POST /api/object-types": type_body(source, title="Written", schema={"status": "draft"}),
        "POST /api/data-source-record-create-jobs": {"data": single},
        "POST /api/data-source-record-bulk-create-jobs": bulk_body(source, pet("pet 00")),
        "POST /api/object-record-bulk-delete-jobs": deletion_body(f"{pets}:::nothing"),
    }
    for key, body in bodies.items():
        method, path = key.split()
        status, document = platform.call(method, path, body)
        (expected,) = OPERATIONS[key]["responses"]
        assert str(status) == expected, document
        if document is not None:
            assert faults(document, OPERATIONS[key]["responses"][expected]) == []
            deleted, _ = platform.call("DELETE", f"{path}/{document['data']['id']}")
            assert str(deleted) in OPERATIONS[f"DELETE {path}/{{id}}"]["responses"]
