"""Rows as dicts are those of pyarrow."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.query.records import records

# Later ones are right to two microseconds.
instants = st.none() | st.datetimes(datetime(1700, 1, 1), datetime(2242, 1, 1), timezones=st.just(UTC))


@settings(deadline=None)
@given(st.lists(st.tuples(instants, st.none() | st.integers(-9, 9), st.none() | st.text(max_size=3))))
def test_rows_are_those_of_pyarrow(rows: list[Any]) -> None:
    columns = [pa.array([row[n] for row in rows], kind) for n, kind in enumerate((pa.timestamp("us", "UTC"), pa.int64(), pa.string()))]
    table = pa.table(columns, ["at", "n", "name"])
    assert records(table) == table.to_pylist()
    split = pa.concat_tables([table, table])
    assert records(split) == split.to_pylist()
