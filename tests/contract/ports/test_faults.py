"""A resource that is out of reach raises `Unavailable`, whatever the adapter; nothing of its driver shows."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cdp import connect
from cdp.errors import Unavailable
from cdp.events import CompactionDue
from cdp.lake.tables import EVENTS
from cdp.ports import Delete, Item, ItemQuery, Key, Put
from cdp.query.sql import select
from tests.contract.conftest import forget_clients
from tests.contract.ports.rows import event_rows

Call = Callable[[Path], object]
URL = (
    "sqs+https://sqs.us-east-1.amazonaws.com/1/inbox?dead=https://sqs.us-east-1.amazonaws.com/1/dead&spill=b"
)
LAKE = "s3://bucket/lake?database=d_"

AWS_CALLS: dict[str, Call] = {
    "table.get": lambda _: connect.table("dynamodb://t").get([Key("a", "1")]),
    "table.put": lambda _: connect.table("dynamodb://t").write([[Put(Item(Key("a", "1"), b""), 0)]]),
    "table.delete": lambda _: connect.table("dynamodb://t").write([[Delete(Key("a", "1"))]] * 2),
    "table.transaction": lambda _: connect.table("dynamodb://t").write(
        [[Put(Item(Key("a", str(i)), b"")) for i in range(2)]]
    ),
    "table.query": lambda _: connect.table("dynamodb://t").query(ItemQuery("a", "g1")),
    "table.add": lambda _: connect.table("dynamodb://t").add(Key("a", "1"), 1),
    "queue.send": lambda _: connect.queue(URL).send(["x"]),
    "queue.send large": lambda _: connect.queue(URL).send(["x" * 1_000_000]),
    "queue.receive": lambda _: connect.queue(URL).receive(1, visibility_s=1),
    "queue.dead_letters": lambda _: connect.queue(URL).dead_letters(),
    "queue.replay": lambda _: connect.queue(URL).replay(),
    "queue.depth": lambda _: connect.queue(URL).depth(),
    "bus.publish": lambda _: connect.bus("eventbridge://b").publish([CompactionDue("a", "events")]),
    "lake.append": lambda _: connect.lake(LAKE).append("a", EVENTS, event_rows([1])),
    "lake.files": lambda _: connect.lake(LAKE).files("a", EVENTS),
    "lake.accounts": lambda _: connect.lake(LAKE).accounts(),
    "lake.drop": lambda _: connect.lake(LAKE).drop("a"),
    "engine.run": lambda _: connect.engine("duckdb:", LAKE).run("a", select("SELECT event_id FROM events")),
    "athena.run": lambda _: connect.engine("athena://w?database=d_", LAKE).run("a", select("SELECT 1 AS n")),
    "secrets.get": lambda _: connect.secrets("secretsmanager://p").get("x"),
    "secrets.put": lambda _: connect.secrets("secretsmanager://p").put("x", "y"),
    "limits.hit": lambda _: connect.limits("dynamodb://t").hit([("w", 1)]),
}


@pytest.fixture(scope="module")
def nowhere() -> Iterator[None]:
    """AWS out of reach: an endpoint where nobody listens, and clients of its own that do not wait long."""
    from cdp.adapters.aws import clients

    connect.lake.cache_clear()
    connect.engine.cache_clear()
    with socket.socket() as taken, pytest.MonkeyPatch.context() as patch:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening: connections are refused
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setattr(clients, "CALLS", 1)
        forget_clients()
        yield
    forget_clients()


@pytest.mark.parametrize("call", AWS_CALLS.values(), ids=AWS_CALLS)
def test_aws_out_of_reach(nowhere: None, call: Call, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        call(tmp_path)


EMBEDDED_CALLS: dict[str, Call] = {
    "table.get": lambda at: connect.table(f"sqlite://{at}/db").get([Key("a", "1")]),
    "table.write": lambda at: connect.table(f"sqlite://{at}/db").write([[Put(Item(Key("a", "1"), b""))]]),
    "table.query": lambda at: connect.table(f"sqlite://{at}/db").query(ItemQuery("a")),
    "table.add": lambda at: connect.table(f"sqlite://{at}/db").add(Key("a", "1"), 1),
    "queue.send": lambda at: connect.queue(f"sqlite://{at}/db#inbox").send(["x"]),
    "queue.receive": lambda at: connect.queue(f"sqlite://{at}/db#inbox").receive(1, visibility_s=1),
    "queue.depth": lambda at: connect.queue(f"sqlite://{at}/db#inbox").depth(),
    "bus.publish": lambda at: connect.bus(f"sqlite://{at}/db").publish([CompactionDue("a", "events")]),
}


@pytest.mark.parametrize("call", EMBEDDED_CALLS.values(), ids=EMBEDDED_CALLS)
def test_a_file_that_cannot_be_opened(call: Call, tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()  # a folder stands where the file should be
    with pytest.raises(Unavailable):
        call(tmp_path)


def test_a_database_that_somebody_else_has_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdp.adapters.embedded.sqlite.BUSY_TIMEOUT_S", 0.1)
    table = connect.table(f"sqlite://{tmp_path}/db")
    assert table.write([[Put(Item(Key("a", "1"), b"before"))]]) == [True]
    with sqlite3.connect(tmp_path / "db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable) as refused:
            table.write([[Put(Item(Key("a", "1"), b"after"))]])
        assert refused.value.retry_after_s >= 1
        assert [item and item.body for item in table.get([Key("a", "1")])] == [b"before"], "reads go on"
        other.execute("COMMIT")
    other.close()
    assert table.write([[Put(Item(Key("a", "1"), b"after"))]]) == [True]
