"""What a bulk import of profiles left behind: which profiles it touched, which rows failed and why.

Rows are counted from 0 in the order of the request. Touched profiles are kept in blocks of `BLOCK` rows, errors
one by one, all for as long as their job.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from cdp.documents.jobs import KEPT, RowError
from cdp.ports import Item, ItemQuery, Key, Put, Table

BLOCK = 500
_numbers = msgspec.json.Decoder(list[tuple[int, int]])
_error = msgspec.json.Decoder(RowError)


def save_block(
    table: Table,
    account_id: str,
    job_id: str,
    block: int,
    touched: Sequence[tuple[int, int]],
    failed: Sequence[tuple[int, RowError]],
    now: datetime,
) -> None:
    """Keep the outcome of the block's rows: (row, profile number) and (row, error)."""
    expires = int((now + KEPT).timestamp())
    partition = _partition(account_id, job_id)
    items = [
        Item(Key(f"{partition}#errors", _row(row)), msgspec.json.encode(error), {}, expires)
        for row, error in failed
    ]
    items.append(Item(Key(f"{partition}#profiles", _row(block)), msgspec.json.encode(touched), {}, expires))
    table.write([[Put(item)] for item in items])


def profile_numbers(
    table: Table, account_id: str, job_id: str, *, descending: bool, limit: int, after: int | None
) -> list[tuple[int, int]]:
    """At most `limit` (row, profile number), beginning behind the row `after`."""
    partition = f"{_partition(account_id, job_id)}#profiles"
    start = None if after is None else _row(after // BLOCK)
    low, high = (None, None if start is None else start + "~") if descending else (start, None)
    found: list[tuple[int, int]] = []
    query = ItemQuery(partition, low=low, high=high, descending=descending, limit=limit // BLOCK + 2)
    for item in table.query(query):
        rows = _numbers.decode(item.body)
        found += reversed(rows) if descending else rows
    kept = [one for one in found if after is None or (one[0] < after if descending else one[0] > after)]
    return kept[:limit]


def errors(
    table: Table, account_id: str, job_id: str, *, descending: bool, limit: int, after: int | None
) -> list[tuple[int, RowError]]:
    """At most `limit` (row, error), beginning behind the row `after`."""
    partition = f"{_partition(account_id, job_id)}#errors"
    position = None if after is None else (_row(after), partition, _row(after))
    items = table.query(ItemQuery(partition, descending=descending, limit=limit, after=position))
    return [(int(item.key.sk), _error.decode(item.body)) for item in items]


def _partition(account_id: str, job_id: str) -> str:
    return f"{account_id}#import#{job_id}"


def _row(row: int) -> str:
    return f"{row:06d}"
