"""Several writers of one campaign, and what stands in its way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from cdp.documents import campaigns
from cdp.documents.campaigns import CAMPAIGNS, ENTRIES, MOST_MESSAGES
from cdp.ports import Table
from tests.unit.calls import Caller
from tests.unit.messages.campaigns.conftest import ACCOUNT, EMAIL, Room, document, ids


def test_writers_at_once_lose_nothing(room: Room, table: Table) -> None:
    made = room.create_newer(messages=())
    (audience,) = ids(made, "campaign-audiences")

    def add(n: int) -> int:
        body = document("campaign-message", {"definition": {"name": f"m{n}"}}, campaign_audience=("campaign-audience", audience))
        return room.newer("POST", "/api/campaign-messages", body).status

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(add, range(12))).count(201) >= 8
    (stored,) = campaigns.all_of(table, ACCOUNT)
    entries = {one.thing.id for one in ENTRIES.all(table, ACCOUNT)}
    assert entries == {one.id for one in stored.messages}


def test_a_campaign_has_so_many_messages(room: Room) -> None:
    assert room.create("Full", *[EMAIL] * (MOST_MESSAGES + 1)).error["source"] == {
        "pointer": "/data/attributes/campaign-messages/data"
    }
    full = room.create("Full", *[EMAIL] * MOST_MESSAGES)
    assert full.status == 201
    (audience,) = ids(room.newer.get(f"/api/campaigns/{full.data['id']}"), "campaign-audiences")
    body = document("campaign-message", {}, campaign_audience=("campaign-audience", audience))
    refused = room.newer("POST", "/api/campaign-messages", body)
    assert (refused.status, refused.error["source"]) == (400, {"pointer": "/data/relationships/campaign-audience/data/id"})
    job = document("campaign-send-job", id_=full.data["id"])
    assert room.newer("POST", "/api/campaign-send-jobs", job).status == 202
    assert room.newer("DELETE", f"/api/campaigns/{full.data['id']}").status == 204
    assert room.newer.get("/api/campaign-messages").data == []


def test_a_campaign_is_bounded(room: Room) -> None:
    (message,) = ids(room.create_newer(), "campaign-messages")
    details = {"content": {"body": "x" * 90_000}}
    body = document(
        "campaign-variation", {"definition": {"details": details}}, campaign_message=("campaign-message", message)
    )
    statuses = [room.newer("POST", "/api/campaign-variations", body).status for _ in range(5)]
    assert statuses == [201, 201, 201, 413, 413]


def test_a_stale_campaign_is_not_written(room: Room, table: Table) -> None:
    id_ = room.create().data["id"]
    stale = CAMPAIGNS.get(table, ACCOUNT, id_)
    assert stale is not None
    room.older("PATCH", f"/api/campaigns/{id_}", document("campaign", {"name": "Newer"}, id_))
    assert not campaigns.save(table, ACCOUNT, stale, stale.thing)
    assert not campaigns.remove(table, ACCOUNT, stale)
    assert not campaigns.create(table, ACCOUNT, stale.thing)
    assert campaigns.get_many(table, ACCOUNT, [id_, "nobody"])[1] is None


@pytest.mark.parametrize("part", ["campaign", "campaign-message", "campaign-audience", "campaign-variation"])
def test_accounts_are_apart(room: Room, part: str) -> None:
    made = room.create_newer()
    (message,) = ids(made, "campaign-messages")
    parts = {
        "campaign": made.data["id"],
        "campaign-message": message,
        "campaign-audience": ids(made, "campaign-audiences")[0],
        "campaign-variation": ids(room.newer.get(f"/api/campaign-messages/{message}"), "campaign-variations")[0],
    }
    path = f"/api/{part}s/{parts[part]}"
    assert room.newer.get(path).status == 200
    other = Caller(room.newer.handler, room.newer.spec, "XYZ789", headers=room.newer.headers)
    assert other.get(path).status == 404
    assert other("DELETE", path).status == 404
    assert other.get("/api/campaigns").data == other.get("/api/campaign-messages").data == []
    for wrong in ("x", "-", parts["campaign"] + "-", "-abc", "x" * 200):
        assert room.newer.get(f"/api/{part}s/{wrong}").status == 404
