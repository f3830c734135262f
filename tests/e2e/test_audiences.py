"""The deployed rooms together: what is posted over HTTP reaches segments through bus, inboxes and lake."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdp import connect
from cdp.adapters.aws import clients
from cdp.adapters.aws.engine import duckdb_on_s3
from cdp.events import RewriteDue, encode
from cdp.lake.tables import TABLES
from cdp.model.ids import profile_no
from cdp.query.sql import select
from tests.e2e.conftest import PREFIX, Account, Deployment
from tests.e2e.test_deployment import _inbox, call, event, until
from tests.unit.custom_objects.conftest import bulk_body, pet, source_body, type_body

ANNA, BEN, CARL = "anna@shop.example", "ben@shop.example", "carl@shop.example"


@pytest.fixture(scope="module")
def shop(deployment: Deployment) -> Account:
    """An account of this file's own."""
    options = ("--name", "Pets", "--timezone", "Europe/Paris", "--currency", "EUR", "--stack", PREFIX)
    made = json.loads(deployment.emulator.run("infra.aws.account", *options))
    return Account(made["account_id"], made["private_key"])


@pytest.fixture(scope="module")
def metric_id(deployment: Deployment, shop: Account) -> str:
    """The metric of Ben's order, which is recorded."""
    status, _ = call(deployment, "POST", "/api/events", shop.key, event(BEN, "o-1", 10.0))
    assert status == 202

    def metric() -> str | None:
        found = get(deployment, shop, "/api/metrics")
        return found[0]["id"] if found else None

    found: str = until(deployment, metric)
    return found


def get(at: Deployment, shop: Account, path: str) -> Any:
    status, document = call(at, "GET", path, shop.key)
    assert status == 200, document
    return document["data"]


def make(at: Deployment, shop: Account, path: str, body: object) -> str:
    status, document = call(at, "POST", path, shop.key, body)
    assert status == 201, document
    id_: str = document["data"]["id"]
    return id_


def segment(at: Deployment, shop: Account, name: str, condition: dict[str, Any]) -> str:
    """A segment after its first full evaluation."""
    definition = {"condition_groups": [{"conditions": [condition]}]}
    body = {"data": {"type": "segment", "attributes": {"name": name, "definition": definition}}}
    id_ = make(at, shop, "/api/segments", body)
    until(at, lambda: not get(at, shop, f"/api/segments/{id_}")["attributes"]["is_processing"])
    return id_


def members(at: Deployment, shop: Account, id_: str) -> set[str]:
    return {one["attributes"]["email"] for one in get(at, shop, f"/api/segments/{id_}/profiles")}


def count(operator: str, value: int) -> dict[str, Any]:
    return {"type": "numeric", "operator": operator, "value": value}


def test_an_event_makes_a_member(deployment: Deployment, shop: Account, metric_id: str) -> None:
    condition = {
        "type": "profile-metric",
        "metric_id": metric_id,
        "measurement": "count",
        "measurement_filter": count("greater-than-or-equal", 1),
        "timeframe_filter": {"type": "date", "operator": "alltime"},
        "metric_filters": [],
    }
    buyers = segment(deployment, shop, "Buyers", condition)
    until(deployment, lambda: members(deployment, shop, buyers) == {BEN})
    status, _ = call(deployment, "POST", "/api/events", shop.key, event(ANNA, "o-2", 12.5))
    assert status == 202
    until(deployment, lambda: members(deployment, shop, buyers) == {ANNA, BEN})


def test_a_record_that_waits_makes_a_member_of_its_person(deployment: Deployment, shop: Account) -> None:
    source = make(deployment, shop, "/api/data-sources", source_body())
    type_id = make(deployment, shop, "/api/object-types", type_body(source))
    condition = {
        "type": "profile-has-custom-object",
        "object_type_id": type_id,
        "object_type_relationship_id": "owner",
        "filter": count("greater-than-or-equal", 1),
        "filters": [{"property_id": 2, "filter": count("greater-than", 2)}],
    }
    owners = segment(deployment, shop, "Owners", condition)
    rows = [pet("young", BEN, age=1), pet("old", BEN, age=12), pet("waits", CARL, age=5)]
    path = "/api/data-source-record-bulk-create-jobs"
    assert call(deployment, "POST", path, shop.key, bulk_body(source, *rows))[0] == 204
    until(deployment, lambda: members(deployment, shop, owners) == {BEN})
    body = {"data": {"type": "profile", "attributes": {"email": CARL}}}
    make(deployment, shop, "/api/profiles", body)
    until(deployment, lambda: members(deployment, shop, owners) == {BEN, CARL})
    deletion = {"object-records": {"data": [{"type": "object-record", "id": f"{type_id}:::old"}]}}
    body = {"data": {"type": "object-record-bulk-delete-job", "relationships": deletion}}
    assert call(deployment, "POST", "/api/object-record-bulk-delete-jobs", shop.key, body)[0] == 202
    until(deployment, lambda: members(deployment, shop, owners) == {CARL})


def test_a_merge_moves_membership_and_events(deployment: Deployment, shop: Account, metric_id: str) -> None:
    ids = {}
    for email in ("old@shop.example", "new@shop.example"):
        body = {"data": {"type": "profile", "attributes": {"email": email}}}
        ids[email] = make(deployment, shop, "/api/profiles", body)
    source, destination = ids.values()
    listed = make(
        deployment, shop, "/api/lists", {"data": {"type": "list", "attributes": {"name": "Merged"}}}
    )
    who = {"data": [{"type": "profile", "id": source}]}
    assert call(deployment, "POST", f"/api/lists/{listed}/relationships/profiles", shop.key, who)[0] == 204
    assert call(deployment, "POST", "/api/events", shop.key, event("old@shop.example", "o-9", 1.0))[0] == 202
    until(deployment, lambda: events_of(deployment, shop, source) == 1)
    merge = {
        "data": {
            "type": "profile-merge",
            "id": destination,
            "relationships": {"profiles": {"data": who["data"]}},
        }
    }
    assert call(deployment, "POST", "/api/profile-merge", shop.key, merge)[0] in (201, 202)
    until(deployment, lambda: call(deployment, "GET", f"/api/profiles/{source}", shop.key)[0] == 404)
    until(deployment, lambda: events_of(deployment, shop, destination) == 1)
    members_ = get(deployment, shop, f"/api/lists/{listed}/profiles")
    assert [one["id"] for one in members_] == [destination]


@pytest.mark.usefixtures("aws")
def test_an_erased_person_leaves_no_row_in_the_lake(deployment: Deployment, shop: Account) -> None:
    """With events, a list, a record and properties; the other people keep theirs."""
    gone, stays = "erased@shop.example", "stays@shop.example"
    source = make(deployment, shop, "/api/data-sources", source_body("Erasure"))
    type_id = make(deployment, shop, "/api/object-types", type_body(source))
    listed = make(
        deployment, shop, "/api/lists", {"data": {"type": "list", "attributes": {"name": "Erasure"}}}
    )
    numbers = {}
    for email in (gone, stays):
        attributes = {"email": email, "properties": {"loves": email}}
        id_ = make(deployment, shop, "/api/profiles", {"data": {"type": "profile", "attributes": attributes}})
        numbers[email] = profile_no(shop.id, id_)
        who = {"data": [{"type": "profile", "id": id_}]}
        assert (
            call(deployment, "POST", f"/api/lists/{listed}/relationships/profiles", shop.key, who)[0] == 204
        )
        assert call(deployment, "POST", "/api/events", shop.key, event(email, f"o-{email}", 1.0))[0] == 202
    path = "/api/data-source-record-bulk-create-jobs"
    assert (
        call(deployment, "POST", path, shop.key, bulk_body(source, pet("a", gone), pet("b", stays)))[0] == 204
    )
    until(deployment, lambda: len(get(deployment, shop, f"/api/object-types/{type_id}/object-records")) == 2)
    rewrite = _inbox("rewrite")
    rewrite.send([encode(RewriteDue(shop.id))])
    full = {"events": 1, "object_records": 1, "profile_history": 1, "segment_log": 1}
    until(deployment, lambda: all(tables_of(shop, no).items() >= full.items() for no in numbers.values()))
    person = {"data": {"type": "profile", "attributes": {"email": gone}}}
    body = {"data": {"type": "data-privacy-deletion-job", "attributes": {"profile": person}}}
    assert call(deployment, "POST", "/api/data-privacy-deletion-jobs", shop.key, body)[0] == 202
    until(deployment, lambda: not any(tables_of(shop, numbers[gone]).values()))
    assert tables_of(shop, numbers[stays]).items() >= full.items()
    left = get(deployment, shop, f"/api/object-types/{type_id}/object-records")
    assert [one["id"] for one in left] == [f"{type_id}:::b"]
    assert [one["attributes"]["email"] for one in get(deployment, shop, f"/api/lists/{listed}/profiles")] == [
        stays
    ]


def tables_of(shop: Account, no: int | None) -> dict[str, int]:
    """Does the table bear the profile's number? By table, 1 or 0."""
    found = clients.session().client("lambda").get_function_configuration(FunctionName=f"{PREFIX}-rewrite")
    connect.lake.cache_clear()
    lake = connect.lake(found["Environment"]["Variables"]["LAKE"])
    query = "SELECT count(*) AS n FROM {} WHERE profile_no = :no"
    return {
        table.name: min(
            1, duckdb_on_s3(lake).run(shop.id, select(query.format(table.name), no=no))["n"][0].as_py()
        )
        for table in TABLES
    }


def events_of(at: Deployment, shop: Account, id_: str) -> int:
    return len(get(at, shop, f"/api/events?filter=equals(profile_id,'{id_}')"))
