"""Merging profiles: what becomes of everything they had, whatever stops or happens on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp import connect
from cdp.documents import listeners, memberships, merges, profiles, push_tokens, records
from cdp.documents.records import Record, Write
from cdp.events import MembershipsChanged, MergeAccepted, ProfilesChanged, RewriteDue
from cdp.model import consent
from cdp.model.consent import EMAIL, Word
from cdp.model.profile import MAX_ANONYMOUS, Profile
from cdp.model.union import united
from functions.profiles.working import Worker
from tests.unit.profiles.conftest import Room, body
from tests.unit.trust import trusted_owner

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def merge_body(destination: str, *sources: str) -> dict[str, Any]:
    related = {"profiles": {"data": [{"type": "profile", "id": id_} for id_ in sources]}}
    return {"data": {"type": "profile-merge", "id": destination, "relationships": related}}


def merge(room: Room, source: str, destination: str) -> None:
    answer = room.caller("POST", "/api/profile-merge", merge_body(destination, source))
    assert answer.status == 201, answer.document
    assert answer.data["id"] == destination
    assert room.drain() == []


def worker(room: Room) -> Worker:
    queues = (room.settings.profiles_queue, room.settings.record_queue, room.settings.rewrite_queue)
    return Worker(room.table, connect.bus(room.settings.bus), *map(connect.queue, queues))


def test_everything_of_the_source_is_the_destinations(room: Room) -> None:
    anna = room.id_of(
        email="anna@shop.example", phone_number="+15005550001", first_name="Anna",
        properties={"size": "M", "a": 1}, location={"city": "Lyon"},
    )  # fmt: skip
    old = room.id_of(
        email="old@shop.example", external_id="7", phone_number="+15005550002", first_name="A.", last_name="Berg",
        properties={"size": "L", "b": 2}, location={"city": "Paris", "zip": "75011"},
    )  # fmt: skip
    news, other = room.new_list("News"), room.new_list("Other")
    at = datetime.now(UTC) - timedelta(days=2)
    memberships.join(room.table, room.account_id, news, [room.no(old)], at)
    memberships.join(room.table, room.account_id, other, [room.no(old)], at)
    memberships.join(room.table, room.account_id, other, [room.no(anna)], at + timedelta(days=1))
    token = {"token": "t", "platform": "ios", "vendor": "apns", "profile": body(old)}
    assert room.caller("POST", "/api/push-tokens", {"data": {"type": "push-token", "attributes": token}}).status == 202
    before = room.shown(old)
    merge(room, old, anna)
    found = room.shown(anna)
    assert (found["email"], found["external_id"]) == ("anna@shop.example", "7")
    assert (found["first_name"], found["last_name"]) == ("Anna", "Berg")
    assert found["properties"] == {"size": "M", "a": 1, "b": 2}
    assert (found["location"]["city"], found["location"]["zip"]) == ("Lyon", "75011")
    assert found["created"] == min(before["created"], found["created"])
    assert room.caller.get(f"/api/profiles/{old}").status == 404
    names = ("email", "old@shop.example"), ("external_id", "7"), ("email", "anna@shop.example")
    for kind, value in (*names, ("phone_number", "+15005550001"), ("phone_number", "+15005550002")):
        assert [one["id"] for one in room.caller.get("/api/profiles", filter=f'equals({kind},"{value}")').data] == [anna]
    assert memberships.of_profile(room.table, room.account_id, room.no(anna)) == {news: at, other: at}
    assert memberships.count(room.table, room.account_id, other) == 1
    assert [one.token for one in push_tokens.of_profile(room.table, room.account_id, room.no(anna))] == ["t"]
    assert merges.pending(room.table, room.account_id).keys() == {room.no(old)}
    assert room.sent(room.settings.rewrite_queue) == [RewriteDue(room.account_id)]
    assert len(room.caller.get("/api/profiles").data) == 1


def test_what_names_the_old_profile_means_the_new_one(room: Room) -> None:
    a, b, c = (room.id_of(email=f"{name}@shop.example") for name in "abc")
    room.caller("POST", "/api/profile-merge", merge_body(b, a))
    room.caller("POST", "/api/profile-merge", merge_body(c, b))
    room.caller("POST", "/api/profile-merge", merge_body(a, c))  # accepted while all three were there
    assert room.drain() == []
    (left,) = room.caller.get("/api/profiles").data
    assert left["id"] == c
    assert merges.successors(room.table, room.account_id, [room.no(a), room.no(b)]) == dict.fromkeys(
        [room.no(a), room.no(b)], room.no(c)
    )
    changed = room.caller("POST", "/api/profile-import", body(email="a@shop.example", first_name="A"))
    assert changed.data["id"] == c
    for method, url in (("POST", "/api/profile-import"), ("PATCH", f"/api/profiles/{a}")):
        assert room.caller(method, url, body(a, first_name="B")).status in (400, 404)
    assert room.shown(c)["first_name"] == "A"


def test_what_cannot_be_merged(room: Room) -> None:
    a, b = room.id_of(email="a@shop.example"), room.id_of(email="b@shop.example")
    nobody = "0" * 26
    for sent, status, pointer in (
        (merge_body(a, a), 400, "/data/relationships/profiles/data/0/id"),
        (merge_body(a), 400, "/data/relationships/profiles/data"),
        (merge_body(a, b, b), 400, "/data/relationships/profiles/data"),
        (merge_body(nobody, b), 404, "/data/id"),
        (merge_body(a, nobody), 404, "/data/relationships/profiles/data/0/id"),
        ({"data": {"type": "profile-merge", "id": a}}, 400, "/data/relationships"),
    ):
        error = room.caller("POST", "/api/profile-merge", sent).error
        assert (error["status"], error["source"]) == (status, {"pointer": pointer})
    merge(room, b, a)
    assert room.caller("POST", "/api/profile-merge", merge_body(a, b)).status == 404


def test_many_identifiers_come_along_and_go_on_pointing_there(room: Room) -> None:
    table, account = room.table, room.account_id
    a, b = room.no(room.id_of(email="a@shop.example")), room.no(room.id_of(email="b@shop.example"))
    for no, name in ((a, "a"), (b, "b")):
        state = profiles.get_many(table, account, [no])[0]
        for first in range(0, 50, 10):
            assert state is not None
            fresh = tuple(("anonymous_id", f"{name}{i}") for i in range(first, first + 10))
            state.profile.others = (*state.profile.others, *fresh)
            assert profiles.save(table, account, [state]) == [True]
            state = profiles.get_many(table, account, [no])[0]
    assert trusted_owner(table, account, "anonymous_id", "a49") == a
    worker(room)._work(MergeAccepted(account, a, b))
    state = profiles.get_many(table, account, [b])[0]
    assert state is not None
    held = dict.fromkeys(state.profile.identities(), b)
    assert len(held) == MAX_ANONYMOUS + 2
    everything = [("anonymous_id", f"{name}{i}") for name in "ab" for i in range(50)]
    found = profiles.find(table, account, [*everything, ("email", "a@shop.example"), ("email", "b@shop.example")])
    assert found == held
    assert trusted_owner(table, account, "anonymous_id", "a49") == b


@pytest.mark.parametrize("trusted", [True, False])
def test_trust_is_kept_only_by_a_private_key(room: Room, trusted: bool) -> None:
    anna, visitor = room.no(room.id_of(email="anna@shop.example")), room.no(room.id_of(anonymous_id="cookie"))
    worker(room)._work(MergeAccepted(room.account_id, visitor, anna, trusted=trusted, anonymous=True))
    owner = trusted_owner(room.table, room.account_id, "anonymous_id", "cookie")
    assert owner == (anna if trusted else None)
    assert profiles.find(room.table, room.account_id, [("anonymous_id", "cookie")]) == {("anonymous_id", "cookie"): anna}


def test_a_visitor_is_merged_only_while_nobody_in_particular(room: Room) -> None:
    anna, visitor = room.no(room.id_of(email="anna@shop.example")), room.id_of(anonymous_id="cookie")
    room.caller("PATCH", f"/api/profiles/{visitor}", body(visitor, email="bert@shop.example"))
    worker(room)._work(MergeAccepted(room.account_id, room.no(visitor), anna, anonymous=True))
    assert room.shown(visitor)["email"] == "bert@shop.example"


@pytest.mark.parametrize("via", ["/api/profile-import", "bulk"])
def test_a_visitor_who_gives_a_name_is_merged_by_the_rooms_own_writes(room: Room, via: str) -> None:
    anna = room.id_of(email="anna@shop.example")
    visitor = room.id_of(anonymous_id="cookie", properties={"seen": 1})
    sent = body(email="anna@shop.example", anonymous_id="cookie")
    if via == "bulk":
        rows = {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": [sent["data"]]}}}
        room.caller("POST", "/api/profile-bulk-import-jobs", {"data": rows})
    else:
        room.caller("POST", via, sent)
    assert room.drain() == []
    assert room.caller.get(f"/api/profiles/{visitor}").status == 404
    assert room.shown(anna)["properties"] == {"seen": 1}
    assert trusted_owner(room.table, room.account_id, "anonymous_id", "cookie") == room.no(anna)


def test_others_are_told(room: Room) -> None:
    bus = connect.bus(room.settings.bus)
    bus.set_rules({"ProfilesChanged": ["listener"], "MembershipsChanged": ["listener"]})  # type: ignore[attr-defined]
    listener = room.settings.profiles_queue.replace("#profiles", "#listener")
    listeners.add(room.table, room.account_id, listeners.PROFILES, "test")
    a, b = room.id_of(email="a@shop.example"), room.id_of(email="b@shop.example")
    assert room.sent(listener) == [ProfilesChanged(room.account_id, (room.no(one),)) for one in (a, b)]
    room.caller("PATCH", f"/api/profiles/{a}", body(a, email="a@shop.example"))  # changes nothing
    assert room.sent(listener) == [ProfilesChanged(room.account_id, changed=(room.no(a),))]
    news, at = room.new_list(), datetime.now(UTC)
    memberships.join(room.table, room.account_id, news, [room.no(a)], at)
    merge(room, a, b)
    profiles_changed, joined = room.sent(listener)
    assert profiles_changed == ProfilesChanged(room.account_id, changed=(room.no(b),))
    assert isinstance(joined, MembershipsChanged)
    assert (joined.group_id, joined.joined, joined.profiles) == (news, True, (room.no(b),))


@pytest.mark.parametrize("many", [0, 15])
def test_a_merge_that_is_cut_short_anywhere_ends_the_same(
    room: Room, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """Every try gets one write through and fails at the next; every state between has each identifier in one
    place, and the person is never away."""
    table, account = room.table, room.account_id
    a, b = room.id_of(email="a@shop.example", properties={"x": 1}), room.id_of(email="b@shop.example")
    for first in range(0, many, 5):
        state = profiles.get(table, account, a)
        assert state is not None
        extra = tuple(("anonymous_id", f"c{i}") for i in range(first, first + 5))
        state.profile.others = (*state.profile.others, *extra)
        assert profiles.save(table, account, [state]) == [True]
    lists = [room.new_list(f"L{i}") for i in range(3)]
    for list_id in lists:
        memberships.join(table, account, list_id, [room.no(a)], NOW)
    record = Record("T" * 26, "r1", NOW, no=room.no(a), properties={"1": "x"})
    records.save(table, account, [Write(None, record)])
    write, runs = table.write, 0
    while True:
        runs += 1
        left = 2

        def failing(transactions: Any) -> list[bool]:
            nonlocal left
            left -= 1
            if left == 0:
                raise OSError("the machine stops")
            return write(transactions)

        monkeypatch.setattr(table, "write", failing)
        try:
            worker(room)._work(MergeAccepted(account, room.no(a), room.no(b)))
            done = True
        except OSError:
            done = False
        monkeypatch.setattr(table, "write", write)
        wanted = [("email", "a@shop.example"), *(("anonymous_id", f"c{i}") for i in range(many))]
        owners = profiles.find(table, account, wanted)
        assert owners.keys() == set(wanted)
        stored = {no: profiles.get_many(table, account, [no])[0] for no in set(owners.values())}
        for identity, no in owners.items():
            state = stored[no]
            assert state is not None
            assert identity in set(state.profile.identities())
        if done:
            break
    assert runs >= 5 + many // 15
    assert set(owners.values()) == {room.no(b)}
    assert room.shown(b)["properties"] == {"x": 1}
    assert memberships.of_profile(table, account, room.no(b)) == dict.fromkeys(lists, NOW)
    assert memberships.of_profile(table, account, room.no(a)) == {}
    assert list(records.of_profile(table, account, "T" * 26, room.no(b))) == [{"1": "x"}]
    assert merges.pending(table, account).keys() == {room.no(a)}
    assert RewriteDue(account) in room.sent(room.settings.rewrite_queue)


SAID = st.lists(st.tuples(st.sampled_from(["yes", "no", "stop", "go"]), st.integers(0, 9)), max_size=4)


def said(words: list[tuple[str, int]]) -> Profile:
    profile = Profile(1, NOW, NOW, email="a@shop.example")
    for word, day in sorted(words, key=lambda one: one[1]):
        at = NOW + timedelta(days=day)
        if word == "yes":
            consent.subscribe(profile, EMAIL, Word(at, at))
        elif word == "no":
            consent.unsubscribe(profile, EMAIL, Word(at, at))
        elif word == "stop":
            consent.suppress(profile, at)
        else:
            consent.unsuppress(profile, at)
    return profile


@settings(max_examples=150, deadline=None)
@given(SAID, SAID)
def test_united_consents(mine: list[tuple[str, int]], theirs: list[tuple[str, int]]) -> None:
    one, other = said(mine), said(theirs)
    both = united(one, other, NOW)
    words = [(day, word) for word, day in (*mine, *theirs) if word in ("yes", "no")]
    if words:
        newest = max(day for day, _ in words)
        held = {word for day, word in words if day == newest}
        expected = {"SUBSCRIBED" if word == "yes" else "UNSUBSCRIBED" for word in held}
        assert consent.record(both, EMAIL)["consent"] in expected
    reasons = {entry["reason"] for entry in both.suppressions("suppression")}
    either = {entry["reason"] for p in (one, other) for entry in p.suppressions("suppression")}
    assert reasons <= either
    assert ("USER_SUPPRESSED" in either) == ("USER_SUPPRESSED" in reasons)
    if consent.record(both, EMAIL).get("consent") == "UNSUBSCRIBED":
        assert "UNSUBSCRIBE" in reasons
    again = united(both, other, NOW)
    assert again.subscriptions == both.subscriptions
