"""GET /api/profiles: filters, orders, pages; suppressed profiles out of their own index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp import connect
from cdp.documents import profiles
from tests.unit.calls import Answer, pages
from tests.unit.profiles.conftest import Room, make_room

START = datetime(2026, 1, 1, tzinfo=UTC)
N = 25


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """For reading only."""
    return make_crowd(make_room(Path(tmp_path_factory.mktemp("crowd"))))


def make_crowd(room: Room) -> Room:
    """25 people, created a day apart, changed in the opposite order; every fifth has no e-mail; people 3 and 8
    are suppressed, 3 also on a list."""
    table, account_id = connect.table(room.settings.table), room.caller.account_id
    states = []
    for i, no in enumerate(profiles.new_numbers(table, account_id, N)):
        state = profiles.fresh(no, START + timedelta(days=i))
        person = state.profile
        person.updated = START + timedelta(days=100 - i)
        person.external_id = f"x{i}"
        person.email = None if i % 5 == 0 else f"p{(i * 7) % N:02d}+tag@shop.example"
        person.phone_number = f"+3361234{i:04d}"
        if i in (3, 8):
            suppression = {
                "reason": "UNSUBSCRIBE" if i == 3 else "HARD_BOUNCE",
                "timestamp": f"2026-02-{i:02d}T00:00:00+00:00",
            }
            marketing = {"suppression": [suppression]}
            if i == 3:
                marketing["list_suppressions"] = [{**suppression, "list_id": "LiSt42"}]
            person.subscriptions = {"email": {"marketing": marketing}}
        states.append(state)
    assert all(profiles.save(table, account_id, states))
    return room


def external_ids(answers: list[Answer]) -> list[str]:
    return [one["attributes"]["external_id"] for answer in answers for one in answer.data]


@pytest.mark.parametrize(
    "sort", ["created", "-created", "updated", "-updated", "email", "-email", "id", "-id"]
)
def test_every_order_is_complete_over_pages(crowd: Room, sort: str) -> None:
    found = pages(crowd.caller, "/api/profiles", sort=sort, **{"page[size]": "7"})
    assert [len(page.data) for page in found] == [7, 7, 7, 4]
    rows = [one for page in found for one in page.data]
    assert len({one["id"] for one in rows}) == N
    field = sort.removeprefix("-")
    keys = [one["id"] if field == "id" else one["attributes"][field] or "\x7f" for one in rows]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


def test_pages_backwards(crowd: Room) -> None:
    found = pages(crowd.caller, "/api/profiles", sort="email", **{"page[size]": "10"})
    assert found[0].document["links"]["prev"] is None
    middle = crowd.caller.get(found[2].document["links"]["prev"])
    assert middle.data == found[1].data
    first = crowd.caller.get(middle.document["links"]["prev"])
    assert first.data == found[0].data
    assert first.document["links"]["prev"] is None
    assert crowd.caller.get(first.document["links"]["next"]).data == found[1].data


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_whole_address_is_a_cursor(crowd: Room, layers: int) -> None:
    first = crowd.caller.get("/api/profiles", **{"page[size]": "10"})
    following = first.document["links"]["next"]
    expected = crowd.caller.get(following).data
    text = following
    for _ in range(layers - 1):
        text = quote(text, safe="")
    assert crowd.caller.get("/api/profiles", **{"page[size]": "10", "page[cursor]": text}).data == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("equals(external_id,'x4')", ["x4"]),
        ("any(external_id,['x4','x9','nobody'])", ["x4", "x9"]),
        ('equals(email,"P07+TAG@shop.example")', ["x1"]),
        ('equals(email,"p07 tag@shop.example")', ["x1"]),
        ("equals(phone_number,'+33612340002')", ["x2"]),
        ("any(phone_number,[' 33612340002',33612340003])", ["x2", "x3"]),
        ("equals(_kx,'nothing')", []),
        ("equals(id,'nothing')", []),
        ("any(external_id,[])", []),
        ("any(external_id,['x4','x9']),greater-than(created,2026-01-08)", ["x9"]),
        ("any(external_id,['x4','x9']),equals(external_id,'x9')", ["x9"]),
        ("greater-than(created,2026-01-23T00:00:00Z)", ["x23", "x24"]),
        ("greater-or-equal(created,2026-01-23T00:00:00Z)", ["x22", "x23", "x24"]),
        ("less-than(created,2026-01-02)", ["x0"]),
        ("and(less-or-equal(created,2026-01-02),greater-than(created,2026-01-01))", ["x1"]),
        ("less-than(updated,'2026-03-19T00:00:00+00:00')", ["x24"]),
        ("greater-than(updated,2026-04-09)", ["x1", "x0"]),
        ("equals(subscriptions.email.marketing.suppression.reason,'UNSUBSCRIBE')", ["x3"]),
        ("greater-than(subscriptions.email.marketing.suppression.timestamp,2026-02-03T12:00)", ["x8"]),
        ("less-or-equal(subscriptions.email.marketing.suppression.timestamp,2026-02-08)", ["x3", "x8"]),
        ("equals(subscriptions.email.marketing.list_suppressions.list_id,'LiSt42')", ["x3"]),
        ("equals(subscriptions.email.marketing.list_suppressions.reason,'HARD_BOUNCE')", []),
    ],
)
def test_filters(crowd: Room, text: str, expected: list[str]) -> None:
    assert external_ids([crowd.caller.get("/api/profiles", filter=text)]) == expected


def test_a_filter_on_another_field_than_the_order_is_complete(crowd: Room) -> None:
    query = {"filter": "greater-than(created,2026-01-10)", "sort": "email", "page[size]": "4"}
    found = external_ids(pages(crowd.caller, "/api/profiles", **query))
    assert sorted(found) == sorted(f"x{i}" for i in range(10, N))


@pytest.mark.parametrize("sort", ["created", "-created", "email", "updated", "id"])
def test_suppressed_profiles_in_any_order(crowd: Room, sort: str) -> None:
    text = "greater-than(subscriptions.email.marketing.suppression.timestamp,2026-01-01)"
    found = external_ids(pages(crowd.caller, "/api/profiles", filter=text, sort=sort, **{"page[size]": "1"}))
    assert sorted(found) == ["x3", "x8"]


def test_orders_by_suppression_hold_the_suppressed(crowd: Room) -> None:
    sort = "-subscriptions.email.marketing.suppression.timestamp"
    assert external_ids(pages(crowd.caller, "/api/profiles", sort=sort, **{"page[size]": "1"})) == [
        "x8",
        "x3",
    ]
    sort = "subscriptions.email.marketing.list_suppressions.timestamp"
    assert external_ids([crowd.caller.get("/api/profiles", sort=sort)]) == ["x3"]


def test_many_ids_are_paged_too(crowd: Room) -> None:
    ids = [
        one["id"]
        for page in pages(crowd.caller, "/api/profiles", **{"page[size]": "100"})
        for one in page.data
    ]
    text = f"any(id,[{','.join(repr(id_) for id_ in ids[:9])}])"
    found = pages(crowd.caller, "/api/profiles", filter=text, sort="-id", **{"page[size]": "4"})
    assert [one["id"] for page in found for one in page.data] == sorted(ids[:9], reverse=True)
    assert crowd.caller.get(found[1].document["links"]["prev"]).data == found[0].data


def test_fieldsets_and_additional_fields(crowd: Room) -> None:
    (one,) = crowd.caller.get(
        "/api/profiles",
        filter="equals(external_id,'x3')",
        **{
            "fields[profile]": "external_id,location.city,subscriptions.email.marketing.suppression",
            "additional-fields[profile]": "subscriptions,predictive_analytics",
        },
    ).data
    assert one["attributes"] == {
        "external_id": "x3",
        "location": {"city": None},
        "subscriptions": {
            "email": {
                "marketing": {
                    "suppression": [{"reason": "UNSUBSCRIBE", "timestamp": "2026-02-03T00:00:00+00:00"}]
                }
            }
        },
    }
    full = crowd.caller.get(
        f"/api/profiles/{one['id']}", **{"additional-fields[profile]": "subscriptions,predictive_analytics"}
    ).data["attributes"]
    assert full["subscriptions"]["email"]["marketing"]["can_receive_email_marketing"] is False
    assert full["subscriptions"]["sms"]["marketing"]["consent"] == "NEVER_SUBSCRIBED"
    assert full["predictive_analytics"]["churn_probability"] is None


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("filter", "equals(first_name,'A')"),
        ("filter", "contains(email,'a')"),
        ("filter", "any(email,'a@b.cc')"),
        ("filter", "equals(email,5)"),
        ("filter", "equals(email,'a'"),
        ("filter", "not(equals(email,'a@b.cc'))"),
        ("filter", "greater-than(created,later)"),
        ("filter", "equals(subscriptions.email.marketing.suppression.reason,'BORED')"),
        ("sort", "first_name"),
        ("include", "lists"),
        ("additional-fields[profile]", "wishes"),
        ("page[size]", "101"),
        ("page[size]", "-1"),
        ("page[cursor]", "e30"),
        ("page[cursor]", "WyJjcmVhdGVkIixmYWxzZSxbMSwyXV0"),
        ("page[cursor]", "WyItY3JlYXRlZCIsZmFsc2UsWyJhIiwxXV0"),
    ],
)
def test_bad_query_is_400_and_names_the_parameter(crowd: Room, parameter: str, value: str) -> None:
    error = crowd.caller.get("/api/profiles", **{parameter: value}).error
    assert (error["status"], error["code"], error["source"]) == (400, "invalid", {"parameter": parameter})


@settings(max_examples=25, deadline=None)
@given(size=st.integers(1, 30), sort=st.sampled_from(["created", "-email", "id", "-updated"]))
def test_any_page_size_gives_every_profile_once(crowd: Room, size: int, sort: str) -> None:
    found = pages(crowd.caller, "/api/profiles", sort=sort, **{"page[size]": str(size)})
    assert sorted(external_ids(found)) == sorted(f"x{i}" for i in range(N))


def test_relationships_link_and_their_collections_answer(crowd: Room) -> None:
    (one,) = crowd.caller.get("/api/profiles", filter="equals(external_id,'x4')").data
    for name in ("lists", "segments", "push-tokens", "conversations"):
        links = one["relationships"][name]["links"]
        assert crowd.caller.get(links["related"]).data == []
        assert crowd.caller.get(links["self"]).data == []
    single = crowd.caller.get(
        f"/api/profiles/{one['id']}", include="lists,segments,push-tokens,conversations"
    )
    assert single.document["included"] == []
