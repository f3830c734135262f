"""Engines over the lake on S3: DuckDB in the process, Athena beside it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cdp.adapters.aws.lake import GlueLake
from cdp.adapters.aws.storage import Access, access, open_s3
from cdp.ports import Lake
from cdp.query.sql import Query

if TYPE_CHECKING:
    import pyarrow as pa

    from cdp.query.duckdb import DuckdbEngine


class DuckdbOnS3:
    """`cdp.ports.Engine`: DuckDB that may read the lake's bucket only, opened anew when credentials change."""

    dialect = "duckdb"

    def __init__(self, lake: GlueLake) -> None:
        self._lake = lake
        self._lock = threading.Lock()
        self._opened: tuple[Access, DuckdbEngine] | None = None

    def run(self, account_id: str, query: Query) -> pa.Table:
        return self._engine().run(account_id, query)

    def _engine(self) -> DuckdbEngine:
        from cdp.query.duckdb import DuckdbEngine

        at = access()
        with self._lock:
            if self._opened is None or self._opened[0] != at:
                engine = DuckdbEngine(
                    self._lake,
                    directories=[f"{self._lake.warehouse}/"],
                    prepare=lambda connection: open_s3(connection, at),
                )
                self._opened = (at, engine)
            return self._opened[1]


def duckdb_on_s3(lake: Lake) -> DuckdbOnS3:
    """An engine over a lake of `glue_lake`."""
    if not isinstance(lake, GlueLake):
        raise TypeError(f"{type(lake).__name__} has no files on S3")
    return DuckdbOnS3(lake)
