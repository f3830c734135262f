"""The room over HTTP: documents, pages, and what is refused with which pointer."""

from __future__ import annotations

from typing import Any

import pytest

from cdp import connect
from cdp.documents import plans
from functions.custom_objects.handler import http
from tests.unit.calls import pages
from tests.unit.custom_objects.conftest import (
    Room,
    bulk_body,
    deletion_body,
    pet,
    relationship,
    simple,
    source_body,
    type_body,
)

SCHEMA = "/data/attributes/object-schema/data/attributes"
MAPPING = f"{SCHEMA}/source-mapping/data/attributes"
SOURCES, TYPES = "/api/data-sources", "/api/object-types"


def test_a_data_source(room: Room) -> None:
    made = room.caller("POST", SOURCES, source_body("Vet", description="Visits", visibility="shared")).data
    attributes = {
        "title": "Vet",
        "description": "Visits",
        "visibility": "shared",
        "namespace": "custom-objects",
    }
    assert made["attributes"] == attributes
    assert room.caller.get(f"{SOURCES}/{made['id']}").data == made
    assert room.caller.get(made["links"]["self"], **{"fields[data-source]": "title"}).data["attributes"] == {
        "title": "Vet"
    }
    taken = room.caller("POST", SOURCES, source_body("Vet")).error
    assert (taken["status"], taken["source"]) == (409, {"pointer": "/data/attributes/title"})
    assert room.caller("DELETE", f"{SOURCES}/{made['id']}").status == 204
    assert room.caller("DELETE", f"{SOURCES}/{made['id']}").status == 404
    assert room.caller("POST", SOURCES, source_body("Vet")).status == 201


def test_data_sources_over_pages(room: Room) -> None:
    made = sorted(room.source(f"Source {i}") for i in range(7))
    found = pages(room.caller, SOURCES, **{"page[size]": "2"})
    assert [[one["id"] for one in page.data] for page in found] == [made[0:2], made[2:4], made[4:6], made[6:]]
    back = room.caller.get(found[2].document["links"]["prev"])
    assert back.data == found[1].data


def test_an_object_type(room: Room) -> None:
    source = room.source()
    made = room.caller("POST", TYPES, type_body(source, description="Who lives there")).data
    assert made["attributes"].keys() == {
        "title", "description", "status", "namespace", "created_at", "updated_at"
    }  # fmt: skip
    assert (made["attributes"]["status"], made["attributes"]["description"]) == ("active", "Who lives there")
    schema = made["relationships"]["current-schema"]["data"]
    assert made["relationships"]["profile-object-types"]["data"] == [
        {"type": "profile-object-type", "id": "profile:::owner"}
    ]
    answer = room.caller.get(f"{TYPES}/{made['id']}", include="current-schema,profile-object-types")
    assert answer.data == made
    described, related = answer.document["included"]
    assert described["id"] == schema["id"]
    assert [one["name"] for one in described["attributes"]["properties"]][:2] == ["name", "age"]
    assert described["attributes"]["required"] == ["name"]
    assert related["attributes"]["meta"]["relationship_id"] == "owner"
    conflict = room.caller("DELETE", f"{SOURCES}/{source}").error
    assert conflict["status"] == 409
    assert room.caller("DELETE", f"{TYPES}/{made['id']}").status == 204
    assert room.caller("DELETE", f"{SOURCES}/{source}").status == 204


def test_object_types_are_listed(room: Room) -> None:
    source = room.source()
    made = [room.type(source, title=f"T{i}") for i in range(3)]
    draft = room.caller(
        "POST", TYPES, {"data": {"type": "object-type", "attributes": {"title": "Draft"}}}
    ).data
    assert draft["attributes"]["status"] == "draft"
    answer = room.caller.get(TYPES, filter="equals(namespace,'custom-objects')", include="draft-schema")
    assert [one["id"] for one in answer.data] == sorted([*made, draft["id"]])
    assert [one["attributes"]["status"] for one in answer.document["included"]] == ["draft"]
    assert room.caller.get(TYPES, filter="equals(namespace,'applications/x')").data == []


def test_object_records_over_pages(room: Room) -> None:
    source = room.source()
    type_id = room.type(source)
    ids = [f"{type_id}:::r{i}/ö #" for i in range(7)]
    room.take(source, *(pet(id_.partition(":::")[2], "anna@shop.example") for id_ in ids))
    for path in ("object-records", "relationships/object-records"):
        found = pages(room.caller, f"{TYPES}/{type_id}/{path}", **{"page[size]": "3"})
        assert [len(page.data) for page in found] == [3, 3, 1]
        assert [one["id"] for page in found for one in page.data] == ids
        assert room.caller.get(found[2].document["links"]["prev"]).data == found[1].data
    self = room.caller.get(f"{TYPES}/{type_id}/object-records").data[0]["links"]["self"]
    assert room.caller.get(self).data["id"] == ids[0]


def test_ingestion_logs_over_pages(room: Room) -> None:
    source = room.source()
    type_id = room.type(source)
    room.take(source, pet("fine"), *(pet(f"r{i:03d}", age="x") for i in range(120)))
    for path in ("object-ingestion-logs", "relationships/object-ingestion-logs"):
        found = pages(room.caller, f"{TYPES}/{type_id}/{path}")
        assert [len(page.data) for page in found] == [50, 50, 20]
        assert len({one["id"] for page in found for one in page.data}) == 120
        assert room.caller.get(found[2].document["links"]["prev"]).data == found[1].data
    answer = room.caller.get(
        f"{TYPES}/{type_id}/object-ingestion-logs", include="object-type,object-record",
        filter="equals(record_id,'r007')",
    )  # fmt: skip
    assert [one["type"] for one in answer.document["included"]] == ["object-type"]
    assert answer.data[0]["relationships"]["object-record"]["data"]["id"] == f"{type_id}:::r007"


def changed(**schema: Any) -> Any:
    return lambda source: type_body(source, schema=schema)


def mapped(**mapping: Any) -> Any:
    return lambda source: type_body(source, mapping=mapping)


def with_place(**place: str) -> Any:
    def body(source: str) -> Any:
        entry = simple(source, 1, "$.name")
        entry["source"].update(place)
        return type_body(source, mapping={"property_mappings": [entry]})

    return body


def related(**how: Any) -> Any:
    return lambda source: type_body(source, mapping={"relationship_mappings": [relationship(source, **how)]})


NAMED = {"id": 1, "name": "name", "type": "string"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (lambda source: type_body(source, title=""), "/data/attributes/title"),
        (lambda source: type_body(source, namespace="applications/x"), "/data/attributes/namespace"),
        (lambda source: type_body(source, visibility="public"), "/data/attributes/visibility"),
        (changed(colour="red"), SCHEMA),
        (changed(status="publishing"), f"{SCHEMA}/status"),
        (changed(required=["nobody"]), f"{SCHEMA}/required/0"),
        (changed(properties=[NAMED, {**NAMED, "id": 2}]), f"{SCHEMA}/properties/1/name"),
        (changed(properties=[NAMED, {**NAMED, "name": "b"}]), f"{SCHEMA}/properties/1/id"),
        (changed(properties=[{**NAMED, "id": 0}]), f"{SCHEMA}/properties"),
        (changed(properties=[{"id": i, "name": f"p{i}", "type": "int"} for i in range(1, 202)]), f"{SCHEMA}/properties"),
        (mapped(property_mappings=[{"id": 99, "type": "constant", "value": 1}]), f"{MAPPING}/property_mappings/0/id"),
        (mapped(property_mappings=[{"id": 2, "type": "constant", "value": "x"}]), f"{MAPPING}/property_mappings/0/value"),
        (mapped(property_mappings=[{"id": 2, "type": "constant", "value": 1}] * 2), f"{MAPPING}/property_mappings/1/id"),
        (with_place(source_id="nowhere"), f"{MAPPING}/property_mappings/0/source/source_id"),
        (with_place(id_path="id"), f"{MAPPING}/property_mappings/0/source/id_path"),
        (with_place(data_path="$..name"), f"{MAPPING}/property_mappings/0/source/data_path"),
        (with_place(data_path="$.items[*]"), f"{MAPPING}/property_mappings/0/source/data_path"),
        (related(update_strategy="additive"), f"{MAPPING}/relationship_mappings/0/source/update_strategy"),
        (related(related_id_paths=[]), f"{MAPPING}/relationship_mappings/0/source/related_id_paths"),
        (
            related(related_id_paths=[{"identifier_type": "email", "path": "$.a"}] * 2),
            f"{MAPPING}/relationship_mappings/0/source/related_id_paths/1/identifier_type",
        ),
        (
            lambda source: type_body(source, mapping={"relationship_mappings": [relationship(source)] * 2}),
            f"{MAPPING}/relationship_mappings/1",
        ),
        (
            mapped(
                relationship_mappings=[
                    {
                        "relationship_id": "toys", "type": "simple",
                        "source": {"type": "custom-object", "source_id": "s", "id_path": "$.a", "related_id_path": "$.b"},
                    }
                ]
            ),
            f"{MAPPING}/relationship_mappings/0/source/type",
        ),
    ],
)  # fmt: skip
def test_a_definition_that_is_refused(room: Room, body: Any, pointer: str) -> None:
    error = room.caller("POST", TYPES, body(room.source())).error
    assert error["status"] == 400
    assert error["source"]["pointer"].startswith(pointer)
    assert room.caller.get(TYPES).data == []


RECORDS = "/data/attributes/data-source-records/data"


def test_jobs_that_are_refused(room: Room) -> None:
    source = room.source()
    assert room.send("nowhere", {}).error["source"]["pointer"] == "/data/relationships/data-source/data/id"
    assert room.send(source).error["source"]["pointer"] == RECORDS
    assert room.send(source, *[{}] * 501).error["source"]["pointer"] == RECORDS
    assert room.send(source, {}, []).error["source"]["pointer"] == f"{RECORDS}/1/attributes/record"
    large = room.send(source, {}, {"a": "x" * 512_000}).error
    assert (large["status"], large["source"]["pointer"]) == (413, f"{RECORDS}/1/attributes/record")
    assert room.send(source, *[{"a": "x" * 500_000}] * 8).error["status"] == 413
    without = bulk_body(source, {})
    del without["data"]["relationships"]
    answer = room.caller("POST", "/api/data-source-record-bulk-create-jobs", without)
    assert answer.error["source"]["pointer"] == "/data/relationships"
    assert connect.queue(room.settings.custom_objects_queue).depth() == 0


def test_one_record_alone(room: Room) -> None:
    source = room.source()
    type_id = room.type(source)
    body: Any = {
        "data": {
            "type": "data-source-record-create-job",
            "attributes": {
                "data-source-record": {
                    "data": {"type": "data-source-record", "attributes": {"record": pet("a")}}
                }
            },
            "relationships": {"data-source": {"data": {"type": "data-source", "id": source}}},
        }
    }
    answer = room.caller("POST", "/api/data-source-record-create-jobs", body)
    assert (answer.status, answer.document) == (204, None)
    assert room.drain() == []
    assert room.records(type_id).keys() == {"a"}
    body["data"]["attributes"]["data-source-record"]["data"]["attributes"]["record"] = "pet"
    error = room.caller("POST", "/api/data-source-record-create-jobs", body).error
    assert error["source"]["pointer"] == "/data/attributes/data-source-record/data/attributes/record"


def test_deletions_that_are_refused(room: Room) -> None:
    path, named = "/api/object-record-bulk-delete-jobs", "/data/relationships/object-records/data"
    type_id = room.type(room.source())
    for ids, pointer in (
        ((), named),
        (("a",), f"{named}/0/id"),
        ((f"{type_id}:::a", f"{type_id}:::"), f"{named}/1/id"),
        ((f"{type_id}:::{'x' * 256}",), f"{named}/0/id"),
        ((f"{type_id}:::a", "nowhere:::a"), f"{named}/1/id"),
    ):
        assert room.caller("POST", path, deletion_body(*ids)).error["source"]["pointer"] == pointer


def test_unknown_ids_and_parameters(room: Room) -> None:
    type_id = room.type(room.source())
    for path in (
        f"{SOURCES}/x", f"{TYPES}/x", f"{TYPES}/x/object-records", f"{TYPES}/x/object-ingestion-logs",
        "/api/object-records/x", "/api/object-records/x:::y", f"/api/object-records/{type_id}:::a",
    ):  # fmt: skip
        assert room.caller.get(path).error["status"] == 404, path
    for path, query in (
        (TYPES, {"filter": "equals(title,'x')"}),
        (TYPES, {"include": "object-records"}),
        (f"{TYPES}/{type_id}/object-ingestion-logs", {"filter": "equals(status,'bad')"}),
        (f"{TYPES}/{type_id}/object-records", {"page[size]": "101"}),
        (f"{TYPES}/{type_id}/object-records", {"page[cursor]": "x"}),
    ):
        error = room.caller.get(path, **query).error
        assert (error["status"], error["source"]["parameter"]) == (400, next(iter(query)))


def test_the_plan_and_the_scopes(room: Room) -> None:
    room.caller.scopes = "custom-objects:read"
    assert room.caller.get(SOURCES).status == 200
    assert room.caller("POST", SOURCES, source_body()).error["status"] == 403
    plans.save(room.table, room.account_id, plans.Plan(features=("marketing_analytics",)))
    room.caller.handler = http(room.settings)  # another one remembers the plan for some seconds
    refused = room.caller.get(SOURCES).error
    assert (refused["status"], refused["meta"]) == (403, {"feature": "cdp"})


def test_accounts_are_apart(room: Room) -> None:
    source = room.source()
    type_id = room.type(source)
    room.take(source, pet("a"))
    room.caller.account_id = "XYZ789"
    assert room.caller.get(f"{SOURCES}/{source}").status == 404
    assert room.caller.get(f"/api/object-records/{type_id}:::a").status == 404
    assert room.caller.get(SOURCES).data == room.caller.get(TYPES).data == []
