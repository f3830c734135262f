"""Faults between any two steps, redeliveries, old messages: the records end as if nothing had happened."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cdp import connect, events
from cdp.documents import listeners, outbox, records
from cdp.errors import Unavailable
from cdp.events import Message, ProfilesChanged, RecordsAccepted
from cdp.inbox import Received
from cdp.ports import Bus, Item, ItemQuery, Key, Operation, Table
from cdp.query.sql import select
from functions.custom_objects.bodies import BULK, DELETE
from functions.custom_objects.work import Work
from tests.unit.custom_objects.conftest import Room, bulk_body, deletion_body, pet

ANNA, BEN = "anna@shop.example", "ben@shop.example"
START = datetime.now(UTC) - timedelta(hours=2)  # logs are kept 14 days
HISTORY = select(
    """
    SELECT record_id, profile_no, properties, age FROM (
      SELECT record_id, profile_no, properties,
             row_number() OVER (PARTITION BY object_type_id, record_id ORDER BY revision DESC) AS age
      FROM object_records
    ) AS r
    """
)


@dataclass
class FailingTable:
    """The room's table until `writes_left` is used up; then it is out of reach, before or after the write."""

    table: Table
    writes_left: int
    after: bool

    def get(self, keys: Sequence[Key]) -> list[Item | None]:
        return self.table.get(keys)

    def query(self, query: ItemQuery) -> list[Item]:
        return self.table.query(query)

    def add(self, key: Key, amount: int, *, expires_at: int | None = None) -> int:
        return self.table.add(key, amount, expires_at=expires_at)

    def counts(self, keys: Sequence[Key]) -> list[int]:
        return self.table.counts(keys)

    def write(self, transactions: Sequence[Sequence[Operation]]) -> list[bool]:
        """The fault may leave a part of the transactions written."""
        self.writes_left -= 1
        if self.writes_left < 0:
            if self.after:
                self.table.write(transactions[: (len(transactions) + 1) // 2])
            raise Unavailable("fault")
        return self.table.write(transactions)


@dataclass
class FailingBus:
    bus: Bus
    fails: int

    def publish(self, messages: Sequence[Message]) -> None:
        self.fails -= 1
        if self.fails >= 0:
            raise Unavailable("fault")
        self.bus.publish(messages)


def job(room: Room, source: str, at: int, *rows: object) -> RecordsAccepted:
    """A job that was accepted `at` minutes after the start."""
    return accepted(room, at, BULK, bulk_body(source, *rows))


def accepted(room: Room, at: int, kind: str, body: object) -> RecordsAccepted:
    received = (START + timedelta(minutes=at)).isoformat(timespec="microseconds")
    return RecordsAccepted(
        room.account_id, received, kind, f"job{at}", msgspec.Raw(msgspec.json.encode(body))
    )


def work(room: Room, table: Table | None = None, bus: Bus | None = None) -> Work:
    return Work(table or room.table, bus or connect.bus(room.settings.bus))


def run(room: Room, *messages: Message, attempt: int = 1) -> None:
    for message in messages:
        work(room).process([Received(events.decode(events.encode(message)), attempt)])


def state(room: Room, type_id: str) -> dict[str, tuple[str, dict[str, Any], int]]:
    return {
        one.id: (one.type_id, one.properties, one.no)
        for one, _ in records.page(room.table, room.account_id, type_id)
    }


def lake_state(room: Room, folder: str) -> dict[str, tuple[int, Any]]:
    """The newest rows; also checks that no profile but the newest has values that nothing takes back."""
    lake = f"file://{folder}/lake"
    outbox.drain(room.table, connect.lake(lake), room.account_id)
    rows = connect.engine("duckdb:", lake).run(room.account_id, HISTORY).to_pylist()
    newest = {row["record_id"]: row for row in rows if row["age"] == 1}
    for no, id_ in {(row["profile_no"], row["record_id"]) for row in rows}:
        last = min(
            (row for row in rows if (row["profile_no"], row["record_id"]) == (no, id_)),
            key=lambda r: r["age"],
        )
        assert last["properties"] is None or last is newest[id_]
    return {
        id_: (row["profile_no"], msgspec.json.decode(row["properties"]))
        for id_, row in newest.items()
        if row["properties"] is not None
    }


@pytest.mark.parametrize("after", [False, True])
def test_a_fault_at_every_write(room: Room, tmp_path: Any, *, after: bool) -> None:
    listeners.add(room.table, room.account_id, listeners.PROFILES, "test")
    source = room.source()
    type_id = room.type(source)
    anna, ben = room.person(ANNA), room.person(BEN)
    faults, step = 0, 0
    for allowed in range(30):
        step += 1
        before = job(
            room, source, 2 * step, pet("a", ANNA, age=step), pet("b", BEN), pet("w", "new@shop.example"), {}
        )
        then = job(
            room, source, 2 * step + 1, pet("a", BEN, age=step + 1), pet("b"), pet("c", ANNA), {"id": "bad"}
        )
        run(room, before)
        room.heard()
        try:
            work(room, FailingTable(room.table, allowed, after)).process([Received(then, 1)])
        except Unavailable:
            faults += 1
            run(room, then, attempt=2)
        assert {id_: no for id_, (_, _, no) in state(room, type_id).items()} == {
            "a": ben,
            "b": 0,
            "c": anna,
            "w": 0,
        }
        assert state(room, type_id)["a"][1] == {"1": "Pet a", "2": step + 1}
        assert room.heard() >= {ben}
        if faults < step:
            break
    assert faults >= 2
    assert {id_: no for id_, (no, _) in lake_state(room, str(tmp_path)).items()} == {"a": ben, "c": anna}
    assert len(room.logs(type_id, filter="equals(record_id,'bad')")) == step


def test_a_bus_that_fails_is_told_again(room: Room) -> None:
    listeners.add(room.table, room.account_id, listeners.PROFILES, "test")
    source = room.source()
    room.type(source)
    anna = room.person(ANNA)
    message = job(room, source, 1, pet("a", ANNA))
    with pytest.raises(Unavailable):
        work(room, bus=FailingBus(connect.bus(room.settings.bus), 1)).process([Received(message, 1)])
    assert room.heard() == set()
    run(room, message, attempt=2)
    assert room.heard() == {anna}


def test_an_attachment_that_was_cut_short_is_told_again(room: Room) -> None:
    source = room.source()
    room.type(source)
    run(room, job(room, source, 1, pet("a", ANNA)))
    anna = room.person(ANNA)
    message = ProfilesChanged(room.account_id, created=(anna,))
    with pytest.raises(Unavailable):
        work(room, bus=FailingBus(connect.bus(room.settings.bus), 1)).process([Received(message, 1)])
    run(room, message, attempt=2)
    assert room.heard() == {anna}


def test_an_older_job_undoes_nothing(room: Room) -> None:
    source = room.source()
    type_id = room.type(source)
    anna, ben = room.person(ANNA), room.person(BEN)
    old, new = job(room, source, 1, pet("a", ANNA, age=1)), job(room, source, 2, pet("a", BEN, age=2))
    deletion = accepted(room, 3, DELETE, deletion_body(f"{type_id}:::a"))
    run(room, new, old, new, old)
    assert state(room, type_id) == {"a": (type_id, {"1": "Pet a", "2": 2}, ben)}
    run(room, deletion, old, new, deletion)
    assert state(room, type_id) == {}
    run(room, job(room, source, 4, pet("a", ANNA, age=4)), deletion, new, old)
    assert state(room, type_id) == {"a": (type_id, {"1": "Pet a", "2": 4}, anna)}


def test_a_deletion_that_overtakes_its_record(room: Room) -> None:
    source = room.source()
    type_id = room.type(source)
    run(room, accepted(room, 2, DELETE, deletion_body(f"{type_id}:::a")), job(room, source, 1, pet("a")))
    assert state(room, type_id) == {}


def test_jobs_at_the_same_time_lose_nothing(room: Room, tmp_path: Any) -> None:
    """The newest job of each record wins, whatever runs first."""
    source = room.source()
    type_id = room.type(source)
    owners = [room.person(f"p{i}@shop.example") for i in range(4)]
    jobs = [
        job(room, source, at, *(pet(f"r{i}", f"p{(i + at) % 4}@shop.example", age=at) for i in range(12)))
        for at in range(6)
    ]

    def process(message: Message) -> None:
        for attempt in range(1, 50):
            try:
                return run(room, message, attempt=attempt)
            except Unavailable:
                continue
        raise AssertionError("contended for ever")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(process, jobs))
    expected = {f"r{i}": owners[(i + 5) % 4] for i in range(12)}
    found = state(room, type_id)
    assert {id_: no for id_, (_, _, no) in found.items()} == expected
    assert {properties["2"] for _, properties, _ in found.values()} == {5}
    for no in owners:
        held = records.of_profile(room.table, room.account_id, type_id, no)
        assert sorted(str(one["1"]) for one in held) == sorted(
            f"Pet {id_}" for id_, who in expected.items() if who == no
        )
    assert {id_: no for id_, (no, _) in lake_state(room, str(tmp_path)).items()} == expected
