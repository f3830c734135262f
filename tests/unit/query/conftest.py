"""A lake of plain Parquet files, written by the schema of cdp/lake/tables.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cdp.lake.tables import EVENTS, LakeTable
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import Query
from tests.unit.query.files import FileLake


@pytest.fixture
def lake(tmp_path: Path) -> FileLake:
    return FileLake(tmp_path)


@pytest.fixture
def engine(lake: FileLake) -> Iterator[DuckdbEngine]:
    engine = DuckdbEngine(lake, directories=[str(lake.root)])
    yield engine
    engine.close()


Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def run(lake: FileLake, engine: DuckdbEngine) -> Run:
    """Store the rows, run the query, give its rows."""

    def run(
        query: Query, rows: Sequence[Mapping[str, Any]] = (), table: LakeTable = EVENTS
    ) -> list[dict[str, Any]]:
        if rows:
            lake.write("acc", table, rows)
        result: pa.Table = engine.run("acc", query)
        return result.to_pylist()

    return run
