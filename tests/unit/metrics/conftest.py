"""The room over embedded adapters, with an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cdp import connect
from cdp.documents import accounts, metrics
from cdp.documents.metrics import Metric
from cdp.lake.schema import arrow_schema
from cdp.lake.tables import EVENTS, month_of
from cdp.ports import Table
from functions.metrics.handler import http
from functions.metrics.settings import Settings
from functions.metrics.spec import SPEC
from tests.unit.calls import Answer, Caller

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@dataclass
class Room:
    settings: Settings
    table: Table
    account_id: str
    call: Caller

    def metric(self, name: str, service: str = "api", events: int = 0) -> Metric:
        made = metrics.ensure(self.table, self.account_id, [(service, name)], NOW)[service, name]
        if events:
            self.record(made, events)
        return made

    def record(self, metric: Metric, count: int) -> None:
        rows = [
            {
                "metric_id": metric.no, "profile_no": 1, "occurred_at": NOW, "event_id": metric.no * 1000 + n,
                "properties": "{}", "received_at": NOW, "month": month_of(NOW),
            }
            for n in range(count)
        ]  # fmt: skip
        found = pa.Table.from_pylist(rows, schema=arrow_schema(EVENTS))
        connect.lake(self.settings.lake).append(self.account_id, EVENTS, found)

    def create(self, name: str, groups: Sequence[dict[str, Any]], method: str = "count") -> Answer:
        definition = {"aggregation_method": method, "metric_groups": list(groups)}
        body = {"data": {"type": "custom-metric", "attributes": {"name": name, "definition": definition}}}
        return self.call("POST", "/api/custom-metrics", body)

    def change(self, id_: str, **attributes: Any) -> Answer:
        body = {"data": {"type": "custom-metric", "id": id_, "attributes": attributes}}
        return self.call("PATCH", f"/api/custom-metrics/{id_}", body)

    def map(self, name: str, **related: Any) -> Answer:
        """`metric="id"`, `custom_metric="id"`; None sends null."""
        relationships = {}
        for kind, id_ in related.items():
            type_ = kind.replace("_", "-")
            relationships[type_] = {"data": None if id_ is None else {"type": type_, "id": id_}}
        body = {"data": {"type": "mapped-metric", "id": name, "relationships": relationships}}
        return self.call("PATCH", f"/api/mapped-metrics/{name}", body)

    def mapped(self) -> dict[str, tuple[str, str] | None]:
        """Every mapping: the kind and id of what stands behind it."""
        found: dict[str, tuple[str, str] | None] = {}
        for one in self.call.get("/api/mapped-metrics").data:
            held = [r["data"] for r in one["relationships"].values() if "data" in r]
            found[one["id"]] = (held[0]["type"], held[0]["id"]) if held else None
        return found


def room_at(folder: Path, factor: int = 0) -> Room:
    settings = Settings(
        table=f"sqlite://{folder}/documents.db",
        lake=f"file://{folder}/lake",
        engine="duckdb:",
        limits="memory:",
        rate_limit_factor=factor,
    )
    table = connect.table(settings.table)
    account, _ = accounts.create(table, name="Shop", timezone="Europe/Paris", currency="EUR")
    return Room(settings, table, account.id, Caller(http(settings), SPEC, account.id))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return room_at(tmp_path)
