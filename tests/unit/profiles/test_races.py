"""Writers at the same time: an identifier has one owner, and no change is lost."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from cdp import connect
from cdp.documents import memberships, profiles
from cdp.errors import Unavailable
from cdp.events import ErasureAccepted, MergeAccepted
from cdp.ports import Table
from functions.profiles.announcing import Announcer
from functions.profiles.groups import Groups
from tests.unit.profiles.conftest import Room, body
from tests.unit.profiles.test_merging import worker as merge_worker


def test_one_of_many_creators_wins(room: Room) -> None:
    def create(i: int) -> int:
        return room.create(email="anna@shop.example", external_id=f"x{i}").status

    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(pool.map(create, range(16)))
    assert statuses == {201: 1, 409: 15}
    assert len(room.caller.get("/api/profiles").data) == 1


def test_many_importers_make_one_profile_and_lose_no_property(room: Room) -> None:
    def write(i: int) -> int:
        sent = body(email="anna@shop.example", properties={f"p{i}": i})
        status = room.caller("POST", "/api/profile-import", sent).status
        while status == 503:
            status = room.caller("POST", "/api/profile-import", sent).status
        return status

    with ThreadPoolExecutor(6) as pool:
        statuses = Counter(pool.map(write, range(12)))
    assert statuses == {201: 1, 200: 11}
    (one,) = room.caller.get("/api/profiles").data
    assert one["attributes"]["properties"] == {f"p{i}": i for i in range(12)}


def test_many_patches_lose_nothing(room: Room) -> None:
    id_ = room.id_of(email="anna@shop.example")

    def append(i: int) -> int:
        meta = {"patch_properties": {"append": {"tags": f"t{i}"}}}
        status = 503
        while status == 503:
            status = room.caller("PATCH", f"/api/profiles/{id_}", body(id_, meta)).status
        return status

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(append, range(12))) == {200}
    tags = room.caller.get(f"/api/profiles/{id_}").data["attributes"]["properties"]["tags"]
    assert sorted(tags) == sorted(f"t{i}" for i in range(12))


def test_no_acknowledged_write_is_lost_to_a_merge(room: Room) -> None:
    """Four people become one while others write to each of them: every property, list and address is there at the end."""
    people = [room.id_of(email=f"p{i}@shop.example") for i in range(4)]
    lists = [room.new_list(f"L{i}") for i in range(4)]
    worker = merge_worker(room)

    def import_(i: int) -> None:
        sent = body(email=f"p{i % 4}@shop.example", properties={f"w{i}": i})
        while room.caller("POST", "/api/profile-import", sent).status == 503:
            continue

    def join(i: int) -> None:
        groups = Groups(room.table, Announcer(room.table, connect.bus(room.settings.bus)))
        groups.join(room.account_id, lists[i], [room.no(people[i])], datetime.now(UTC))

    def merge(i: int) -> None:
        message = MergeAccepted(room.account_id, room.no(people[i]), room.no(people[i + 1]))
        while True:
            try:
                return worker._work(message)
            except Unavailable:
                continue

    with ThreadPoolExecutor(6) as pool:
        running = [pool.submit(import_, i) for i in range(8)]
        running += [pool.submit(work, i) for i in range(3) for work in (merge, join)]
        running += [pool.submit(import_, i) for i in range(8, 24)] + [pool.submit(join, 3)]
        for one in running:
            one.result()
    (left,) = room.caller.get("/api/profiles").data
    assert left["attributes"]["properties"] == {f"w{i}": i for i in range(24)}
    owners = profiles.find(room.table, room.account_id, [("email", f"p{i}@shop.example") for i in range(4)])
    assert set(owners.values()) == {room.no(left["id"])}
    assert len(owners) == 4
    assert memberships.of_profile(room.table, room.account_id, room.no(left["id"])).keys() == set(lists)
    assert [memberships.count(room.table, room.account_id, list_id) for list_id in lists] == [1] * 4
    assert {no for list_id in lists for no in room.members(list_id)} == {room.no(left["id"])}


@pytest.mark.parametrize("erased", [False, True])
def test_an_heir_that_goes_meanwhile_hands_on_what_came(
    room: Room, monkeypatch: pytest.MonkeyPatch, erased: bool
) -> None:
    """A is merged into B; before A's list comes to B, B has been merged into C, or erased, as a whole."""
    a, b, c = (room.no(room.id_of(email=f"{name}@shop.example")) for name in "abc")
    list_id = room.new_list("L")
    memberships.join(room.table, room.account_id, list_id, [a], datetime.now(UTC))
    worker, plain = merge_worker(room), memberships.move

    def late(table: Table, account_id: str, source: int, destination: int, now: datetime) -> list[str]:
        if source == a:
            gone = ErasureAccepted(account_id, "job", (b,)) if erased else MergeAccepted(account_id, source=b, destination=c)
            worker._work(gone)
        return plain(table, account_id, source, destination, now)

    monkeypatch.setattr(memberships, "move", late)
    worker._work(MergeAccepted(room.account_id, source=a, destination=b))
    held = {no: list(memberships.of_profile(room.table, room.account_id, no)) for no in (a, b, c)}
    assert held == {a: [], b: [], c: [] if erased else [list_id]}
    assert memberships.count(room.table, room.account_id, list_id) == (0 if erased else 1)
