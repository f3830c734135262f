"""Rows as dicts are those of pyarrow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.query.records import records

FURTHEST = 1 << 33  # seconds from 1970: to the year 2242
instants = st.none() | st.integers(-FURTHEST * 1_000_000, FURTHEST * 1_000_000).map(
    lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
)


@settings(deadline=None)
@given(st.lists(st.tuples(instants, st.none() | st.integers(-9, 9), st.none() | st.text(max_size=3))))
def test_rows_are_those_of_pyarrow(rows: list[Any]) -> None:
    columns = [pa.array([row[n] for row in rows], kind) for n, kind in enumerate((pa.timestamp("us", "UTC"), pa.int64(), pa.string()))]
    table = pa.table(columns, ["at", "n", "name"])
    assert records(table) == table.to_pylist()
    split = pa.concat_tables([table, table])
    assert records(split) == split.to_pylist()
