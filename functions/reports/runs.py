"""Finished runs, kept in the table for 30 days: a head, and the rows in parts that fit into an item."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec

from cdp.errors import not_found
from cdp.ports import Item, Key, Put, Table
from functions.reports.parts import PART_BYTES
from functions.reports.parts import load as load_parts
from functions.reports.parts import save as save_parts
from functions.reports.report import Column, Result

KEPT = timedelta(days=30)
_HEAD = "head"
Cell = str | int | float | None


class Run(msgspec.Struct, frozen=True):
    """One finished run. Times are UTC; `definition` as it was sent."""

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


_head = msgspec.json.Decoder(Run)
_rows = msgspec.json.Decoder(list[list[Cell]])


def new_id() -> str:
    return secrets.token_hex(13)


def _partition(account_id: str, run_id: str) -> str:
    return f"{account_id}#report-run#{run_id}"


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


def save(table: Table, account_id: str, run: Run, chunks: list[bytes]) -> None:
    """The head comes last: a run that can be found is complete."""
    expires_at = int((run.completed_at + KEPT).timestamp())
    at = _partition(account_id, run.id)
    save_parts(table, at, chunks, expires_at)
    table.write([[Put(Item(Key(at, _HEAD), msgspec.json.encode(run), expires_at=expires_at))]])


def load(table: Table, account_id: str, run_id: str) -> tuple[Run, list[list[Cell]]]:
    """The run and its rows; `Rejected` 404 if there is none."""
    at = _partition(account_id, run_id)
    head = table.get([Key(at, _HEAD)])[0]
    if head is None:
        raise not_found("custom-report-run", run_id)
    run = _head.decode(head.body)
    rows: list[list[Cell]] = []
    for chunk in load_parts(table, at):
        rows += _rows.decode(chunk)
    return run, rows
