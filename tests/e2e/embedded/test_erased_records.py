"""A privacy deletion leaves no trace of the person's custom-object records in the data directory."""

from __future__ import annotations

from typing import Any

from infra.embedded.process import Platform
from tests.e2e.embedded.conftest import Shop, event, open_shop
from tests.e2e.embedded.test_erasure import (
    _compact,
    _erase,
    _finished,
    _idle,
    _import,
    _rewrite,
    _send,
)
from tests.e2e.embedded.traces import traces
from tests.e2e.embedded.waiting import wait_for
from tests.unit.custom_objects.conftest import bulk_body, deletion_body, pet, source_body, type_body

EMAIL, OTHER = "zerlinda.quackenbosch@erased.example", "someone@shop.example"
IDS = ("Chinchilla-zq-1", "Chinchilla-zq-2", "Chinchilla-zq-3", "Chinchilla-zq-4")
FIRST, CHANGED, HANDED, AWAITED = "Schnurrdiburr", "Schnurrdiburra", "Wuschelpuschel", "Knabberfritz"


def test_no_byte_of_an_erased_persons_records_is_left(fresh: Platform) -> None:
    """Records that changed, were deleted, went to somebody else, failed, or waited for the person."""
    fresh.start()
    with open_shop(fresh) as shop:
        source = _made(shop, "/api/data-sources", source_body())
        type_id = _made(shop, "/api/object-types", type_body(source))
        _import(shop, [{"email": OTHER, "external_id": "other"}])
        _take(shop, source, pet(IDS[3], EMAIL) | {"name": AWAITED})
        _import(shop, [{"email": EMAIL, "external_id": "zerlinda"}])
        mine = [pet(id_, EMAIL) | {"name": FIRST} for id_ in IDS[:2]]
        _take(shop, source, *mine, pet("passed-on", EMAIL) | {"name": HANDED}, pet("theirs", OTHER))
        _rewrite(fresh.data)
        _take(shop, source, mine[0] | {"name": CHANGED}, pet("passed-on", OTHER), pet(IDS[2], EMAIL))
        _take(shop, source, mine[0] | {"age": "unknown"})
        _delete(shop, f"{type_id}:::{IDS[1]}")
        _send(shop, [event("one", "zerlinda"), event("two", "other")])
        wait_for(lambda: _idle(fresh.data))
        _rewrite(fresh.data)
        _compact(fresh.data)
        assert len(_records(shop, type_id)) == 5
        needles = [EMAIL, *IDS, FIRST, CHANGED, HANDED, AWAITED]
        before = traces(fresh.data, needles)
        assert {needle for needle, files in before.items() if not files} == set(), (
            "the search finds what is there"
        )

        assert _erase(shop, {"email": EMAIL}) == 202
        wait_for(lambda: _finished(fresh.data, shop))
        left = {needle: files for needle, files in traces(fresh.data, needles).items() if files}
        assert left == {}
        names = {one["id"]: one["attributes"]["record_properties"]["name"] for one in _records(shop, type_id)}
        assert names == {f"{type_id}:::passed-on": "Pet passed-on", f"{type_id}:::theirs": "Pet theirs"}


def _made(shop: Shop, path: str, body: object) -> str:
    answer = shop.http.post(path, json=body)
    assert answer.status_code == 201, answer.text
    id_: str = answer.json()["data"]["id"]
    return id_


def _take(shop: Shop, source: str, *rows: object) -> None:
    answer = shop.http.post("/api/data-source-record-bulk-create-jobs", json=bulk_body(source, *rows))
    assert answer.status_code == 204, answer.text
    wait_for(lambda: _idle(shop.platform.data))


def _delete(shop: Shop, *ids: str) -> None:
    answer = shop.http.post("/api/object-record-bulk-delete-jobs", json=deletion_body(*ids))
    assert answer.status_code == 202, answer.text
    wait_for(lambda: _idle(shop.platform.data))


def _records(shop: Shop, type_id: str) -> list[Any]:
    found: list[Any] = shop.http.get(f"/api/object-types/{type_id}/object-records").json()["data"]
    return found
