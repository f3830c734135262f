"""Recording: every event once, whatever is repeated; the rows as they should be."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp import events
from cdp.adapters.embedded.queue import SqliteQueue
from cdp.documents import jobs, listeners, metrics
from cdp.errors import Rejected
from cdp.events import EventRecorded, EventsAccepted, Scheduled
from cdp.inbox import Received, consume
from cdp.lake.tables import EVENTS, ORDER_ITEMS, LakeTable
from cdp.model.ids import new_short_id
from functions.record.recorder import JOB, Recorder

RECEIVED = "2026-03-01T11:59:59.500000+00:00"


def accepted(account: str, *given: dict[str, Any], who: str = "x", job: str | None = None, **more: Any) -> EventsAccepted:
    """A bulk request: one profile, events with `metric` and attributes."""
    plain = [
        {"type": "event", "attributes": {
            "properties": {}, **{k: v for k, v in one.items() if k != "metric"},
            "metric": {"data": {"type": "metric", "attributes": {"name": one.get("metric", "Placed Order")}}},
        }}
        for one in given
    ]  # fmt: skip
    item = {"profile": {"data": {"type": "profile", "attributes": {"external_id": who}}}, "events": {"data": plain}, **more}
    items = [{"type": "event-bulk-create", "attributes": item}]
    body = {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": items}}}}
    return EventsAccepted(account, RECEIVED, "bulk", msgspec.Raw(json.dumps(body).encode()), job)


def record(recorder: Recorder, *messages: EventsAccepted, attempt: int = 1) -> None:
    recorder.process([Received(message, attempt) for message in messages])


def rows(recorder: Recorder, account: str, columns: str, table: LakeTable = EVENTS) -> list[tuple[Any, ...]]:
    files = recorder.lake.files(account, table)
    if not files:
        return []
    connection = duckdb.connect()
    found = connection.execute(f"SELECT {columns} FROM read_parquet(?) ORDER BY ALL", [files]).fetchall()
    connection.close()
    return found


Step = st.tuples(st.sampled_from("ab"), st.sampled_from(["Placed Order", "Viewed Product"]), st.sampled_from("12345"))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(Step, min_size=1, max_size=5), min_size=1, max_size=6), st.data())
def test_the_first_event_with_a_unique_id_is_kept(recorder: Recorder, requests: list[list[Any]], data: st.DataObject) -> None:
    account = new_short_id()
    oracle: dict[tuple[str, str, str], float] = {}
    messages, value = [], 0.0
    for request in requests:
        for who, metric, unique_id in request:
            value += 1
            oracle.setdefault((who, metric, unique_id), value)
            messages.append(accepted(account, {"metric": metric, "unique_id": unique_id, "value": value}, who=who))
    done = 0
    while done < len(messages):  # in batches of any size, some of them delivered again and again
        size = data.draw(st.integers(1, 4))
        record(recorder, *messages[done : done + size])
        done += size
        again = data.draw(st.lists(st.sampled_from(messages[:done]), max_size=3))
        if again:
            record(recorder, *again, attempt=2)
    assert sorted(v for (v,) in rows(recorder, account, "value")) == sorted(oracle.values())


def test_without_unique_id_a_second_holds_one_event(recorder: Recorder) -> None:
    account = new_short_id()
    times = ["2026-02-01T10:00:00Z", "2026-02-01T10:00:00.900Z", "2026-02-01T10:00:01Z", "2026-02-01T11:00:00+01:00"]
    record(recorder, accepted(account, *({"time": time} for time in times)))
    assert len(rows(recorder, account, "occurred_at::varchar")) == 2


def test_a_unique_id_counts_whatever_the_time(recorder: Recorder) -> None:
    account = new_short_id()
    record(recorder, accepted(account, {"unique_id": "u", "time": "2026-02-01"}))
    recorder.lake.compact(account, EVENTS, everything=True)
    record(recorder, accepted(account, {"unique_id": "u", "time": "2025-01-01"}))
    assert len(rows(recorder, account, "event_id")) == 1


def test_a_row_holds_what_was_sent(recorder: Recorder) -> None:
    account = new_short_id()
    properties = {
        "OrderId": 1001, "ProductID": "P1", "$value": "19.99", "$message": "M", "$flow": "F", "Campaign Name": "C",
    }  # fmt: skip
    record(recorder, accepted(account, {"metric": "Clicked Email", "properties": properties, "time": "2026-01-31T23:30:00-05:00"}))
    ((value, order, product, channel, message, campaign, flow, month, at, text),) = rows(
        recorder, account,
        "value, order_id, product_id, channel, message, campaign, flow, month, occurred_at::varchar, properties",
    )  # fmt: skip
    assert (value, order, product) == (19.99, "1001", "P1")
    assert (channel, message, campaign, flow) == ("email", "M", "C", "F")
    assert month == 2026 * 12 + 1
    assert at.startswith("2026-02-01 04:30:00")
    assert json.loads(text) == properties


def test_lines_of_an_order(recorder: Recorder) -> None:
    account = new_short_id()
    items = [
        {"ProductID": "A", "ProductName": "Tea", "Quantity": 2, "ItemPrice": 4.5, "Categories": ["Drinks"]},
        {"SKU": "B", "price": "7"},
        "no object",
    ]
    message = accepted(account, {"unique_id": "o1", "properties": {"Items": items}})
    record(recorder, message)
    record(recorder, message, attempt=2)
    columns = "line, order_id, product_id, product_name, quantity, item_price, categories"
    assert rows(recorder, account, columns, ORDER_ITEMS) == [
        (0, "o1", "A", "Tea", 2.0, 4.5, '["Drinks"]'),
        (1, "o1", "B", None, 1.0, 7.0, None),
    ]


def test_lines_that_a_fault_left_out_are_added_by_the_next_try(recorder: Recorder) -> None:
    """The lines are written before the event: an event without lines cannot come of a fault, so the other way
    round is tried: lines are there, the event is not."""
    account = new_short_id()
    message = accepted(account, {"unique_id": "o1", "properties": {"Items": [{"SKU": "B"}]}})
    append, fault = recorder.lake.append, OSError("power cut")

    def cut(account_id: str, table: LakeTable, given: Any) -> Any:
        if table is EVENTS:
            raise fault
        return append(account_id, table, given)

    recorder.lake.append = cut  # type: ignore[method-assign]
    try:
        with pytest.raises(OSError, match="power cut"):
            record(recorder, message)
    finally:
        del recorder.lake.append  # type: ignore[attr-defined]
    record(recorder, message, attempt=2)
    assert len(rows(recorder, account, "event_id")) == 1
    assert len(rows(recorder, account, "event_id", ORDER_ITEMS)) == 1


def _announced(listener: SqliteQueue) -> list[EventRecorded]:
    deliveries = listener.receive(100, visibility_s=60)
    listener.ack(deliveries)
    messages = [events.decode(delivery.body) for delivery in deliveries]
    return [message for message in messages if isinstance(message, EventRecorded)]


def test_only_what_is_listened_to_is_announced(recorder: Recorder, listener: SqliteQueue) -> None:
    account = new_short_id()
    record(recorder, accepted(account, {"unique_id": "0"}))
    assert _announced(listener) == []
    (metric,) = metrics.all_metrics(recorder.table, account)
    listeners.add(recorder.table, account, metric.id, "a-webhook")
    message = accepted(account, {"unique_id": "1", "value": 5}, {"unique_id": "2", "metric": "Other"})
    record(recorder, message)
    (told,) = _announced(listener)
    assert (told.metric_name, told.value, told.account_id) == ("Placed Order", 5.0, account)
    record(recorder, accepted(account, {"unique_id": "1"}))
    assert _announced(listener) == []  # a client's repetition is no event
    record(recorder, message, attempt=2)
    assert [again.event_id for again in _announced(listener)] == [told.event_id]  # at least once after a fault
    record(recorder, accepted(account, {"unique_id": "3"}, backfill=True))
    assert _announced(listener) == []


@pytest.mark.parametrize("wanted", [listeners.named("Other / metric"), listeners.EVERY])
def test_a_metric_is_awaited_before_its_first_event(recorder: Recorder, listener: SqliteQueue, wanted: str) -> None:
    account = new_short_id()
    listeners.add(recorder.table, account, wanted, "a-webhook")
    record(recorder, accepted(account, {"unique_id": "1"}, {"unique_id": "2", "metric": "Other / metric"}))
    told = {message.metric_name: message for message in _announced(listener)}
    assert told.keys() == ({"Placed Order", "Other / metric"} if wanted == listeners.EVERY else {"Other / metric"})
    assert told["Other / metric"].unique_id == "2"


def test_metrics_and_their_properties_are_catalogued(recorder: Recorder) -> None:
    account = new_short_id()
    record(recorder, accepted(account, {"properties": {"n": 1, "s": "x", "l": [], "o": {}, "b": True, "none": None}}))
    (metric,) = metrics.all_metrics(recorder.table, account)
    kinds = {p.name: p.inferred_type for p in metrics.properties(recorder.table, account, metric.id)}
    assert kinds == {"n": "number", "s": "string", "l": "array", "o": "object", "b": "boolean"}


def test_a_job_ends_complete(recorder: Recorder) -> None:
    account = new_short_id()
    record(recorder, accepted(account, {"unique_id": "1"}, {"unique_id": "2"}, job="j"))
    job = jobs.get(recorder.table, account, JOB, "j")
    assert job is not None
    assert (job.status, job.total_count, job.completed_count, job.failed_count) == ("complete", 2, 2, 0)


def test_a_poison_message_is_set_aside_and_blocks_nobody(recorder: Recorder) -> None:
    account = new_short_id()
    queue = SqliteQueue(recorder.compact_queue._db.path, "record")  # type: ignore[attr-defined]
    good = accepted(account, {"unique_id": "1"})
    bad_body = EventsAccepted(account, RECEIVED, "bulk", msgspec.Raw(b'{"data":1}'))
    gone = accepted(account, {"unique_id": "2"})
    gone_body = bytes(gone.body).replace(b'"external_id": "x"', b'"anonymous_id": ""')
    no_profile = EventsAccepted(account, RECEIVED, "bulk", msgspec.Raw(gone_body), "lost")
    queue.send(["not json", events.encode(bad_body), events.encode(good), events.encode(Scheduled("x")), events.encode(no_profile)])
    records = [
        {"messageId": d.id, "receiptHandle": d.receipt, "body": d.body, "attributes": {"ApproximateReceiveCount": "1"}}
        for d in queue.receive(10, visibility_s=60)
    ]
    assert consume(queue, recorder.process, {"Records": records}) == {"batchItemFailures": []}
    reasons = [letter.reason for letter in queue.dead_letters()]
    assert len(reasons) == 4
    assert all(reason.startswith("rejected") for reason in reasons)
    assert len(rows(recorder, account, "event_id")) == 1
    job = jobs.get(recorder.table, account, JOB, "lost")
    assert job is not None
    assert (job.failed_count, job.errors[0].pointer[-10:]) == (1, "attributes")


def test_many_small_files_call_for_compaction(recorder: Recorder) -> None:
    account = new_short_id()
    months = [f"{year}-{month:02}-01" for year in range(2016, 2025) for month in range(1, 13)]
    record(recorder, accepted(account, *({"time": time} for time in months)))
    (delivery,) = recorder.compact_queue.receive(10, visibility_s=60)
    assert json.loads(delivery.body) == {"type": "CompactionDue", "account_id": account, "table": "events"}


def test_a_foreign_message_is_rejected(recorder: Recorder) -> None:
    with pytest.raises(Rejected, match="no message for this room"):
        recorder.process([Received(Scheduled("compact"), 1)])


