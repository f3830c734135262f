"""Writers at the same time: an identifier has one owner, and no change is lost."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.unit.profiles.conftest import Room, body


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
