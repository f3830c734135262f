"""Exchange ids: what a shop puts into its links finds the profile again, and only a private key makes one."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from cdp.documents import identity
from cdp.documents.identity import Change
from cdp.documents.plans import Plan
from cdp.documents.plans import save as save_plan
from cdp.model.payloads import ProfileResource
from cdp.model.profile import identities
from tests.unit.calls import Answer
from tests.unit.profiles.conftest import Room
from tests.unit.trust import trusted_owner


def ask(room: Room, *ids: str) -> Answer:
    listed = ",".join(f'"{id_}"' for id_ in ids)
    return room.caller.get("/api/exchange-ids", filter=f"any(profile_id,[{listed}])")


def exchange_id(room: Room, id_: str) -> str:
    token: str = ask(room, id_).data[0]["attributes"]["exchange_id"]
    return token


def test_it_is_made_once_and_listed_by_the_order_asked_for(room: Room) -> None:
    ids = [room.id_of(email=f"{name}@shop.example") for name in ("ann", "ben")]
    found = ask(room, ids[1], "nobody", ids[0]).data
    assert [one["id"] for one in found] == [ids[1], ids[0]]
    assert found[0]["relationships"]["profile"]["data"] == {"type": "profile", "id": ids[1]}
    tokens = [one["attributes"]["exchange_id"] for one in found]
    assert len(set(tokens)) == 2
    assert all(len(token) >= 32 for token in tokens)
    assert [one["attributes"]["exchange_id"] for one in ask(room, ids[1], ids[0]).data] == tokens
    assert trusted_owner(room.table, room.account_id, "kx", tokens[0]) == room.no(ids[1])


def test_a_kx_of_the_shops_own_is_the_exchange_id(room: Room) -> None:
    assert exchange_id(room, room.id_of(email="ann@shop.example", _kx="own-1")) == "own-1"


def test_a_browser_that_brings_it_back_is_recognised(room: Room) -> None:
    ann = room.id_of(email="ann@shop.example")
    sent = {"type": "profile", "attributes": {"_kx": exchange_id(room, ann)}}
    resource = msgspec.json.decode(msgspec.json.encode(sent), type=ProfileResource)
    change = Change(resource, identities(resource, "/data"), trusted=False)
    (applied,) = identity.apply(room.table, room.account_id, [change], datetime.now(UTC))
    assert (applied.no, applied.created) == (room.no(ann), False)


def test_it_is_for_private_keys_that_may_write_and_up_to_100_profiles(room: Room) -> None:
    ann = room.id_of(email="ann@shop.example")
    assert room.caller.get("/api/exchange-ids").error["source"] == {"parameter": "filter"}
    assert ask(room, *(f"p{n}" for n in range(101))).status == 400
    room.caller.scopes = "profiles:read"
    assert ask(room, ann).status == 403
    room.caller.account_id = ""
    assert ask(room, ann).status == 401


def test_without_the_add_on_there_is_none(room: Room) -> None:
    save_plan(room.table, room.account_id, Plan(("marketing_analytics",)))
    assert ask(room, "anybody").error["code"] == "permission_denied"
