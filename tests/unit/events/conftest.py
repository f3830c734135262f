from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cdp import connect
from cdp.documents import metrics, profiles
from cdp.lake.schema import arrow_schema
from cdp.lake.tables import EVENTS, month_of
from cdp.model.ids import event_no
from functions.events.handler import http
from functions.events.settings import Settings
from functions.events.spec import SPEC
from tests.unit.calls import Caller

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@dataclass
class Shop:
    """An account with events in its lake."""

    settings: Settings
    caller: Caller
    account_id: str = "ABC234"

    def metric(self, name: str) -> metrics.Metric:
        table = connect.table(self.settings.table)
        return metrics.ensure(table, self.account_id, [("api", name)], NOW)["api", name]

    def person(self, email: str) -> profiles.Stored:
        table = connect.table(self.settings.table)
        stored = profiles.fresh(profiles.new_numbers(table, self.account_id, 1)[0], NOW)
        stored.profile.email = email
        assert profiles.save(table, self.account_id, [stored]) == [True]
        return stored

    def record(self, *events: dict[str, Any]) -> None:
        """Rows as the room `record` writes them."""
        rows = [self._row(**event) for event in events]
        connect.lake(self.settings.lake).append(
            self.account_id, EVENTS, pa.Table.from_pylist(rows, schema=arrow_schema(EVENTS))
        )

    def _row(
        self, metric: metrics.Metric, person: profiles.Stored, at: datetime, **more: Any
    ) -> dict[str, Any]:
        unique = more.get("unique_id")
        no = event_no(self.account_id, metric.no, person.profile.no, unique or str(int(at.timestamp())))
        return {
            "metric_id": metric.no,
            "profile_no": person.profile.no,
            "occurred_at": at,
            "event_id": no,
            "value": more.get("value"),
            "currency": more.get("currency"),
            **{name: more.get(name) for name in ("message", "flow", "variation", "machine")},
            "unique_id": unique,
            "properties": json.dumps(more.get("properties", {})),
            "received_at": NOW,
            "month": month_of(at),
        }


def make_shop(folder: Path) -> Shop:
    settings = Settings(
        table=f"sqlite://{folder}/documents.db",
        lake=f"file://{folder}/lake",
        engine="duckdb:",
        limits="memory:",
        rate_limit_factor=0,
    )
    return Shop(settings, Caller(http(settings), SPEC))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)
