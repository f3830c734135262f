"""Members of lists: joining, leaving, pages and their filters."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cdp.documents import memberships, merges, profiles
from cdp.events import MembershipsChanged
from cdp.jsonapi.times import format_instant
from cdp.model.ids import profile_id, profile_no
from tests.unit.calls import pages
from tests.unit.lists.conftest import ACCOUNT, NOW, Room


@pytest.fixture
def filled(room: Room) -> tuple[str, list[str]]:
    """A list and its 45 members, who joined a minute after one another."""
    id_, people = room.id_of("Filled"), room.people(45)
    for i, person in enumerate(people):
        memberships.join(room.table, ACCOUNT, id_, [_no(person)], NOW + timedelta(minutes=i))
    return id_, people


def _no(id_: str) -> int:
    no = profile_no(ACCOUNT, id_)
    assert no is not None
    return no


def test_profiles_join_and_leave(room: Room) -> None:
    id_, (ann, ben, eve) = room.id_of("A"), room.people(3)
    assert room.add(id_, [ann, ben, ann]).status == 204
    assert room.add(id_, [ben, eve]).status == 204
    assert {one["id"] for one in room.caller.get(f"/api/lists/{id_}/profiles").data} == {ann, ben, eve}
    assert room.add(id_, [ben], "DELETE").status == 204
    assert room.add(id_, [ben], "DELETE").status == 204
    found = room.caller.get(f"/api/lists/{id_}/relationships/profiles").data
    assert sorted(found, key=lambda one: one["id"]) == [
        {"type": "profile", "id": one} for one in sorted((ann, eve))
    ]
    answer = room.caller.get(f"/api/lists/{id_}", **{"additional-fields[list]": "profile_count"})
    assert answer.data["attributes"]["profile_count"] == 2
    assert "profile_count" not in room.caller.get(f"/api/lists/{id_}").data["attributes"]


def test_whoever_is_there_already_keeps_their_date(room: Room) -> None:
    id_, (ann,) = room.id_of("A"), room.people(1)
    memberships.join(room.table, ACCOUNT, id_, [_no(ann)], NOW)
    room.add(id_, [ann])
    (member,) = room.caller.get(f"/api/lists/{id_}/profiles").data
    assert member["attributes"]["joined_group_at"] == format_instant(NOW)
    assert member["attributes"]["email"] == "person1@shop.example"


def test_changes_are_announced_and_repeated_by_a_repeated_call(room: Room) -> None:
    id_, people = room.id_of("A"), room.people(2)
    numbers = tuple(map(_no, people))
    room.add(id_, people)
    room.add(id_, people)
    room.add(id_, people[:1], "DELETE")
    told = [(m.group_id, m.joined, m.profiles) for m in room.heard() if isinstance(m, MembershipsChanged)]
    assert told == [(id_, True, numbers), (id_, True, numbers), (id_, False, numbers[:1])]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_an_unknown_profile_changes_nothing(room: Room, method: str) -> None:
    id_, people = room.id_of("A"), room.people(2)
    if method == "DELETE":
        room.add(id_, people)
    before = room.caller.get(f"/api/lists/{id_}/relationships/profiles").data
    for unknown in (profile_id(ACCOUNT, 999), profile_id("XYZ789", 1), "nobody"):
        answer = room.add(id_, [people[0], unknown], method)
        assert (answer.status, answer.error["source"]) == (404, {"pointer": "/data/1/id"})
    assert room.caller.get(f"/api/lists/{id_}/relationships/profiles").data == before


def test_a_call_takes_at_most_1000_profiles(room: Room) -> None:
    id_, people = room.id_of("A"), room.people(1001)
    answer = room.add(id_, people)
    assert (answer.status, answer.error["source"]) == (400, {"pointer": "/data"})
    assert room.add(id_, []).status == 400
    assert room.add(id_, people[:1000]).status == 204
    assert memberships.count(room.table, ACCOUNT, id_) == 1000


def test_another_type_is_refused(room: Room) -> None:
    id_ = room.id_of("A")
    answer = room.caller(
        "POST", f"/api/lists/{id_}/relationships/profiles", {"data": [{"type": "list", "id": id_}]}
    )
    assert (answer.status, answer.error["source"]["pointer"].startswith("/data")) == (400, True)


@pytest.mark.parametrize("erased", [True, False])
def test_a_profile_that_is_merged_while_it_joins_leaves_the_place_to_its_successor(
    room: Room, monkeypatch: pytest.MonkeyPatch, erased: bool
) -> None:
    id_, (ann, ben) = room.id_of("A"), room.people(2)
    join = memberships.join

    def join_late(*arguments: object) -> list[int]:
        """Between the look at the profiles and the joining, Ann is merged into Ben, or erased."""
        successor = merges.ERASED if erased else _no(ben)
        state = profiles.get_many(room.table, ACCOUNT, [_no(ann)])[0]
        assert state is not None
        assert profiles.remove(room.table, ACCOUNT, state)
        room.table.write([[put] for put in merges.puts(ACCOUNT, _no(ann), successor)])
        return join(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(memberships, "join", join_late)
    assert room.add(id_, [ann]).status == 204
    found = [one["id"] for one in room.caller.get(f"/api/lists/{id_}/relationships/profiles").data]
    assert found == ([] if erased else [ben])
    assert memberships.of_profile(room.table, ACCOUNT, _no(ann)) == {}


def test_a_list_that_is_deleted_while_profiles_join_stays_empty(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_, people = room.id_of("A"), room.people(2)
    join = memberships.join

    def join_late(*arguments: object) -> list[int]:
        assert room.caller("DELETE", f"/api/lists/{id_}").status == 204
        room.drain()
        return join(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(memberships, "join", join_late)
    assert room.add(id_, people).status == 404
    assert memberships.page(room.table, ACCOUNT, id_) == []


@pytest.mark.parametrize("path", ["profiles", "relationships/profiles"])
@pytest.mark.parametrize("sort", ["joined_group_at", "-joined_group_at"])
def test_pages_follow_one_another(room: Room, filled: tuple[str, list[str]], path: str, sort: str) -> None:
    id_, people = filled
    found = pages(room.caller, f"/api/lists/{id_}/{path}", sort=sort)
    assert [len(page.data) for page in found] == [20, 20, 5]
    ids = [one["id"] for page in found for one in page.data]
    assert ids == (people if sort == "joined_group_at" else people[::-1])
    back = room.caller.get(found[-1].document["links"]["prev"])
    assert [one["id"] for one in back.data] == ids[20:40]


def test_a_page_has_at_most_100(room: Room, filled: tuple[str, list[str]]) -> None:
    id_, people = filled
    assert len(room.caller.get(f"/api/lists/{id_}/profiles", **{"page[size]": "100"}).data) == len(people)
    answer = room.caller.get(f"/api/lists/{id_}/profiles", **{"page[size]": "101"})
    assert (answer.status, answer.error["source"]) == (400, {"parameter": "page[size]"})


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ('equals(email,"Person7@shop.example")', [6]),
        ('any(email,["person7@shop.example","person3@shop.example","stranger@shop.example"])', [2, 6]),
        ('equals(phone_number,"+15005550006")', [4]),
        ('any(phone_number,["+15005550006","+15005550007"])', [4]),
        ('equals(_kx,"k1")', [5]),
        ('equals(push_token,"none")', []),
        ("less-than(joined_group_at,2026-07-01T12:03:00Z)", [0, 1, 2]),
        ("less-or-equal(joined_group_at,2026-07-01T12:03:00Z)", [0, 1, 2, 3]),
        ("greater-than(joined_group_at,2026-07-01T12:42:00Z)", [43, 44]),
        ("greater-or-equal(joined_group_at,2026-07-01T12:42:00Z)", [42, 43, 44]),
        (
            "greater-than(joined_group_at,2026-07-01T12:01:00Z),less-than(joined_group_at,2026-07-01T12:03:00Z)",
            [2],
        ),
        ('equals(email,"person7@shop.example"),less-than(joined_group_at,2026-07-01T12:03:00Z)', []),
        ('equals(_kx,"k1"),equals(email,"person6@shop.example")', [5]),
        ('equals(_kx,"k1"),equals(email,"person7@shop.example")', []),
    ],
)
def test_every_filter(
    room: Room, filled: tuple[str, list[str]], filter_: str, expected: list[int]
) -> None:
    id_, people = filled
    for at, kind, value in ((4, "phone_number", "+15005550006"), (5, "kx", "k1")):
        state = profiles.get(room.table, ACCOUNT, people[at])
        assert state is not None
        setattr(state.profile, kind, value)
        assert profiles.save(room.table, ACCOUNT, [state]) == [True]
    for path in ("profiles", "relationships/profiles"):
        found = room.caller.get(f"/api/lists/{id_}/{path}", filter=filter_).data
        assert [one["id"] for one in found] == [people[i] for i in expected]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"filter": 'equals(first_name,"x")'}, "filter"),
        ({"filter": 'equals(profile_id,"x")'}, "filter"),
        ({"filter": 'any(_kx,["x"])'}, "filter"),
        ({"filter": 'equals(joined_group_at,2026-07-01T12:03:00Z)'}, "filter"),
        ({"sort": "created"}, "sort"),
        ({"page[cursor]": "x"}, "page[cursor]"),
        ({"page[cursor]": "WyJqb2luZWRfZ3JvdXBfYXQiLGZhbHNlLFsieCIsMV1d"}, "page[cursor]"),
        ({"additional-fields[profile]": "x"}, "additional-fields[profile]"),
    ],
)
def test_a_bad_query_names_its_parameter(room: Room, query: dict[str, str], parameter: str) -> None:
    answer = room.caller.get(f"/api/lists/{room.id_of('A')}/profiles", **query)
    assert (answer.status, answer.error["source"]) == (400, {"parameter": parameter})


def test_fields_of_the_members_are_chosen(room: Room, filled: tuple[str, list[str]]) -> None:
    asked = {"fields[profile]": "joined_group_at,subscriptions", "additional-fields[profile]": "subscriptions"}
    member = room.caller.get(f"/api/lists/{filled[0]}/profiles", **asked).data[0]
    assert member["attributes"].keys() == {"joined_group_at", "subscriptions"}


def test_members_without_a_profile_are_left_out(room: Room, filled: tuple[str, list[str]]) -> None:
    """A profile has just been erased; its memberships follow in a moment."""
    id_, people = filled
    for person in people[:30]:
        state = profiles.get(room.table, ACCOUNT, person)
        assert state is not None
        assert profiles.remove(room.table, ACCOUNT, state)
    found = [one["id"] for page in pages(room.caller, f"/api/lists/{id_}/profiles") for one in page.data]
    assert found == people[30:]


