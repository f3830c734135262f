"""Who is in a segment: after events, after full passes, and whatever goes wrong in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from cdp import connect, events
from cdp.adapters.embedded.queue import SqliteBus, SqliteQueue
from cdp.documents import lists, memberships, merges, outbox, profiles, segments
from cdp.events import MembershipsChanged, ProfilesChanged, Scheduled, SegmentDue
from cdp.query.sql import select
from functions.audiences import evaluating
from functions.audiences.handler import inbox
from functions.audiences.spec import SPEC
from tests.unit.audiences.conftest import Shop, body, definition, did, is_called, member

ANNA = is_called("Anna")
ORDER, VIEW = {"metric": "Placed Order", "value": 10.0}, {"metric": "Viewed Product"}


def none_of(metric_id: str) -> dict[str, object]:
    nothing = {"type": "numeric", "operator": "equals", "value": 0}
    return {**did(metric_id), "measurement_filter": nothing}


def log(shop: Shop, segment_id: str) -> list[tuple[int, str]]:
    outbox.drain(shop.table, connect.lake(shop.settings.lake), shop.account)
    query = select(
        "SELECT profile_no, action FROM segment_log WHERE group_id = :id ORDER BY logged_at", id=segment_id
    )
    rows = connect.engine(shop.settings.engine, shop.settings.lake).run(shop.account, query).to_pylist()
    return [(row["profile_no"], row["action"]) for row in rows]


def test_an_event_lets_its_person_join_and_a_change_leave(shop: Shop) -> None:
    id_ = shop.make("Anna buys", [did(shop.metric("Placed Order"), 2)], [ANNA])
    no = shop.record("a", ORDER, ORDER | {"unique_id": "2"}, first_name="Anna")
    shop.record("b", ORDER, ORDER | {"unique_id": "2"}, first_name="Bea")
    shop.record("c", ORDER, first_name="Anna")
    shop.drain()
    assert shop.members(id_) == {no}
    shop.record("a", VIEW, first_name="Bea")
    shop.drain()
    assert shop.members(id_) == set()
    assert log(shop, id_) == [(no, "joined"), (no, "left")]
    assert memberships.count(shop.table, shop.account, id_) == 0


def test_a_new_person_without_any_event_matches_what_asks_for_none(shop: Shop) -> None:
    id_ = shop.make("No orders", [none_of(shop.metric("Placed Order"))])
    no = shop.record("a", VIEW)
    shop.drain()
    assert shop.members(id_) == {no}
    shop.record("a", ORDER)
    shop.drain()
    assert shop.members(id_) == set()


def test_a_full_pass_finds_what_was_there_before(shop: Shop) -> None:
    metric = shop.metric("Placed Order")
    numbers = {shop.record(f"p{n}", *[ORDER | {"unique_id": str(i)} for i in range(n)]) for n in range(1, 8)}
    id_ = shop.make("Five", [did(metric, 5)])
    assert len(shop.members(id_)) == 3
    assert shop.members(id_) < numbers
    assert memberships.count(shop.table, shop.account, id_) == 3
    changed = shop.caller("PATCH", f"/api/segments/{id_}", body(id_, definition=definition([did(metric, 7)])))
    assert changed.status == 200
    shop.drain()
    assert len(shop.members(id_)) == 1
    assert shop.segment(id_).is_processing is False


def test_segments_of_segments_and_lists_follow_each_other(shop: Shop) -> None:
    news = lists.create(shop.table, shop.account, "News", "single_opt_in", datetime.now(UTC))
    buyers = shop.make("Buyers", [did(shop.metric("Placed Order"))])
    readers = shop.make("Buyers who read", [member(buyers)], [member(news.id)])
    others = shop.make("All others", [member(readers, is_member=False)])
    no = shop.record("a", VIEW)
    shop.drain()
    assert shop.members(others) == {no}
    now = datetime.now(UTC)
    assert memberships.join(shop.table, shop.account, news.id, [no], now) == [no]
    shop.deliver(MembershipsChanged(shop.account, news.id, True, (no,), now.isoformat()))
    assert shop.members(readers) == set()
    shop.record("a", ORDER)
    shop.drain()
    assert (shop.members(buyers), shop.members(readers), shop.members(others)) == ({no}, {no}, set())
    assert shop.caller("DELETE", f"/api/segments/{buyers}").status == 204
    shop.drain()
    assert shop.members(buyers) == shop.members(readers) == set()
    assert shop.members(others) == {no}


def test_who_is_no_more_joins_nothing(shop: Shop) -> None:
    id_ = shop.make("Annas", [ANNA])
    no = shop.record("a", VIEW, first_name="Anna")
    (state,) = profiles.get_many(shop.table, shop.account, [no])
    assert state is not None
    assert profiles.remove(shop.table, shop.account, state)
    shop.drain()
    shop.deliver(SegmentDue(shop.account, id_))
    assert shop.members(id_) == set()


def test_who_is_merged_or_erased_while_joining_leaves_nothing_behind(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = shop.make("Annas", [ANNA])
    merged, erased, kept = (shop.record(who, VIEW, first_name="Anna") for who in ("m", "e", "k"))
    join = memberships.join

    def late(*given: object) -> list[int]:
        shop.table.write([[*merges.puts(shop.account, merged, kept)], [*merges.puts(shop.account, erased, merges.ERASED)]])
        merges.announce(shop.table, shop.account)
        return join(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(memberships, "join", late)
    shop.drain()
    assert shop.members(id_) == {kept}
    assert memberships.count(shop.table, shop.account, id_) == 1


def test_a_repeated_message_tells_again(shop: Shop) -> None:
    id_ = shop.make("Annas", [ANNA])
    anna, bea = shop.record("a", VIEW, first_name="Anna"), shop.record("b", VIEW, first_name="Bea")
    queues = shop.settings.bus.removeprefix("sqlite://")
    listener = SqliteQueue(queues, "listener")
    SqliteBus(queues).set_rules({"MembershipsChanged": ["listener"]})
    shop.drain()
    message = ProfilesChanged(shop.account, changed=(anna, bea))
    shop.deliver(message)
    assert [told(listener)] == [[(id_, True, (anna,))]]
    shop.deliver(message, attempt=2)
    assert told(listener) == [(id_, True, (anna,)), (id_, False, (bea,))]
    SqliteBus(queues).set_rules({rule.message.__name__: ["audiences"] for rule in SPEC.rules})


def told(listener: SqliteQueue) -> list[tuple[str, bool, tuple[int, ...]]]:
    deliveries = listener.receive(100, visibility_s=60)
    listener.ack(deliveries)
    found = [events.decode(one.body) for one in deliveries]
    assert all(isinstance(one, MembershipsChanged) for one in found)
    return [(one.group_id, one.joined, one.profiles) for one in found if isinstance(one, MembershipsChanged)]


def test_a_deleted_segment_loses_its_members(shop: Shop) -> None:
    id_ = shop.make("Annas", [ANNA])
    numbers = [shop.record(f"p{n}", VIEW, first_name="Anna") for n in range(5)]
    shop.drain()
    assert shop.members(id_) == set(numbers)
    shop.caller("DELETE", f"/api/segments/{id_}")
    shop.drain()
    assert memberships.of_profile(shop.table, shop.account, numbers[0]) == {}
    assert sorted(log(shop, id_)) == sorted((no, action) for no in numbers for action in ("joined", "left"))


def test_an_inactive_segment_stays_as_it_is(shop: Shop) -> None:
    id_ = shop.make("Annas", [ANNA])
    anna = shop.record("a", VIEW, first_name="Anna")
    shop.drain()
    shop.caller("PATCH", f"/api/segments/{id_}", body(id_, is_active=False))
    shop.record("a", VIEW, first_name="Bea")
    shop.record("b", VIEW, first_name="Anna")
    shop.deliver(SegmentDue(shop.account, id_), ProfilesChanged(shop.account, changed=(anna,)))
    assert shop.members(id_) == {anna}


def test_a_pass_goes_on_in_the_next_batch_when_its_time_is_over(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.audiences.passing.CHUNK", 2)
    monkeypatch.setattr(evaluating, "BUDGET_S", 0.0)
    numbers = {shop.record(f"p{n}", ORDER) for n in range(9)}
    id_ = shop.create("Buyers", [did(shop.metric("Placed Order"))]).data["id"]
    seen = []
    while shop.turn():
        seen.append((len(shop.members(id_)), shop.segment(id_).is_processing))
    assert seen[:6] == [(2, True), (4, True), (6, True), (8, True), (9, True), (9, False)]
    assert shop.members(id_) == numbers


def test_a_pass_that_dies_goes_on_in_another_process(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.audiences.passing.CHUNK", 2)
    monkeypatch.setattr(evaluating, "BUDGET_S", 0.0)
    numbers = {shop.record(f"p{n}", ORDER) for n in range(9)}
    id_ = shop.create("Buyers", [did(shop.metric("Placed Order"))]).data["id"]
    for _ in range(3):
        shop.messages = inbox(shop.settings)  # knows nothing of passes under way
        shop.deliver(SegmentDue(shop.account, id_))
    assert len(shop.members(id_)) == 6
    monkeypatch.setattr(evaluating, "BUDGET_S", 60.0)
    shop.deliver(SegmentDue(shop.account, id_))
    assert shop.members(id_) == numbers
    assert memberships.count(shop.table, shop.account, id_) == 9


def test_a_definition_that_changes_under_a_pass_is_passed_over_anew(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.audiences.passing.CHUNK", 2)
    monkeypatch.setattr(evaluating, "BUDGET_S", 0.0)
    for n in range(9):
        shop.record(f"p{n}", ORDER, first_name="Anna" if n < 3 else "Bea")
    id_ = shop.create("Buyers", [did(shop.metric("Placed Order"))]).data["id"]
    shop.deliver(SegmentDue(shop.account, id_))
    shop.deliver(SegmentDue(shop.account, id_))
    shop.caller("PATCH", f"/api/segments/{id_}", body(id_, definition=definition([ANNA])))
    shop.drain()
    assert shop.members(id_) == {shop.number(f"p{n}") for n in range(3)}
    assert shop.segment(id_).is_processing is False


def test_the_nightly_pass_follows_the_accounts_own_midnight(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = shop.make("Annas", [ANNA])
    queue = connect.queue(shop.settings.audiences_queue)
    waiting = queue.depth()
    passed = datetime(2026, 6, 30, 21, 30, tzinfo=UTC)  # 23:30 in Paris
    stored = segments.SEGMENTS.get(shop.table, shop.account, id_)
    assert stored is not None
    segments.save(shop.table, shop.account, msgspec.structs.replace(stored.thing, evaluated_at=passed), stored.version)
    for hour, asked in ((passed + timedelta(minutes=20), 0), (passed + timedelta(minutes=40), 1)):
        room = inbox_at(shop, hour, monkeypatch)
        room.deliver(Scheduled("segments", account_id=shop.account))
        assert queue.depth() == waiting + asked


def inbox_at(shop: Shop, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr("functions.audiences.handler.utc_now", lambda: now)
    return replace(shop, messages=inbox(shop.settings))


def test_a_person_who_asks_gets_all_segments_at_the_time_asked_for(shop: Shop) -> None:
    old = (datetime.now(UTC) - timedelta(days=400)).isoformat()
    recent = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 30}
    id_ = shop.make("Lately", [did(shop.metric("Placed Order"), timeframe_filter=recent)])
    no = shop.record("a", ORDER | {"time": old})
    shop.drain()
    assert shop.members(id_) == set()
    then = (datetime.fromisoformat(old) + timedelta(days=1)).isoformat()
    shop.deliver(Scheduled("segments", as_of=then, account_id=shop.account))
    assert shop.members(id_) == {no}
    shown = shop.segment(id_).evaluated_at
    assert shown is not None
    assert shown.isoformat() == then
    shop.deliver(Scheduled("segments", as_of=datetime.now(UTC).isoformat(), account_id=shop.account))
    assert shop.members(id_) == set()


def test_foreign_messages_are_set_aside(shop: Shop) -> None:
    queue = connect.queue(shop.settings.audiences_queue)
    queue.send([events.encode(events.RewriteDue(shop.account))])
    (delivery,) = queue.receive(10, visibility_s=60)
    record = {"messageId": "1", "receiptHandle": delivery.receipt, "body": delivery.body, "attributes": {}}
    assert shop.messages({"Records": [record]}) == {"batchItemFailures": []}
    (letter,) = queue.dead_letters()
    assert "RewriteDue" in letter.reason
    queue.replay()
    queue.ack(queue.receive(10, visibility_s=60))

