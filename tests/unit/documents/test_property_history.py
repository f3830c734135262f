"""The value of a property at a past moment, on the way from a write to the lake (SPEC §13.4)."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.adapters.embedded.engine import local_duckdb
from cdp.adapters.embedded.lake import local_lake
from cdp.adapters.embedded.queue import SqliteBus, SqliteQueue
from cdp.adapters.embedded.table import SqliteTable
from cdp.documents import identity, outbox, profiles
from cdp.documents.identity import Change
from cdp.events import EventsAccepted
from cdp.inbox import Received
from cdp.model.ids import new_short_id
from cdp.model.payloads import ProfileResource
from cdp.model.profile import identities
from cdp.query import property_history
from cdp.query.sql import compile, select
from functions.record.recorder import Recorder

DAY = datetime(2026, 3, 1, tzinfo=UTC)
BY_SIZE = """
SELECT e.unique_id, s.value FROM events AS e LEFT JOIN spans AS s ON s.profile_no = e.profile_no
  AND s.since <= e.occurred_at AND (s.until IS NULL OR e.occurred_at < s.until)
"""


def change(**properties: Any) -> Change:
    plain = {"type": "profile", "attributes": {"external_id": "x", "properties": properties}}
    resource = msgspec.json.decode(msgspec.json.encode(plain), type=ProfileResource)
    return Change(resource, identities(resource, "/data"))


def test_a_property_that_is_filled_in_later_brings_no_older_event_in(tmp_path: Path) -> None:
    account, table, lake = new_short_id(), SqliteTable(str(tmp_path / "documents.db")), local_lake(str(tmp_path / "lake"))
    queues = str(tmp_path / "queues.db")
    recorder = Recorder(table, lake, SqliteBus(queues), *(SqliteQueue(queues, n) for n in "cpr"), clock=lambda: DAY)

    def event(name: str, day: int) -> None:
        metric = {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}}
        attributes = {
            "properties": {}, "metric": metric, "unique_id": name, "time": (DAY + timedelta(days=day)).isoformat(),
            "profile": {"data": {"type": "profile", "attributes": {"external_id": "x"}}},
        }  # fmt: skip
        body = msgspec.json.encode({"data": {"type": "event", "attributes": attributes}})
        recorder.process([Received(EventsAccepted(account, DAY.isoformat(), "event", msgspec.Raw(body)), 1)])

    event("before", 0)
    identity.apply(table, account, [change(size="M")], DAY + timedelta(days=2))
    event("backdated", 1)  # happened before the property was there, is told after
    event("then", 3)
    identity.apply(table, account, [change(size="L")], DAY + timedelta(days=4))
    event("later", 5)
    identity.apply(table, account, [change(size=None)], DAY + timedelta(days=6))
    event("at last", 7)
    outbox.drain(table, lake, account)
    query = select(BY_SIZE, spans=property_history.spans("properties.size"))
    found = {row["unique_id"]: row["value"] for row in local_duckdb(lake).run(account, query).to_pylist()}
    assert found == {"before": None, "backdated": None, "then": '"M"', "later": '"L"', "at last": None}
    assert compile(query, "athena").sql  # strict parse of the portable text


WRITES = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", None])), max_size=8)


@settings(max_examples=12, deadline=None)
@given(WRITES)
def test_every_moment_equals_replaying_the_writes(writes: list[tuple[int, str | None]]) -> None:
    """Clocks may go back: a write never holds from before the one that it followed."""
    account = new_short_id()
    with tempfile.TemporaryDirectory() as folder:
        table, lake = SqliteTable(f"{folder}/documents.db"), local_lake(f"{folder}/lake")
        (made,) = identity.apply(table, account, [change()], DAY)
        changes: list[tuple[int, str | None]] = []
        latest, value = 0, None
        for day, wanted in writes:
            (applied,) = identity.apply(table, account, [change(p=wanted)], DAY + timedelta(days=day))
            assert applied.no == made.no
            if wanted != value:
                latest, value = max(latest, day), wanted
                changes.append((latest, wanted))
        outbox.drain(table, lake, account)
        engine = local_duckdb(lake)
        for day in range(7):
            moment = DAY + timedelta(days=day)
            expected = next((held for since, held in reversed(changes) if since <= day), None)
            rows = engine.run(account, property_history.held("properties.p", moment)).to_pylist()
            assert rows == ([] if expected is None else [{"profile_no": made.no, "value": f'"{expected}"'}])
        (stored,) = profiles.get_many(table, account, [made.no])
        assert stored is not None
        assert stored.profile.properties.get("p") == value
