"""Of values whose past nobody asks for compaction keeps the newest of each profile and month."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from cdp import connect
from cdp.lake.schema import arrow_schema
from cdp.lake.tables import PROFILE_HISTORY, month_of
from cdp.query.sql import select

ACCOUNT = "ABC234"
JULY, AUGUST = datetime(2026, 7, 9, tzinfo=UTC), datetime(2026, 8, 9, tzinfo=UTC)
_ALL = "SELECT property, profile_no, revision, value FROM profile_history ORDER BY 1, 2, 3"


def rows(*changes: tuple[str, int, int, datetime, str | None]) -> pa.Table:
    """Property, profile, revision, when, value."""
    made = [
        {
            "property": name, "profile_no": no, "revision": revision, "changed_at": at, "value": value,
            "change_id": hash((name, no, revision)), "month": month_of(at),
        }
        for name, no, revision, at, value in changes
    ]  # fmt: skip
    return pa.Table.from_pylist(made, schema=arrow_schema(PROFILE_HISTORY))


def test_superseded_predictions_go(tmp_path: Path) -> None:
    lake, engine = connect.lake(f"file://{tmp_path}"), connect.engine("duckdb:", f"file://{tmp_path}")
    first = rows(
        ("predictive", 1, 1, JULY, '{"a":1}'), ("predictive", 2, 1, JULY, '{"a":2}'), ("email", 1, 1, JULY, '"old"')
    )
    second = rows(("predictive", 1, 3, JULY, '{"a":3}'), ("email", 1, 2, JULY, '"new"'), ("predictive", 3, 2, JULY, "{}"))
    third = rows(("predictive", 1, 2, JULY, '{"a":9}'), ("predictive", 3, 4, JULY, None))
    later = rows(("predictive", 2, 5, AUGUST, '{"a":5}'))
    for part in (first, second, third, later):
        assert lake.append(ACCOUNT, PROFILE_HISTORY, part).new.all()
    done = lake.compact(ACCOUNT, PROFILE_HISTORY, everything=True)
    assert (done.files_before, done.files_after) == (4, 2)
    found = [tuple(row.values()) for row in engine.run(ACCOUNT, select(_ALL)).to_pylist()]
    assert found == [
        ("email", 1, 1, '"old"'),
        ("email", 1, 2, '"new"'),
        ("predictive", 1, 3, '{"a":3}'),
        ("predictive", 2, 1, '{"a":2}'),  # of another month than the newer one
        ("predictive", 2, 5, '{"a":5}'),
        ("predictive", 3, 4, None),
    ]
    assert lake.compact(ACCOUNT, PROFILE_HISTORY, everything=True).months == 0
