"""Rows of merged profiles move, those of erased persons vanish, whatever dies when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from cdp import events
from cdp.documents import erasures, jobs, memberships, merges, outbox
from cdp.documents.jobs import Job
from cdp.documents.outbox import RecordChange
from cdp.events import RewriteDue
from cdp.inbox import Received
from cdp.lake.tables import EVENTS, OBJECT_RECORDS, ORDER_ITEMS, PROFILE_HISTORY, SEGMENT_LOG, TABLES
from cdp.model.ids import event_no
from cdp.ports import Lake
from functions.rewrite.moving import LINES_WAIT
from tests.unit.rewrite.conftest import LATER, Dying, Killed, Shop, dying

AT = datetime.now(UTC)


def merge(shop: Shop, source: str, into: str) -> int:
    return shop.end(source, shop.no(into))


def record_of(shop: Shop, no: int, revision: int = 1) -> None:
    import msgspec

    change = RecordChange("type", "r", no, revision, AT, msgspec.Raw(b'{"a":1}'))
    shop.table.write([[outbox.put(shop.account, change)]])


def test_events_lines_and_records_move_and_the_rest_of_the_source_goes(shop: Shop) -> None:
    shop.send("ann", "a1", lines=2)
    shop.send("ann", "a2", time="2025-12-24T10:00:00Z")
    shop.send("bob", "b1", lines=1)
    shop.send("eve", "e1", lines=1)
    ann, bob, eve = map(shop.no, ("ann", "bob", "eve"))
    record_of(shop, ann)
    memberships.join(shop.table, shop.account, "LIST01", [ann, eve], AT)
    shop.rewrite()
    assert {no for (no,) in shop.rows(SEGMENT_LOG, "profile_no")} == {ann, eve}
    assert {no for (no,) in shop.rows(PROFILE_HISTORY, "profile_no")} == {ann, bob, eve}
    merge(shop, "ann", "bob")
    shop.rewrite()
    assert shop.rows() == [(bob, "a1"), (bob, "a2"), (bob, "b1"), (eve, "e1")]
    assert shop.rows(ORDER_ITEMS, "profile_no, line") == [(bob, 0), (bob, 0), (bob, 1), (eve, 0)]
    (metric,) = {metric for (metric,) in shop.rows(columns="metric_id")}
    ids = {event_no(shop.account, metric, bob, u) for u in ("a1", "a2", "b1")}
    assert {i for no, i in shop.rows(columns="profile_no, event_id") if no == bob} == ids
    assert {i for no, i in shop.rows(ORDER_ITEMS, "profile_no, event_id") if no == bob} <= ids
    assert shop.rows(OBJECT_RECORDS, "profile_no, record_id, revision, properties") == [(bob, "r", 1, '{"a":1}')]
    assert {no for (no,) in shop.rows(SEGMENT_LOG, "profile_no")} == {bob, eve}, "the membership moved, too"
    assert {no for (no,) in shop.rows(PROFILE_HISTORY, "profile_no")} == {bob, eve}
    assert merges.pending(shop.table, shop.account) == {}


def test_the_destination_keeps_its_own_event_and_lines(shop: Shop) -> None:
    shop.send("bob", "same", value=1.0, lines=1)
    shop.send("ann", "same", value=2.0, lines=3)
    shop.send("cat", "same", value=3.0, lines=4)
    shop.send("cat", "only", value=4.0, lines=2)
    shop.send("ann", "only", value=5.0, lines=5)
    bob = shop.no("bob")
    merge(shop, "ann", "bob")
    merge(shop, "cat", "bob")
    shop.rewrite()
    held = shop.rows(columns="profile_no, unique_id, value, event_id")
    assert [row[:2] for row in held] == [(bob, "only"), (bob, "same")]
    only, same = held
    assert same[2] == 1.0
    assert only[2] in (4.0, 5.0)
    lines = shop.rows(ORDER_ITEMS, "profile_no, event_id")
    assert lines.count((bob, same[3])) == 1
    assert lines.count((bob, only[3])) == {4.0: 2, 5.0: 5}[only[2]], "an event keeps its own lines"
    assert len(lines) == 1 + lines.count((bob, only[3]))


def test_an_event_without_id_is_known_by_its_second(shop: Shop) -> None:
    for who in ("ann", "bob"):
        shop.send(who, "", time="1969-12-31T23:59:58.500Z")
    shop.send("ann", "", time="2026-01-31T23:59:59.900Z")
    merge(shop, "ann", "bob")
    shop.rewrite()
    bob = shop.no("bob")
    assert shop.rows() == [(bob, None), (bob, None)]
    shop.send("bob", "", time="2026-01-31T23:59:59.100Z")
    shop.send("bob", "", time="1969-12-31T23:59:58.900Z")
    assert len(shop.rows()) == 2, "the moved events have the numbers that bob's own would have"


def test_lines_wait_for_their_event(shop: Shop) -> None:
    """A batch is between its two appends when its profile is merged and the rows move."""
    shop.send("bob", "b1")
    shop.send("ann", "a1")
    ann, bob = shop.no("ann"), shop.no("bob")

    class Between:
        """Merges and rewrites right before the events come in."""

        def append(self, account_id: str, table: Any, rows: pa.Table) -> Any:
            if table is EVENTS:
                merge(shop, "ann", "bob")
                merges.announce(shop.table, shop.account)
                shop.rewrite()
                assert {no for (no,) in shop.rows(ORDER_ITEMS, "profile_no")} == {ann}, "not to be moved yet"
            return shop.lake.append(account_id, table, rows)

    shop.send("ann", "a2", lines=3, lake=Between())  # type: ignore[arg-type]
    (due,) = shop.queue.receive(9, visibility_s=60)
    assert events.decode(due.body) == RewriteDue(shop.account), "the recorder noticed and asks again"
    shop.queue.ack([due])
    shop.rewrite()
    assert shop.rows() == [(bob, "a1"), (bob, "a2"), (bob, "b1")]
    assert shop.rows(ORDER_ITEMS, "profile_no, line") == [(bob, 0), (bob, 1), (bob, 2)]
    assert merges.pending(shop.table, shop.account) == {}


def test_lines_whose_event_never_came_are_dropped_in_the_end(shop: Shop) -> None:
    shop.send("bob", "b1")
    shop.send("ann", "a1")
    lines_only = Dying(shop.lake, iter([0, 1, 2, 3]), 1, done=False)
    with pytest.raises(Killed):
        shop.send("ann", "a2", lines=3, lake=lines_only)
    ann = merge(shop, "ann", "bob")
    shop.rewrite()
    assert merges.pending(shop.table, shop.account).keys() == {ann}
    shop.now += LINES_WAIT + LATER
    shop.rewrite()
    assert shop.rows(ORDER_ITEMS, "profile_no") == []
    assert merges.pending(shop.table, shop.account) == {}


def test_an_erased_person_is_gone_and_the_job_says_so_then(shop: Shop) -> None:
    shop.send("ann", "a1", lines=2)
    shop.send("bob", "b1", lines=1)
    ann, bob = shop.no("ann"), shop.no("bob")
    record_of(shop, ann)
    memberships.join(shop.table, shop.account, "LIST01", [ann, bob], AT)
    job = Job(jobs.new_id(), erasures.KIND, AT, "processing", 1)
    erasures.begin(shop.table, shop.account, job, [ann])
    shop.rewrite()
    assert status(shop, job) == "processing", "the documents are still there"
    shop.end("ann", merges.ERASED)
    with pytest.raises(Killed):
        shop.rewrite(**dying(shop, 14, done=True))
    assert status(shop, job) == "processing"
    shop.rewrite()
    assert status(shop, job) == "complete"
    assert shop.rewriter().bearing(shop.account, [ann, bob]) == {bob}
    for table in TABLES:
        assert {no for (no,) in shop.rows(table, "profile_no")} <= {bob}


def test_a_job_waits_for_those_its_person_was_merged_into(shop: Shop) -> None:
    for who in ("ann", "bob", "cat"):
        shop.send(who, who)
    ann = shop.no("ann")
    job = Job(jobs.new_id(), erasures.KIND, AT, "processing", 1)
    erasures.begin(shop.table, shop.account, job, [ann])
    merge(shop, "ann", "bob")
    shop.rewrite()
    assert status(shop, job) == "processing"
    shop.end("bob", merges.ERASED)
    shop.rewrite()
    assert status(shop, job) == "complete"
    assert shop.rows() == [(shop.no("cat"), "cat")]


def status(shop: Shop, job: Job) -> str:
    stored = jobs.get(shop.table, shop.account, erasures.KIND, job.id)
    assert stored is not None
    return stored.status


def test_an_append_behind_the_pass_is_moved_by_the_next(shop: Shop) -> None:
    """The batch looked the profile up before the merge and writes after the rows have moved."""
    shop.send("ann", "a1")
    shop.send("bob", "b1")
    shop.send("cat", "c1")
    cat_no = shop.no("cat")

    class Late:
        def append(self, account_id: str, table: Any, rows: pa.Table) -> Any:
            merge(shop, "ann", "bob")
            shop.end("cat", merges.ERASED)
            shop.rewrite()
            assert merges.pending(shop.table, shop.account) == {}
            return shop.lake.append(account_id, table, rows)

    recorder = shop.recorder(Late())  # type: ignore[arg-type]
    recorder.process([Received(shop.accepted("ann", "a2"), 1)])
    assert shop.queue.depth() == 1
    shop.rewrite()
    bob = shop.no("bob")
    assert shop.rows() == [(bob, "a1"), (bob, "a2"), (bob, "b1")]
    assert not shop.rewriter().bearing(shop.account, [cat_no])


def test_changes_drained_behind_the_pass_are_dropped_by_the_next(shop: Shop) -> None:
    """Somebody else drains the outbox: what he read before the pass, he appends after it."""
    shop.send("ann", "a1")
    ann = shop.no("ann")

    class Late:
        def append(self, account_id: str, table: Any, rows: pa.Table) -> Any:
            shop.rewrite()
            return shop.lake.append(account_id, table, rows)

    shop.end("ann", merges.ERASED)
    outbox.drain(shop.table, Late(), shop.account)  # type: ignore[arg-type]
    shop.rewrite()
    assert not shop.rewriter().bearing(shop.account, [ann])
    assert merges.pending(shop.table, shop.account) == {}


def test_many_merges_are_one_pass(shop: Shop) -> None:
    people = 60
    shop.recorder().process([Received(shop.accepted(f"p{n}", f"u{n}"), 1) for n in range(people)])
    into = shop.no("p0")
    for n in range(1, people):
        shop.end(f"p{n}", into)
    lake = Counting(shop.lake)
    shop.rewrite(lake=lake)
    assert shop.rows() == sorted((into, f"u{n}") for n in range(people))
    assert lake.replaced == ["events", "object_records", "profile_history", "segment_log"]


class Counting:
    """A lake that tells which tables were replaced."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.replaced: list[str] = []

    def replace(self, account_id: str, table: Any, numbers: Any, change: Any) -> Any:
        self.replaced.append(table.name)
        return self._lake.replace(account_id, table, numbers, change)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lake, name)


def test_a_membership_written_at_the_end_of_a_profile_follows_it(shop: Shop) -> None:
    """Whoever added it died before he could look whether the profile was still there."""
    for who in ("ann", "bob", "cat"):
        shop.send(who, who)
    ann, bob, cat = map(shop.no, ("ann", "bob", "cat"))
    memberships.join(shop.table, shop.account, "LIST01", [bob], AT)
    merge(shop, "ann", "bob")
    shop.end("cat", merges.ERASED)
    memberships.join(shop.table, shop.account, "LIST01", [ann, cat], AT)
    shop.rewrite()
    memberships.join(shop.table, shop.account, "LIST02", [ann, cat], AT)
    shop.rewrite()
    for group_id in ("LIST01", "LIST02"):
        assert [m.profile_no for m in memberships.page(shop.table, shop.account, group_id)] == [bob]
        assert memberships.count(shop.table, shop.account, group_id) == 1
    assert {no for (no,) in shop.rows(SEGMENT_LOG, "profile_no")} == {bob}
