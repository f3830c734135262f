"""Pages, filters and orders of campaigns and of campaign messages (SPEC §1.5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.calls import Caller, pages
from tests.unit.messages.campaigns.conftest import EMAIL, PUSH, SMS, Room, document, ids

EMAILS = "equals(messages.channel,'email')"


@pytest.fixture
def made(room: Room) -> dict[str, str]:
    """Seven e-mail campaigns an hour apart; the even ones are scheduled, in the opposite order; then an SMS."""
    found = {}
    for n in range(7):
        found[f"Sale {n}"] = room.create(
            f"Sale {n}", send_strategy={"method": "static", "datetime": f"2027-01-0{9 - n}T00:00:00Z"}
        ).data["id"]
        room.pass_time(hours=1)
    for n in (6, 4, 2, 0):
        room.older("POST", "/api/campaign-send-jobs", document("campaign-send-job", id_=found[f"Sale {n}"]))
        room.pass_time(hours=1)
    found["Text"] = room.create("Text", SMS).data["id"]
    return found


def names(caller: Caller, filter_: str | None, **query: str) -> list[str]:
    given = query if filter_ is None else {**query, "filter": filter_}
    data = [one["attributes"] for answer in pages(caller, "/api/campaigns", **given) for one in answer.data]
    return [one["name"] if "name" in one else one["definition"]["name"] for one in data]


def test_filters(room: Room, made: dict[str, str]) -> None:
    everything = {name for name in made if name != "Text"}
    expected: dict[str, set[str]] = {
        f'any(id,["{made["Sale 1"]}","{made["Sale 4"]}","{made["Text"]}"])': {"Sale 1", "Sale 4"},
        "contains(name,'e 3')": {"Sale 3"},
        "equals(status,'Draft')": {"Sale 1", "Sale 3", "Sale 5"},
        "any(status,['Scheduled','Sent'])": {"Sale 0", "Sale 2", "Sale 4", "Sale 6"},
        "equals(archived,false)": everything,
        "equals(archived,true)": set(),
        "greater-than(created_at,2026-07-01T14:00:00Z)": {"Sale 3", "Sale 4", "Sale 5", "Sale 6"},
        "greater-or-equal(created_at,2026-07-01T14:00:00Z)": {"Sale 2", "Sale 3", "Sale 4", "Sale 5", "Sale 6"},
        "less-than(created_at,2026-07-01T14:00:00Z)": {"Sale 0", "Sale 1"},
        "less-or-equal(created_at,2026-07-01T14:00:00Z)": {"Sale 0", "Sale 1", "Sale 2"},
        "greater-than(scheduled_at,2026-07-01T20:00:00Z)": {"Sale 2", "Sale 0"},
        "greater-or-equal(scheduled_at,2026-07-01T20:00:00Z)": {"Sale 4", "Sale 2", "Sale 0"},
        "less-than(scheduled_at,2026-07-01T20:00:00Z)": {"Sale 6"},
        "less-or-equal(scheduled_at,2026-07-01T20:00:00Z)": {"Sale 6", "Sale 4"},
        "greater-than(updated_at,2026-07-01T18:00:00Z)": {"Sale 0", "Sale 2", "Sale 4", "Sale 6"},
        "less-or-equal(updated_at,2026-07-01T17:00:00Z)": {"Sale 1", "Sale 3", "Sale 5"},
    }
    for text, wanted in expected.items():
        for size in ("2", "100"):
            found = names(room.older, f"and({EMAILS},{text})", **{"page[size]": size})
            assert len(found) == len(wanted), text
            assert set(found) == wanted, text
    assert names(room.older, "equals(messages.channel,'sms')") == ["Text"]
    assert names(room.newer, "equals(messages.channel,'mobile_push')") == []
    assert len(names(room.newer, None)) == 8
    assert names(room.newer, "equals(builder,'canvas')") == []


def test_orders(room: Room, made: dict[str, str]) -> None:
    sales = [f"Sale {n}" for n in range(7)]
    drafts = sorted(("Sale 1", "Sale 3", "Sale 5"), key=made.__getitem__)
    orders = {
        "created_at": sales,
        "name": sales,
        "id": sorted(sales, key=made.__getitem__),
        "scheduled_at": [*drafts, "Sale 6", "Sale 4", "Sale 2", "Sale 0"],
        "updated_at": ["Sale 1", "Sale 3", "Sale 5", "Sale 6", "Sale 4", "Sale 2", "Sale 0"],
    }
    for caller in (room.older, room.newer):
        for sort, wanted in orders.items():
            for size in ("2", "3", "100"):
                query = {"page[size]": size, "sort": sort}
                assert names(caller, EMAILS, **query) == wanted, sort
                assert names(caller, EMAILS, **{**query, "sort": f"-{sort}"}) == wanted[::-1], sort
    answers = pages(room.older, "/api/campaigns", filter=EMAILS, **{"page[size]": "3"})
    assert [len(answer.data) for answer in answers] == [3, 3, 1]
    back = room.older.get(answers[2].document["links"]["prev"])
    assert back.data == answers[1].data


def test_what_comes_with_them(room: Room, made: dict[str, str]) -> None:
    answer = room.older.get("/api/campaigns", filter=EMAILS, include="campaign-messages,tags")
    included = [one["id"] for one in answer.document["included"]]
    held = [one["id"] for row in answer.data for one in row["relationships"]["campaign-messages"]["data"]]
    assert included == held
    related = answer.data[0]["relationships"]["campaign-messages"]["links"]["related"]
    assert [one["id"] for one in room.older.get(related).data] == held[:1]
    later = room.newer.get("/api/campaigns", include="campaign-audiences,campaign-messages")
    kinds = [one["type"] for one in later.document["included"]]
    assert kinds.count("campaign-audience") == kinds.count("campaign-message") == 8
    query = {"fields[campaign]": "name,status", "fields[campaign-message]": "send_times"}
    sparse = room.older.get("/api/campaigns", filter=EMAILS, include="campaign-messages", **query)
    assert sparse.data[0]["attributes"] == {"name": "Sale 0", "status": "Scheduled"}
    times = [{"datetime": "2027-01-09T00:00:00+00:00", "is_local": False}]
    assert sparse.document["included"][0]["attributes"] == {"send_times": times}
    dotted = room.newer.get("/api/campaigns", sort="name", **{"fields[campaign]": "definition.name"})
    assert dotted.data[0]["attributes"] == {"definition": {"name": "Sale 0"}}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({}, "filter"),
        ({"filter": "contains(name,'x')"}, "filter"),
        ({"filter": "equals(messages.channel,'fax')"}, "filter"),
        ({"filter": f"{EMAILS},equals(name,'x')"}, "filter"),
        ({"filter": f"{EMAILS},equals(send_time,2026-01-01)"}, "filter"),
        ({"filter": EMAILS, "sort": "status"}, "sort"),
        ({"filter": EMAILS, "include": "campaign-audiences"}, "include"),
        ({"filter": EMAILS, "page[size]": "101"}, "page[size]"),
        ({"filter": EMAILS, "page[cursor]": "what"}, "page[cursor]"),
    ],
)
def test_asking_wrongly_is_refused(room: Room, query: dict[str, str], parameter: str) -> None:
    assert room.older.get("/api/campaigns", **query).error["source"] == {"parameter": parameter}


def test_messages_of_all_campaigns(room: Room) -> None:
    made: list[str] = []
    for n in range(9):
        made += ids(room.create(f"Sale {n}", {**EMAIL, "label": f"Letter {n}"}, PUSH), "campaign-messages")
        room.pass_time(hours=1)
    path = "/api/campaign-messages"

    def listed(**query: str) -> list[Any]:
        return [one for answer in pages(room.newer, path, **query) for one in answer.data]

    def found(text: str) -> set[str]:
        return {one["id"] for one in listed(filter=text, **{"page[size]": "4"})}

    answers = pages(room.newer, path, **{"page[size]": "7"})
    assert [len(answer.data) for answer in answers] == [7, 7, 4]
    for sort in ("created", "id", "name", "updated"):
        forth, back = listed(sort=sort, **{"page[size]": "5"}), listed(sort=f"-{sort}", **{"page[size]": "5"})
        assert {one["id"] for one in forth} == set(made)
        assert forth == back[::-1]
    assert [one["id"] for one in listed(sort="id")] == sorted(made)
    campaign = room.newer.get(f"{path}/{made[4]}").data["relationships"]["campaign"]["data"]["id"]
    job = document("campaign-send-job", id_=campaign)
    room.older("POST", "/api/campaign-send-jobs", job)
    assert found(f'equals(id,"{made[3]}")') == {made[3]}
    assert found(f'any(id,["{made[3]}","{made[8]}"])') == {made[3], made[8]}
    assert found(f'equals(campaign_id,"{campaign}")') == set(made[4:6])
    assert found(f"equals(campaign_id,\"{campaign}\"),contains(name,'Letter')") == {made[4]}
    assert found("equals(campaign_id,'nobody')") == set()
    assert found("contains(name,'Letter 3')") == {made[6]}
    assert found("equals(status,'sent')") == set(made[4:6])
    assert found("equals(status,'draft')") == set(made) - set(made[4:6])
    assert found("greater-or-equal(created,2026-07-01T18:00:00Z)") == set(made[12:])
    assert found("less-than(created,2026-07-01T18:00:00Z)") == set(made[:12])
    assert found("greater-than(updated,2026-07-01T20:00:00Z)") == set(made[4:6])
    included = room.newer.get(path, filter=f'equals(id,"{made[3]}")', include="campaign").document["included"]
    assert [one["type"] for one in included] == ["campaign"]
    assert room.newer.get(path, filter="equals(status,'lost')").error["source"] == {"parameter": "filter"}
    assert room.newer.get(path, sort="status").error["source"] == {"parameter": "sort"}
    assert room.newer.get(path, **{"page[size]": "101"}).error["source"] == {"parameter": "page[size]"}
