"""Whose event is it, when profiles are merged, erased or not known yet (SPEC §2.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from cdp import events
from cdp.adapters.embedded.queue import SqliteQueue
from cdp.documents import listeners, merges, outbox, profiles
from cdp.documents.merges import ERASED
from cdp.events import EventsAccepted, MergeAccepted, Message, ProfilesChanged, RewriteDue
from cdp.inbox import Received
from cdp.lake.tables import PROFILE_HISTORY
from cdp.model.ids import new_short_id, profile_id
from cdp.ports import Queue
from functions.record.recorder import Recorder
from tests.unit.record.test_recorder import RECEIVED, rows


def event(account: str, unique_id: str = "u", **profile: Any) -> EventsAccepted:
    """One event of the profile with these attributes, `id` among them."""
    resource = {"type": "profile", "id": profile.pop("id", None), "attributes": profile}
    attributes = {
        "properties": {}, "unique_id": unique_id, "profile": {"data": resource},
        "metric": {"data": {"type": "metric", "attributes": {"name": "Viewed Product"}}},
    }  # fmt: skip
    body = {"data": {"type": "event", "attributes": attributes}}
    return EventsAccepted(account, RECEIVED, "event", msgspec.Raw(json.dumps(body).encode()))


def record(recorder: Recorder, *messages: EventsAccepted, attempt: int = 1) -> None:
    recorder.process([Received(message, attempt) for message in messages])


def sent(queue: Queue) -> list[Message]:
    """What is in the inbox; it is empty afterwards."""
    found = queue.receive(100, visibility_s=60)
    queue.ack(found)
    return [events.decode(one.body) for one in found]


def remove(recorder: Recorder, account: str, no: int, successor: int) -> None:
    """What a merge or an erasure does to the document."""
    (state,) = profiles.get_many(recorder.table, account, [no])
    assert state is not None
    assert profiles.remove(recorder.table, account, state)
    recorder.table.write([merges.puts(account, no, successor)])
    merges.announce(recorder.table, account)


@pytest.fixture
def account(recorder: Recorder) -> Iterator[str]:
    yield new_short_id()
    for queue in (recorder.profiles_queue, recorder.rewrite_queue):
        sent(queue)


def test_an_anonymous_visitor_who_turns_out_to_be_known_is_merged(recorder: Recorder, account: str) -> None:
    record(recorder, event(account, "1", anonymous_id="cookie"), event(account, "2", email="ann@example.com"))
    assert sent(recorder.profiles_queue) == []
    record(recorder, event(account, "3", email="ann@example.com", anonymous_id="cookie"))
    assert sent(recorder.profiles_queue) == [MergeAccepted(account, source=1, destination=2, anonymous=True)]
    assert rows(recorder, account, "unique_id, profile_no") == [("1", 1), ("2", 2), ("3", 2)]


def test_an_identified_profile_is_never_merged_by_itself(recorder: Recorder, account: str) -> None:
    record(recorder, event(account, "1", anonymous_id="cookie", external_id="x"))
    record(recorder, event(account, "2", email="ann@example.com"))
    record(recorder, event(account, "3", email="ann@example.com", anonymous_id="cookie"))
    assert sent(recorder.profiles_queue) == []


def test_an_anonymous_visitor_who_gives_a_new_address_stays_the_same(recorder: Recorder, account: str) -> None:
    record(recorder, event(account, "1", anonymous_id="cookie"))
    record(recorder, event(account, "2", email="new@example.com", anonymous_id="cookie"))
    assert sent(recorder.profiles_queue) == []
    assert rows(recorder, account, "unique_id, profile_no") == [("1", 1), ("2", 1)]


def test_the_id_of_a_merged_profile_means_its_successor(recorder: Recorder, account: str) -> None:
    record(recorder, event(account, "1", external_id="a"), event(account, "2", external_id="b"))
    remove(recorder, account, 1, 2)
    record(recorder, event(account, "3", id=profile_id(account, 1)))
    assert rows(recorder, account, "unique_id, profile_no")[-1] == ("3", 2)


def test_events_of_an_erased_person_are_dropped_and_hold_up_nobody(recorder: Recorder, account: str) -> None:
    record(recorder, event(account, "1", external_id="a"), event(account, "2", external_id="b"))
    remove(recorder, account, 1, ERASED)
    record(recorder, event(account, "3", id=profile_id(account, 1)), event(account, "4", external_id="b"))
    assert rows(recorder, account, "unique_id") == [("1",), ("2",), ("4",)]


def test_a_merge_while_rows_are_on_their_way_moves_them_too(
    recorder: Recorder, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(recorder, event(account, "1", external_id="a"), event(account, "2", external_id="b"))
    append, merged = recorder.lake.append, []

    def merge_first(account_id: str, table: Any, given: Any) -> Any:
        if not merged:
            merged.append(True)
            remove(recorder, account_id, 1, 2)
            waiting = {no: version for no, (_, version) in merges.pending(recorder.table, account_id).items()}
            merges.done(recorder.table, account_id, waiting)  # the lake was rewritten before our rows came
        return append(account_id, table, given)

    monkeypatch.setattr(recorder.lake, "append", merge_first)
    record(recorder, event(account, "3", external_id="a"))
    assert list(merges.pending(recorder.table, account)) == [1]
    assert sent(recorder.rewrite_queue) == [RewriteDue(account)]
    assert rows(recorder, account, "unique_id, profile_no")[-1] == ("3", 1)  # until `rewrite` has been


def test_profiles_are_announced_to_who_listens(recorder: Recorder, listener: SqliteQueue, account: str) -> None:
    record(recorder, event(account, "1", external_id="a"))
    listeners.add(recorder.table, account, listeners.PROFILES, "test")
    sent(listener)
    record(recorder, event(account, "2", external_id="a", first_name="Ann"), event(account, "3", external_id="b"))
    record(recorder, event(account, "4", external_id="a", first_name="Ann"))  # nothing new
    assert sent(listener) == [ProfilesChanged(account, created=(2,), changed=(1,))]
    record(recorder, event(account, "4", external_id="a", first_name="Ann"), attempt=2)  # it may have died before
    assert sent(listener) == [ProfilesChanged(account, created=(), changed=(1,))]


def test_the_history_of_a_profile_reaches_the_lake(recorder: Recorder, account: str) -> None:
    record(recorder, event(account, "1", external_id="a", properties={"Size": 3, "Tags": ["x"]}))
    record(recorder, event(account, "2", external_id="a", properties={"Size": 4}, first_name="Ann"))
    record(recorder, event(account, "3", external_id="a", properties={"Size": None}))
    assert outbox.drain(recorder.table, recorder.lake, account) == 3
    found = rows(recorder, account, "property, value, row_number() OVER (PARTITION BY property ORDER BY revision)",
                 PROFILE_HISTORY)  # fmt: skip
    assert [one for one in found if one[0] != "created"] == [
        ("external_id", '"a"', 1), ("first_name", '"Ann"', 1), ("properties.Size", "3", 1),
        ("properties.Size", "4", 2), ("properties.Size", None, 3), ("properties.Tags", '["x"]', 1),
    ]  # fmt: skip
