"""A shop whose people are recorded, merged and erased by the real rooms' code on embedded adapters."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from cdp.adapters.embedded.lake import local_lake
from cdp.adapters.embedded.queue import SqliteBus, SqliteQueue
from cdp.adapters.embedded.table import SqliteTable
from cdp.documents import merges, profile_orders, profiles
from cdp.events import EventsAccepted, RewriteDue
from cdp.inbox import Received
from cdp.lake.iceberg import IcebergLake
from cdp.lake.tables import EVENTS, LakeTable
from cdp.model.ids import new_short_id
from cdp.ports import Delete, Lake, Table
from functions.record.recorder import Recorder
from functions.rewrite.rewriter import Rewriter

RECEIVED = datetime.now(UTC)


@dataclass
class Shop:
    table: SqliteTable
    lake: IcebergLake
    folder: Path
    account: str = field(default_factory=new_short_id)
    now: datetime = RECEIVED

    @property
    def queue(self) -> SqliteQueue:
        return SqliteQueue(f"{self.folder}/queues.db", "rewrite")

    def recorder(self, lake: Lake | None = None) -> Recorder:
        queues = f"{self.folder}/queues.db"
        return Recorder(
            self.table, lake or self.lake, SqliteBus(queues), SqliteQueue(queues, "compact"),
            SqliteQueue(queues, "profiles"), self.queue, clock=lambda: self.now,
        )  # fmt: skip

    def rewriter(self, table: Table | None = None, lake: Lake | None = None) -> Rewriter:
        return Rewriter(table or self.table, lake or self.lake, self.queue, clock=lambda: self.now)

    def send(self, who: str, *unique_ids: str, lines: int = 0, lake: Lake | None = None, **more: Any) -> None:
        self.recorder(lake).process([Received(self.accepted(who, *unique_ids, lines=lines, **more), 1)])

    def accepted(self, who: str, *unique_ids: str, lines: int = 0, **more: Any) -> EventsAccepted:
        """Orders of `who` (an external id), each with so many lines."""
        properties = {"Items": [{"ProductID": f"p{n}"} for n in range(lines)]} if lines else {}
        plain = [
            {"type": "event", "attributes": {
                "properties": properties, "unique_id": unique_id, **more,
                "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
            }}
            for unique_id in unique_ids
        ]  # fmt: skip
        profile = {"data": {"type": "profile", "attributes": {"external_id": who}}}
        items = [{"type": "event-bulk-create", "attributes": {"profile": profile, "events": {"data": plain}}}]
        body = {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": items}}}}
        return EventsAccepted(
            self.account, RECEIVED.isoformat(), "bulk", msgspec.Raw(json.dumps(body).encode()), None
        )

    def no(self, who: str) -> int:
        return profiles.find(self.table, self.account, [("external_id", who)])["external_id", who]

    def end(self, who: str, successor: int) -> int:
        """The profile ends: merged into the successor, who gets its identifiers, or erased; its number."""
        no = self.no(who)
        state = profiles.get_many(self.table, self.account, [no])[0]
        assert state is not None
        identities = [profiles.identity_key(self.account, *identity) for identity in state.claimed]
        removal = [Delete(profile_orders.profile_key(self.account, no), state.version), *map(Delete, identities)]
        assert self.table.write([[*removal, *merges.puts(self.account, no, successor)]]) == [True]
        return no

    def rewrite(self, **ports: Any) -> None:
        self.rewriter(**ports).process([Received(RewriteDue(self.account), 1)])

    def rows(self, table: LakeTable = EVENTS, columns: str = "profile_no, unique_id") -> list[tuple[Any, ...]]:
        files = self.lake.files(self.account, table)
        if not files:
            return []
        with duckdb.connect() as connection:
            return connection.execute(f"SELECT {columns} FROM read_parquet(?) ORDER BY ALL", [files]).fetchall()


@pytest.fixture(scope="session")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Shop]:
    """Another account on the same storage."""
    folder = tmp_path_factory.mktemp("shops")
    table, lake = SqliteTable(f"{folder}/documents.db"), local_lake(f"{folder}/lake")
    return lambda: Shop(table, lake, folder)


@pytest.fixture
def shop(open_shop: Callable[[], Shop]) -> Shop:
    return open_shop()


class Killed(BaseException):
    """The process is gone."""


class Dying:
    """A port of a process that is killed at its n-th call: before it is done, or after and before it is known."""

    def __init__(self, port: Any, calls: Iterator[int], at: int, *, done: bool) -> None:
        self._port, self._calls, self._at, self._done = port, calls, at, done

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*given: Any, **named: Any) -> Any:
            if next(self._calls) != self._at:
                return method(*given, **named)
            if self._done:
                method(*given, **named)
            raise Killed

        return call


def dying(shop: Shop, at: int, *, done: bool) -> dict[str, Any]:
    calls = itertools.count()
    return {"table": Dying(shop.table, calls, at, done=done), "lake": Dying(shop.lake, calls, at, done=done)}


LATER = timedelta(days=2)
