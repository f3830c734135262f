"""Finished runs, kept in the table for 30 days: a head, and the rows in parts that fit into an item.

Rows are written first, in a place of their own that the head names: a run that can be found is complete, and of
two that make the same run at once, one counts.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Literal

import msgspec

from cdp.errors import not_found
from cdp.ports import Item, ItemQuery, Key, Put, Table
from functions.reports.parts import PART_BYTES
from functions.reports.parts import load as load_parts
from functions.reports.parts import save as save_parts
from functions.reports.report import Column, Result

KEPT = timedelta(days=30)
_HEAD = "head"
Cell = str | int | float | None
Trigger = Literal["request", "schedule"]


class Fault(msgspec.Struct, frozen=True):
    """Why a run failed; `pointer` into the definition, if it is to blame."""

    detail: str
    pointer: str | None = None


class Run(msgspec.Struct, frozen=True):
    """One finished run. Times are UTC; `definition` as it was sent; `rows_at` names the place of the rows.

    `fault` is set where a scheduled run failed."""

    id: str
    report_type: str
    definition: Any
    as_of: datetime
    started_at: datetime
    completed_at: datetime
    timezone: str
    currency: str
    columns: tuple[Column, ...]
    data_through: datetime | None
    parts: int
    row_count: int = 0
    rows_at: str = ""
    custom_report_id: str | None = None
    trigger: Trigger = "request"
    fault: Fault | None = None


_head = msgspec.json.Decoder(Run)
_rows = msgspec.json.Decoder(list[list[Cell]])


def new_id() -> str:
    return secrets.token_hex(13)


def id_of(account_id: str, custom_report_id: str, due: datetime) -> str:
    """The id of a scheduled run: the same for the same report and period."""
    text = f"{account_id}/{custom_report_id}/{due.isoformat()}"
    return blake2b(text.encode(), digest_size=13).hexdigest()


def _partition(account_id: str, run_id: str, rows_at: str = "") -> str:
    return f"{account_id}#report-run#{run_id}" + (f"#{rows_at}" if rows_at else "")


def parts(result: Result) -> list[bytes]:
    """The rows as JSON arrays, none larger than an item may be (one row is far smaller)."""
    chunks: list[bytes] = []
    rows: list[bytes] = []
    size = 0
    for row in map(msgspec.json.encode, result.rows):
        if rows and size + len(row) > PART_BYTES:
            chunks.append(b"[" + b",".join(rows) + b"]")
            rows, size = [], 0
        rows.append(row)
        size += len(row) + 1
    return [*chunks, b"[" + b",".join(rows) + b"]"] if rows else chunks


def save(table: Table, account_id: str, run: Run, chunks: list[bytes]) -> bool:
    """Keep the run; False if there is one with this id already."""
    expires_at = int((run.completed_at + KEPT).timestamp())
    if chunks:
        save_parts(table, _partition(account_id, run.id, run.rows_at), chunks, expires_at)
    indexes: Mapping[str, tuple[str, str]] = {}
    if run.custom_report_id is not None:
        indexes = {"g1": (_history(account_id, run.custom_report_id), _moment(run))}
    key = Key(_partition(account_id, run.id), _HEAD)
    return table.write([[Put(Item(key, msgspec.json.encode(run), indexes, expires_at), 0)]])[0]


def exists(table: Table, account_id: str, run_id: str) -> bool:
    return table.get([Key(_partition(account_id, run_id), _HEAD)])[0] is not None


def load(table: Table, account_id: str, run_id: str) -> tuple[Run, list[list[Cell]]]:
    """The run and its rows; `Rejected` 404 if there is none."""
    head = table.get([Key(_partition(account_id, run_id), _HEAD)])[0]
    if head is None:
        raise not_found("custom-report-run", run_id)
    run = _head.decode(head.body)
    rows: list[list[Cell]] = []
    for chunk in load_parts(table, _partition(account_id, run_id, run.rows_at)) if run.parts else []:
        rows += _rows.decode(chunk)
    return run, rows


def history(
    table: Table, account_id: str, custom_report_id: str, *, descending: bool, limit: int, after: str | None
) -> list[Run]:
    """Runs of a report by the time they started; `after` is the `position` of one."""
    position = None
    if after is not None:
        position = (after, _partition(account_id, after.rpartition("#")[2]), _HEAD)
    query = ItemQuery(_history(account_id, custom_report_id), "g1", None, None, descending, limit, position)
    return [_head.decode(item.body) for item in table.query(query)]


def position(run: Run) -> tuple[str]:
    return (_moment(run),)


def _history(account_id: str, custom_report_id: str) -> str:
    return f"{account_id}#report-runs#{custom_report_id}"


def _moment(run: Run) -> str:
    return f"{run.started_at.isoformat(timespec='microseconds')}#{run.id}"
