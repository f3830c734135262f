"""Reports count by the value in force when an event happened; segments look at today (SPEC §13.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from cdp.adapters.embedded.engine import local_duckdb
from cdp.adapters.embedded.lake import local_lake
from cdp.adapters.embedded.queue import SqliteBus, SqliteQueue
from cdp.adapters.embedded.table import SqliteTable
from cdp.documents import accounts, identity, metrics, outbox
from cdp.documents.identity import Change as Write
from cdp.events import EventsAccepted
from cdp.inbox import Received
from cdp.lake.tables import EVENTS, PROFILE_HISTORY, month_of
from cdp.model.payloads import ProfileResource
from cdp.model.profile import identities
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import select
from functions.audiences import evaluation
from functions.audiences.definition import parse
from functions.record.recorder import Recorder
from functions.reports.in_force import held
from functions.reports.kinds import single_metric
from functions.reports.scoping import scope_of
from tests.unit.query.files import FileLake, schema

DAY = datetime(2026, 3, 1, tzinfo=UTC)
IS_GOLD: dict[str, Any] = {"filter": {"type": "string", "operator": "equals", "value": "gold"}}


def write(name: str, **properties: Any) -> Write:
    plain = {"type": "profile", "attributes": {"external_id": name, "properties": properties}}
    resource = msgspec.json.decode(msgspec.json.encode(plain), type=ProfileResource)
    return Write(resource, identities(resource, "/data"))


def test_the_same_data_as_a_report_and_as_a_segment(tmp_path: Path) -> None:
    """Ada becomes gold on day 4 and loses it on day 8; Bob is filled in on day 9; Cleo is gold all along, and an event of
    hers is imported that happened before."""
    table, lake = SqliteTable(str(tmp_path / "documents.db")), local_lake(str(tmp_path / "lake"))
    account = accounts.create(table, name="Shop", timezone="UTC", currency="EUR")[0].id
    queues = str(tmp_path / "queues.db")
    one, two, three = (SqliteQueue(queues, name) for name in "cpr")
    recorder = Recorder(table, lake, SqliteBus(queues), one, two, three, clock=lambda: DAY)

    def order(name: str, day: int) -> None:
        attributes = {
            "properties": {}, "time": (DAY + timedelta(days=day)).isoformat(), "unique_id": f"{name}{day}",
            "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
            "profile": {"data": {"type": "profile", "attributes": {"external_id": name}}},
        }  # fmt: skip
        body = msgspec.json.encode({"data": {"type": "event", "attributes": attributes}})
        recorder.process([Received(EventsAccepted(account, DAY.isoformat(), "event", msgspec.Raw(body)), 1)])

    def change(name: str, day: int, **properties: Any) -> int:
        (applied,) = identity.apply(table, account, [write(name, **properties)], DAY + timedelta(days=day))
        return applied.no

    nos = {"cleo": change("cleo", 0, tier="gold")}
    order("ada", 3)
    nos["ada"] = change("ada", 4, tier="gold")
    for day in (4, 6):
        order("ada", day)
    change("ada", 8, tier=None)
    order("ada", 9)
    for day in (2, 5):
        order("bob", day)
    nos["bob"] = change("bob", 9, tier="gold")
    order("cleo", -5)
    order("cleo", 1)
    outbox.drain(table, lake, account)

    engine = local_duckdb(lake)
    scope = scope_of(table, engine, account, DAY + timedelta(days=20))
    ids = [one.id for one in metrics.all_metrics(table, account)]
    definition = {
        "metric_ids": ids, "timeframe": {"start": "2026-02-01", "end": "2026-03-20"},
        "filters": [{"property": "tier", "source": "profile", **IS_GOLD}],
    }  # fmt: skip
    params = single_metric.REPORT.read(definition)
    rows = single_metric.REPORT.rows(engine.run(account, single_metric.query(params, scope)))
    assert sorted((row.bucket - DAY.date()).days for row in rows if row.bucket) == [1, 4, 6]
    assert sum(row.total for row in rows) == 3

    condition = {"type": "profile-property", "property": "properties['tier']", **IS_GOLD}
    segment = parse(msgspec.json.encode({"condition_groups": [{"conditions": [condition]}]}), "/definition")
    context = evaluation.Context(DAY + timedelta(days=20), scope.zone)
    members = engine.run(account, evaluation.query(segment, context)).column("profile_no").to_pylist()
    assert sorted(members) == sorted([nos["bob"], nos["cleo"]])  # today: not Ada, whose orders count; Bob, whose do not


def test_a_profile_of_ten_thousand_changes_and_a_hundred_thousand_events(tmp_path: Path) -> None:
    """Value n holds from minute n · 10 on; event k happens at minute k."""
    lake = FileLake(tmp_path)
    engine = DuckdbEngine(lake)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    minutes = pa.array(range(100_000), pa.int64())
    happened = pa.array([start + timedelta(minutes=n) for n in range(100_000)], pa.timestamp("us", "UTC"))
    columns: dict[str, Any] = {
        "metric_id": pa.array([1] * 100_000, pa.int32()), "profile_no": pa.array([7] * 100_000, pa.int32()),
        "occurred_at": happened, "event_id": minutes, "properties": pa.array(["{}"] * 100_000), "received_at": happened,
        "month": pa.array([month_of(start)] * 100_000, pa.int32()),
    }  # fmt: skip
    events = pa.table([columns.get(f.name, pa.nulls(100_000, f.type)) for f in schema(EVENTS)], schema=schema(EVENTS))
    lake.write_month("a", EVENTS, month_of(start), events)
    changes = [
        {"property": "properties.n", "profile_no": 7, "revision": n, "changed_at": start + timedelta(minutes=n * 10),
         "value": str(n), "change_id": n, "month": month_of(start)}
        for n in range(1, 10_000)
    ]  # fmt: skip
    lake.write_month("a", PROFILE_HISTORY, month_of(start), pa.Table.from_pylist(changes, schema(PROFILE_HISTORY)))
    text = (
        "SELECT count(*) AS n, sum(CASE WHEN CAST(h0 AS BIGINT) = event_id / 10 THEN 1 ELSE 0 END) AS right_ones FROM valued"
    )
    found = held(select("SELECT profile_no, occurred_at, event_id FROM events"), ("profile_no", "occurred_at", "event_id"), ["properties.n"])
    assert engine.run("a", select(text, valued=found)).to_pylist() == [{"n": 99_990, "right_ones": 99_990}]
    engine.close()
