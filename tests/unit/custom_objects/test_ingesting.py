"""Records: from a data source to objects, and to whom they belong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from cdp import connect
from cdp.documents import listeners, merges, object_types, profiles, records
from cdp.events import CompactionDue, ProfilesChanged, RecordsAccepted
from cdp.inbox import Received
from functions.custom_objects.bodies import BULK
from functions.custom_objects.work import Work
from tests.unit.custom_objects.conftest import Room, bulk_body, deletion_body, pet, relationship, simple

ANNA, BEN = "anna@shop.example", "ben@shop.example"


@pytest.fixture
def source(room: Room) -> str:
    return room.source()


@pytest.fixture
def type_id(room: Room, source: str) -> str:
    return room.type(source)


def names(room: Room, type_id: str, no: int) -> list[object]:
    return [one["1"] for one in records.of_profile(room.table, room.account_id, type_id, no)]


def test_a_record_becomes_an_object_of_its_profile(room: Room, source: str, type_id: str) -> None:
    anna = room.person(ANNA)
    row = pet("a", " Anna@Shop.example ", age=3, weight=4, vaccinated=True, born="2024-02-29", colour="red")
    room.take(source, row)
    expected = {
        "name": "Pet a",
        "age": 3,
        "weight": 4,
        "vaccinated": True,
        "born": "2024-02-29T00:00:00+00:00",
    }
    assert room.records(type_id) == {"a": expected}
    one = room.caller.get(f"/api/object-records/{type_id}:::a").data
    assert one["attributes"]["record_properties"] == expected
    assert names(room, type_id, anna) == ["Pet a"]
    assert room.logs(type_id) == []


def test_a_later_record_replaces_what_its_source_said(room: Room, source: str, type_id: str) -> None:
    anna, ben = room.person(ANNA), room.person(BEN)
    room.take(source, pet("a", ANNA, age=3, weight=4))
    room.take(source, pet("a", BEN, age=4))
    assert room.records(type_id) == {"a": {"name": "Pet a", "age": 4}}
    assert (names(room, type_id, anna), names(room, type_id, ben)) == ([], ["Pet a"])
    room.take(source, pet("a", age=4))
    assert names(room, type_id, ben) == []


def test_several_rows_of_one_record_in_one_job(room: Room, source: str, type_id: str) -> None:
    room.take(source, pet("a", ANNA, age=1), pet("b"), pet("a", ANNA, age=2))
    assert {id_: one.get("age") for id_, one in room.records(type_id).items()} == {"a": 2, "b": None}


def test_two_sources_make_one_object(room: Room, source: str) -> None:
    other = room.source("Vet")
    mapping = {
        "property_mappings": [
            simple(source, 1, "$.name"),
            simple(other, 2, "$['examination']['age']"),
            {"id": 5, "type": "constant", "value": "2026-01-01"},
        ],
        "relationship_mappings": [relationship(other)],
    }
    type_id = room.type(source, mapping=mapping)
    anna = room.person(ANNA)
    room.take(source, pet("a", ANNA, age=9))
    assert names(room, type_id, anna) == []
    room.take(other, {"id": "a", "examination": {"age": 7}, "owner": {"email": ANNA}})
    room.take(source, pet("a", BEN))
    born = "2026-01-01T00:00:00+00:00"
    assert room.records(type_id) == {"a": {"name": "Pet a", "age": 7, "born": born}}
    assert names(room, type_id, anna) == ["Pet a"]


def test_bad_records_fail_alone_and_are_logged(room: Room, source: str, type_id: str) -> None:
    rows = [
        pet("a", age="three", born="yesterday"),
        {"id": "b", "owner": {"email": ANNA}},
        pet(None),
        pet("c", "not an address"),
        pet("x" * 300),
        pet("good"),
        pet(7, age=2**80),
        pet("d", weight=True),
    ]
    room.take(source, *rows)
    assert room.records(type_id).keys() == {"good"}
    found = room.logs(type_id)
    codes = sorted(error["code"] for log in found for error in log["attributes"]["errors"])
    assert codes == [
        "float_type", "int_type", "int_type", "invalid_identifier", "missing", "missing_id", "timestamp_type",
        "too_long",
    ]  # fmt: skip
    of_a = room.logs(type_id, filter="equals(record_id,'a')")
    assert [error["property"] for error in of_a[0]["attributes"]["errors"]] == ["age", "born"]
    assert of_a[0]["attributes"]["summary"] == "2 validation errors for a"
    assert all(error["invalid_value"] is None for log in found for error in log["attributes"]["errors"])
    assert "three" not in str(found)
    assert room.logs(type_id, filter="equals(status,'warning')") == []
    assert (
        len(room.logs(type_id, filter="any(status,['error','info']),equals(event_type,'validation_error')"))
        == 7
    )
    now = datetime.now(UTC).isoformat()
    assert room.logs(type_id, filter=f"greater-or-equal(timestamp,{now})") == []
    assert len(room.logs(type_id, filter=f"less-than(timestamp,{now})")) == 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e2", 100.0),
        ("7", 7),
        ("-0.5", -0.5),
        (str(2**80), float(2**80)),
        (str(10**400), None),
        ("1e999", None),
        ("true", None),
        ('"7"', None),
    ],
)
def test_numbers(room: Room, source: str, type_id: str, text: str, expected: float | None) -> None:
    body = bulk_body(source, pet("a", weight="?"))
    raw = msgspec.json.encode(body).replace(b'"?"', text.encode())
    sent = room.caller("POST", "/api/data-source-record-bulk-create-jobs", raw)
    assert sent.status in (204, 400)
    assert room.drain() == []
    assert room.dead() == []
    weights = [one["weight"] for one in room.records(type_id).values()]
    assert weights == ([] if expected is None else [expected])
    assert len(room.logs(type_id)) == (expected is None and sent.status == 204)


def test_a_record_waits_for_its_person(room: Room, source: str, type_id: str) -> None:
    room.take(source, pet("a", {"email": ANNA, "number": 42}), pet("b", BEN))
    assert room.records(type_id).keys() == {"a", "b"}
    assert listeners.PROFILES in listeners.metrics(room.table, room.account_id)
    room.announce(room.person("carl@shop.example"))
    anna = room.person(ANNA)
    room.announce(anna)
    assert room.drain() == []
    assert names(room, type_id, anna) == ["Pet a"]
    assert room.heard() == {anna}
    assert [one.id for one, _ in records.waiting(room.table, room.account_id, limit=9)] == ["b"]


def test_a_record_goes_to_the_first_identifier_that_somebody_has(
    room: Room, source: str, type_id: str
) -> None:
    anna, ben = room.person(ANNA, external_id="42"), room.person(BEN)
    room.take(source, pet("a", {"email": BEN, "number": 42}), pet("b", {"email": BEN, "number": 43}))
    assert (names(room, type_id, anna), names(room, type_id, ben)) == (["Pet a"], ["Pet b"])


def test_a_profile_is_named_by_its_id(room: Room, source: str, type_id: str) -> None:
    anna = room.person(ANNA)
    unknown = room.id_of(anna + 1)
    room.take(
        source,
        pet("a", {"profile": room.id_of(anna)}),
        pet("b", {"profile": unknown}),
        pet("c", {"profile": "x"}),
    )
    assert names(room, type_id, anna) == ["Pet a"]
    assert room.records(type_id).keys() == {"a"}
    assert [log["attributes"]["errors"][0]["code"] for log in room.logs(type_id)] == ["unknown_profile"] * 2


def test_the_sweep_finds_people_that_were_missed(room: Room, source: str, type_id: str) -> None:
    room.take(source, *(pet(f"p{i}", ANNA) for i in range(5)))
    anna = room.person(ANNA)
    room.sweep()
    assert len(names(room, type_id, anna)) == 5
    assert listeners.PROFILES in listeners.metrics(room.table, room.account_id)
    room.sweep()
    assert listeners.PROFILES not in listeners.metrics(room.table, room.account_id)


def end(room: Room, no: int, successor: int) -> None:
    """The profile is merged or erased; the rewrite of its rows is done."""
    (state,) = profiles.get_many(room.table, room.account_id, [no])
    assert state is not None
    assert profiles.remove(room.table, room.account_id, state)
    room.table.write([merges.puts(room.account_id, no, successor)])
    waiting = merges.pending(room.table, room.account_id)
    merges.done(room.table, room.account_id, {no: version for no, (_, version) in waiting.items()})


def test_records_of_a_merged_profile_are_its_successors(room: Room, source: str, type_id: str) -> None:
    anna, ben = room.person(ANNA), room.person(BEN)
    end(room, anna, ben)
    room.take(source, pet("a", {"profile": room.id_of(anna)}))
    assert names(room, type_id, ben) == ["Pet a"]


@pytest.mark.parametrize("erased", [False, True])
def test_a_profile_that_ends_while_a_job_is_at_work(
    room: Room, source: str, type_id: str, *, erased: bool
) -> None:
    """The job has found the owner and is about to write: the record and its history follow the profile."""
    anna, ben = room.person(ANNA), room.person(BEN)
    successor = merges.ERASED if erased else ben

    class Ending:
        """A table in which the profile ends right before the first record is written."""

        def __init__(self) -> None:
            self.ended = False

        def __getattr__(self, name: str) -> Any:
            return getattr(room.table, name)

        def write(self, transactions: Any) -> list[bool]:
            if not self.ended:
                self.ended = True
                end(room, anna, successor)
            return room.table.write(transactions)

    message = RecordsAccepted(
        room.account_id, datetime.now(UTC).isoformat(), BULK, "job",
        msgspec.Raw(msgspec.json.encode(bulk_body(source, pet("a", ANNA)))),
    )  # fmt: skip
    Work(Ending(), connect.bus(room.settings.bus)).process([Received(message, 1)])
    assert names(room, type_id, anna) == []
    assert names(room, type_id, ben) == ([] if erased else ["Pet a"])
    assert room.records(type_id).keys() == (set() if erased else {"a"})
    assert {no: to for no, (to, _) in merges.pending(room.table, room.account_id).items()} == {
        anna: successor
    }


def test_deleted_records_are_gone_until_a_later_record(room: Room, source: str, type_id: str) -> None:
    anna = room.person(ANNA)
    room.take(source, pet("a", ANNA), pet("b", ANNA))
    answer = room.caller(
        "POST", "/api/object-record-bulk-delete-jobs", deletion_body(f"{type_id}:::a", f"{type_id}:::nothing")
    )
    assert answer.status == 202
    assert room.drain() == []
    assert room.records(type_id).keys() == {"b"}
    assert room.caller.get(f"/api/object-records/{type_id}:::a").status == 404
    assert names(room, type_id, anna) == ["Pet b"]
    room.take(source, pet("a", ANNA))
    assert sorted(map(str, names(room, type_id, anna))) == ["Pet a", "Pet b"]


def test_a_deleted_type_takes_its_records_with_it(room: Room, source: str, type_id: str) -> None:
    listeners.add(room.table, room.account_id, listeners.PROFILES, "test")
    anna = room.person(ANNA)
    room.take(source, *(pet(f"p{i}", ANNA) for i in range(3)))
    assert room.caller("DELETE", f"/api/object-types/{type_id}").status == 204
    assert room.caller.get(f"/api/object-types/{type_id}").status == 404
    assert room.caller.get(f"/api/object-records/{type_id}:::p1").status == 404
    assert room.drain() == []
    assert names(room, type_id, anna) == []
    assert room.heard() == {anna}
    room.take(source, pet("p1", ANNA))
    room.sweep()
    assert names(room, type_id, anna) == []
    assert len(object_types.every(room.table, room.account_id, deleted=True)) == 1


def test_changes_are_told_only_to_listeners(room: Room, source: str, type_id: str) -> None:
    anna, ben = room.person(ANNA), room.person(BEN)
    room.take(source, pet("a", ANNA))
    assert room.heard() == set()
    listeners.add(room.table, room.account_id, listeners.PROFILES, "test")
    room.take(source, pet("a", BEN))
    assert room.heard() == {anna, ben}


def test_a_draft_takes_in_nothing(room: Room, source: str) -> None:
    type_id = room.type(source, schema={"status": "draft"})
    room.take(source, pet("a"))
    assert room.records(type_id) == {}


def test_a_message_of_another_room_is_set_aside(room: Room) -> None:
    room.post(CompactionDue(room.account_id, "events"), ProfilesChanged(room.account_id))
    assert room.drain() == []
    (reason,) = room.dead()
    assert "CompactionDue" in reason
