"""An account as the sources of predicted attributes are asked about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cdp.adapters.embedded.table import SqliteTable
from cdp.documents import accounts, metrics
from cdp.lake.tables import EVENTS, LakeTable
from cdp.orders.book import order_book
from cdp.query.duckdb import DuckdbEngine
from functions.predict.source import Asked
from tests.unit.query.files import FileLake

AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)


class Account:
    """Documents in a folder, the lake in files. Every `fresh` account stands on the same table."""

    def __init__(self, root: Path) -> None:
        self.table = SqliteTable(str(root / "documents.db"))
        self.lake = FileLake(root / "lake")
        self.engine = DuckdbEngine(self.lake)
        self.fresh()

    def fresh(self) -> None:
        made, _ = accounts.create(self.table, name="Shop", timezone="Europe/Berlin", currency="EUR")
        self.id = made.id

    def metric(self, name: str) -> metrics.Metric:
        return metrics.ensure(self.table, self.id, [(metrics.SERVICE, name)], AS_OF)[metrics.SERVICE, name]

    def store(self, rows: Sequence[Mapping[str, Any]], table: LakeTable = EVENTS) -> None:
        self.lake.write(self.id, table, rows)

    def asked(self, numbers: Sequence[int], as_of: datetime = AS_OF) -> Asked:
        book = order_book(self.table, self.engine, self.id, as_of)
        return Asked(self.id, numbers, as_of, book, self.engine, self.table)
