"""Back-fills: existing profiles, progress, and what may happen meanwhile."""

from __future__ import annotations

import pytest

from cdp import connect, events
from cdp.adapters.embedded.queue import SqliteBus
from cdp.documents import listeners, profiles, transformations
from cdp.errors import Rejected, Unavailable
from cdp.events import ProfilesChanged, RewriteDue, TransformationDue
from cdp.inbox import Received
from functions.transform import backfill
from tests.unit.transform.conftest import NOW, Room, capitals


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "CHUNK", 10)
    monkeypatch.setattr(backfill, "CHUNKS_PER_MESSAGE", 3)


def people(room: Room, count: int) -> None:
    room.write_all([(f"p{i}@shop.example", {"properties": {"City": f"city {i}"}}) for i in range(count)])


def right(room: Room, count: int) -> bool:
    found = [room.properties(f"p{i}@shop.example") for i in range(count)]
    return found == [{"City": f"city {i}", "City_transformed": f"City {i}"} for i in range(count)]


def test_existing_profiles_are_transformed_in_chunks(room: Room) -> None:
    people(room, 75)
    id_ = room.create(**capitals("City")).data["id"]
    seen = []
    for _ in range(3):
        (message,) = room.due()
        room.backfill.process([Received(message, 1)])
        shown = room.shown(id_)
        seen.append((shown["status"], shown["processed"], shown["total"]))
    assert seen == [("in_progress", 30, 75), ("in_progress", 60, 75), ("active", 75, 75)]
    assert list(room.due()) == []
    assert right(room, 75)


def test_profiles_made_or_changed_meanwhile_are_right(room: Room) -> None:
    people(room, 40)
    room.create(**capitals("City"))
    (message,) = room.due()
    room.backfill.process([Received(message, 1)])
    room.write("p39@shop.example", properties={"City": "elsewhere"})
    room.write("new@shop.example", properties={"City": "nowhere"})
    assert room.properties("p39@shop.example")["City_transformed"] == "Elsewhere"
    assert room.properties("new@shop.example")["City_transformed"] == "Nowhere"
    room.work()
    assert room.properties("p39@shop.example")["City_transformed"] == "Elsewhere"


def test_a_repeated_message_goes_on_from_the_last_chunk(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker dies after it wrote profiles and before it noted so; the message comes again."""
    people(room, 25)
    room.create(**capitals("City"))
    (message,) = room.due()
    advance, calls = transformations.advance, []

    def dying(*args: object) -> bool:
        calls.append(1)
        if len(calls) == 2:
            raise Unavailable("gone")
        return advance(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(transformations, "advance", dying)
    with pytest.raises(Unavailable):
        room.backfill.process([Received(message, 1)])
    kept = transformations.get(room.table, room.account_id, message.transformation_id)
    assert kept is not None
    assert kept.progress.processed == 10
    room.backfill.process([Received(message, 2)])
    assert right(room, 25)
    assert room.shown(message.transformation_id)["status"] == "active"


def test_two_workers_do_not_both_go_on(room: Room) -> None:
    people(room, 30)
    room.create(**capitals("City"))
    (message,) = room.due()
    kept = transformations.get(room.table, room.account_id, message.transformation_id)
    assert kept is not None
    assert room.backfill._chunk(room.account_id, kept) is not None
    assert room.backfill._chunk(room.account_id, kept) is None
    room.backfill.process([Received(message, 1)])
    assert right(room, 30)


def test_a_change_ends_the_work_on_what_was_before(room: Room) -> None:
    people(room, 40)
    id_ = room.create(**capitals("City")).data["id"]
    (message,) = room.due()
    room.backfill.process([Received(message, 1)])
    kept = transformations.get(room.table, room.account_id, id_)
    room.change(id_, options={"capitalize_words": True, "delete_special_characters": True})
    assert kept is not None
    assert room.backfill._chunk(room.account_id, kept) is None
    assert room.shown(id_)["processed"] == 0
    room.work()
    assert right(room, 40)
    assert room.shown(id_)["status"] == "active"


@pytest.mark.parametrize("ended", ["switched off", "deleted"])
def test_one_that_is_switched_off_or_deleted_stops(room: Room, ended: str) -> None:
    people(room, 40)
    id_ = room.create(**capitals("City")).data["id"]
    (message,) = room.due()
    room.backfill.process([Received(message, 1)])
    if ended == "deleted":
        room.caller("DELETE", f"/api/data-transformations/{id_}")
    else:
        room.change(id_, active=False)
    room.work()
    written = sum("City_transformed" in room.properties(f"p{i}@shop.example") for i in range(40))
    assert written == 30


def test_a_late_message_follows_up_what_was_never_started(room: Room) -> None:
    """Between the write of a transformation and the message that starts it, the room died."""
    people(room, 5)
    id_ = room.create(**capitals("City")).data["id"]
    list(room.due())  # lost
    room.backfill.process([Received(TransformationDue(room.account_id, id_), 1)])
    assert right(room, 5)


def test_gone_profiles_are_passed_over(room: Room) -> None:
    people(room, 12)
    (no,) = profiles.find(room.table, room.account_id, [("email", "p3@shop.example")]).values()
    state = profiles.get_many(room.table, room.account_id, [no])[0]
    assert state is not None
    assert profiles.remove(room.table, room.account_id, state)
    id_ = room.create(**capitals("City")).data["id"]
    room.work()
    assert (room.shown(id_)["status"], room.shown(id_)["processed"]) == ("active", 12)


def test_changes_are_announced_to_those_who_listen(room: Room) -> None:
    people(room, 12)
    room.write("p3@shop.example", properties={"City": None})
    bus = connect.bus(room.settings.bus)
    assert isinstance(bus, SqliteBus)
    bus.set_rules({"ProfilesChanged": ["ears"]})
    ears = connect.queue(room.settings.transform_queue.replace("#transform", "#ears"))
    id_ = room.create(**capitals("City")).data["id"]
    room.work()
    assert ears.receive(10, visibility_s=60) == []
    listeners.add(room.table, room.account_id, listeners.PROFILES, "test")
    room.change(id_, options={"capitalize_words": True, "delete_special_characters": True})
    room.write("p4@shop.example", properties={"City": "a-b"})
    room.write("p5@shop.example", properties={"City": "c-d"})
    room.change(id_, options={"capitalize_words": True})
    room.work()
    told = [events.decode(one.body) for one in ears.receive(10, visibility_s=60)]
    numbers = [no for one in told if isinstance(one, ProfilesChanged) for no in one.changed]
    expected = profiles.find(room.table, room.account_id, [("email", f"p{i}@shop.example") for i in (4, 5)])
    assert sorted(numbers) == sorted(expected.values())


def test_foreign_messages_are_refused(room: Room) -> None:
    with pytest.raises(Rejected):
        room.backfill.process([Received(RewriteDue(room.account_id), 1)])


def test_updated_moves_with_the_back_fill(room: Room) -> None:
    people(room, 1)
    assert room.profile("p0@shop.example").updated == NOW
    room.create(**capitals("City"))
    room.work()
    assert room.profile("p0@shop.example").updated > NOW
