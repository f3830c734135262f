from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cdp import connect
from cdp.documents import accounts, outbox
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.lake.schema import arrow_schema
from cdp.lake.tables import EVENTS, month_of
from functions.billing.operations import Billing
from functions.billing.spec import SPEC
from tests.unit.calls import Caller

NOW = datetime(2026, 3, 15, 10, tzinfo=UTC)


@dataclass
class Room:
    folder: Path
    timezone: str = "America/New_York"
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.table = connect.table(f"sqlite://{self.folder}/documents.db")
        self.lake = connect.lake(f"file://{self.folder}/lake")
        engine = connect.engine("duckdb:", f"file://{self.folder}/lake")
        account, _ = accounts.create(self.table, name="Shop", timezone=self.timezone, currency="USD")
        self.account_id = account.id
        operations = Billing(self.table, engine).operations()
        throttle = Throttle(connect.limits("memory:"), 0)
        handler = serve(SPEC, operations, throttle=throttle, clock=lambda: self.now.timestamp())
        self.caller = Caller(handler, SPEC, account.id)

    def usage(self, name: str) -> dict[str, Any]:
        attributes: dict[str, Any] = self.caller.get(f"/api/billing-usage/{name}").data["attributes"]
        return attributes

    def used(self) -> dict[str, int]:
        return {one["id"]: one["attributes"]["usage_used"] for one in self.caller.get("/api/billing-usage").data}

    def drain(self) -> None:
        outbox.drain(self.table, self.lake, self.account_id)

    def receive(self, received: Iterable[tuple[int, datetime, datetime]]) -> None:
        """Put events into the lake: number, when it happened, when it came in."""
        rows = [
            {
                "metric_id": 1, "profile_no": 1, "occurred_at": at, "event_id": number, "properties": "{}",
                "received_at": received_at, "month": month_of(at),
            }
            for number, at, received_at in received
        ]  # fmt: skip
        self.lake.append(self.account_id, EVENTS, pa.Table.from_pylist(rows, schema=arrow_schema(EVENTS)))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)
