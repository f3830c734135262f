"""Bulk jobs: what they do, what they refuse, what repeats and races do to them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from cdp import connect
from cdp.documents import catalog, jobs
from cdp.documents import catalog_links as links
from cdp.events import CatalogJobAccepted, decode
from cdp.inbox import Received
from functions.catalog.assembling import worker
from tests.unit.calls import BASE, pages
from tests.unit.catalog.conftest import Room, changed, cid, ends, new_category, new_item, new_variant


def rows(type_: str, *external_ids: str) -> list[dict[str, Any]]:
    return [{"type": f"catalog-{type_}", "id": cid(id_)} for id_ in external_ids]


def test_a_job_says_what_became_of_every_row(room: Room) -> None:
    room.item("old")
    answer = room.job("item", "create", [new_item("a"), new_item("old"), new_item("b", "none"), new_item("a"), new_item("c")])
    assert answer.status == 202
    job = answer.data
    url = f"/api/catalog-item-bulk-create-jobs/{job['id']}"
    assert answer.headers["location"] == BASE + url
    assert (job["attributes"]["status"], job["attributes"]["total_count"]) == ("queued", 5)
    room.work()
    shown = room.caller.get(url, include="items")
    attributes = shown.data["attributes"]
    assert [attributes[name] for name in ("status", "total_count", "completed_count", "failed_count")] == ["complete", 5, 2, 3]
    assert attributes["completed_at"] <= attributes["expires_at"]
    errors = [(one["code"], one["source"]["pointer"]) for one in attributes["errors"]]
    at = "/data/attributes/items/data"
    assert errors == [
        ("conflict", f"{at}/1/attributes/external_id"),
        ("not_found", f"{at}/2/relationships/categories/data/0/id"),
        ("conflict", f"{at}/3/attributes/external_id"),
    ]
    assert shown.data["relationships"]["items"]["data"] == [{"type": "catalog-item", "id": cid(id_)} for id_ in "ac"]
    assert [one["id"] for one in shown.document["included"]] == [cid("a"), cid("c")]
    assert room.ids("items") == ["old", "a", "c"]


def test_all_nine(room: Room) -> None:
    def counts(kind: str, action: str, given: list[dict[str, Any]]) -> tuple[int, int]:
        done = room.worked(kind, action, given)
        assert done["status"] == "complete"
        return done["completed_count"], done["failed_count"]

    hundred = [f"i{n:02d}" for n in range(100)]
    assert counts("category", "create", [new_category("c0"), new_category("c1")]) == (2, 0)
    assert counts("item", "create", [new_item(id_, "c0") for id_ in hundred]) == (100, 0)
    assert counts("variant", "create", [new_variant(f"v{id_}", "i00") for id_ in hundred]) == (100, 0)
    assert len(room.ids(f"items/{cid('i00')}/variants")) == 100
    assert counts("category", "update", [changed("category", "c0", name="New"), changed("category", "x")]) == (1, 1)
    moved = [{**changed("item", id_, price=1), "relationships": {"categories": ends("category", "c1")}} for id_ in hundred]
    assert counts("item", "update", [*moved[:50], moved[0]]) == (51, 0)
    assert (len(room.ids(f"categories/{cid('c0')}/items")), len(room.ids(f"categories/{cid('c1')}/items"))) == (50, 50)
    out = [changed("variant", f"v{id_}", inventory_policy=1, inventory_quantity=0) for id_ in hundred]
    assert counts("variant", "update", out) == (100, 0)
    item = catalog.item(room.table, room.caller.account_id, "i00")
    assert item is not None
    assert not catalog.available(item)
    assert counts("variant", "delete", rows("variant", *(f"v{id_}" for id_ in hundred[:99]), "none")) == (99, 1)
    assert room.ids("variants") == ["vi99"]
    assert counts("category", "delete", rows("category", "c1")) == (1, 0)
    assert room.ids(f"items/{cid('i00')}/categories") == []
    assert counts("item", "delete", rows("item", *hundred[:60], "i00")) == (60, 1)
    assert room.ids("items") == hundred[60:]
    assert room.ids("variants") == []
    assert room.ids(f"categories/{cid('c0')}/items") == hundred[60:]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ([], ""),
        ([new_item(f"i{n}") for n in range(101)], ""),
        ([new_item("a"), new_item("b", title=3)], "/1/attributes/title"),
        ([new_item("a"), new_item("b", custom_metadata={"a": "x" * 100_001})], "/1/attributes/custom_metadata"),
        ([new_item("a", catalog_type="x")], "/0/attributes/catalog_type"),
        ([new_variant("a", "b")], "/0/type"),
    ],
)
def test_a_job_that_cannot_be(room: Room, given: list[dict[str, Any]], pointer: str) -> None:
    error = room.job("item", "create", given).error
    assert (error["status"], error["source"]) == (400, {"pointer": f"/data/attributes/items/data{pointer}"})
    assert room.caller.get("/api/catalog-item-bulk-create-jobs").data == []


def test_jobs_are_listed_by_status(room: Room) -> None:
    made = [room.job("item", "delete", rows("item", f"i{n}")).data["id"] for n in range(3)]
    room.work()
    made += [room.job("item", "delete", rows("item", "x")).data["id"] for _ in range(2)]
    room.job("item", "create", [new_item("a")])

    def found(**query: str) -> list[str]:
        listed = pages(room.caller, "/api/catalog-item-bulk-delete-jobs", **query)
        return [one["id"] for page in listed for one in page.data]

    assert found() == found(**{"page[size]": "2"}) == made
    assert found(filter="equals(status,'complete')") == made[:3]
    assert found(filter="equals(status,'queued')", **{"page[size]": "1"}) == made[3:]
    assert found(filter="equals(status,'processing')") == []
    assert room.caller.get("/api/catalog-item-bulk-delete-jobs", filter="equals(status,'new')").status == 400
    assert room.caller.get(f"/api/catalog-item-bulk-delete-jobs/{made[0]}", include="items").status == 400
    assert room.caller.get(f"/api/catalog-item-bulk-create-jobs/{made[0]}").status == 404


def test_so_many_jobs_and_no_more(room: Room) -> None:
    account_id, type_ = room.caller.account_id, "catalog-item-bulk-delete-job"
    job = jobs.Job("", type_, room_now(room))
    many = [replace(job, id=f"j{n}", status="queued" if n % 2 else "processing") for n in range(500)]
    jobs.save(room.table, account_id, *many)
    refused = room.job("item", "delete", rows("item", "x"))
    assert refused.error["code"] == "throttled"
    assert int(refused.headers["retry-after"]) > 0
    assert room.job("item", "create", [new_item("a")]).status == 202
    jobs.save(room.table, account_id, replace(many[0], status="complete", completed_at=job.created_at))
    assert room.job("item", "delete", rows("item", "x")).status == 202


def room_now(room: Room) -> Any:
    room.item("clock")
    item = catalog.item(room.table, room.caller.account_id, "clock")
    assert item is not None
    return item.created


@pytest.mark.parametrize("action", ["create", "update", "delete"])
def test_a_job_that_was_cut_short_counts_once(room: Room, action: str) -> None:
    """Everything was written but the job's end; the message comes again."""
    room.item("old")
    given = {
        "create": [new_item("a", "hot"), new_item("a"), new_item("old")],
        "update": [changed("item", "old", price=3), changed("item", "x"), changed("item", "old", title="Other")],
        "delete": rows("item", "old", "old", "x"),
    }[action]
    room.category("hot")
    job = room.job("item", action, given).data
    account_id, queue = room.caller.account_id, connect.queue(room.settings.catalog_queue)
    (delivery,) = queue.receive(10, visibility_s=60)
    message = decode(delivery.body)
    assert isinstance(message, CatalogJobAccepted)
    working = worker(room.table, queue)
    working.process([Received(message, 1)])
    ended = jobs.get(room.table, account_id, job["type"], job["id"])
    assert ended is not None
    begun = jobs.Job(ended.id, ended.kind, ended.created_at, "processing", ended.total_count, things=("old",))
    jobs.save(room.table, account_id, begun)
    if action == "create":  # and its links were not
        room.links("DELETE", f"items/{cid('a')}/relationships/categories", ends("category", "hot"))
    working.process([Received(message, 2)])
    again = jobs.get(room.table, account_id, job["type"], job["id"])
    assert again is not None
    assert (again.completed_count, again.failed_count, again.errors) == (ended.completed_count, ended.failed_count, ended.errors)
    assert again.things == ended.things
    if action == "create":
        assert room.ids(f"categories/{cid('hot')}/items") == ["a"]


def test_a_large_category_is_cleared_in_the_background(room: Room) -> None:
    account_id = room.caller.account_id
    room.category("all")
    category = catalog.CATEGORIES.get(room.table, account_id, "all")
    assert category is not None
    now = category.thing.created
    fakes = [catalog.CatalogItem(f"i{n}", "t", "", "u", now, now) for n in range(2100)]
    room.table.write([[links.put(account_id, item, category.thing)] for item in fakes])
    assert room.delete("categories", "all").status == 204
    left = links.items_page(room.table, account_id, category.thing, descending=False, limit=3000, after=None)
    assert 0 < len(left) < 2100
    room.work()
    assert links.items_page(room.table, account_id, category.thing, descending=False, limit=3000, after=None) == []
