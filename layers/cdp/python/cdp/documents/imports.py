"""What a bulk import of profiles, or a bulk job of consents, left behind: which profiles it touched, which rows
failed and why.

Rows are counted from 0 in the order of the request. Touched profiles are kept in blocks of `BLOCK` rows, errors
one by one, all for as long as their job.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from cdp.documents import jobs
from cdp.documents.jobs import KEPT, Job, RowError
from cdp.ports import Item, ItemQuery, Key, Put, Table

BLOCK = 500
KINDS = (
    "profile-bulk-import-job",
    "profile-subscription-bulk-create-job",
    "profile-subscription-bulk-delete-job",
    "profile-suppression-bulk-create-job",
    "profile-suppression-bulk-delete-job",
)
_PAGE = 1000
_MARKS = re.compile(rb"[\s().-]")
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


def forget(table: Table, account_id: str, identities: Iterable[tuple[str, str]]) -> None:
    """Take the rows out of the errors of all jobs that name one of the identifiers (kind, value)."""
    wanted = list(identities)
    for job in _with_errors(table, account_id):
        partition = f"{_partition(account_id, job.id)}#errors"
        query = ItemQuery(partition, limit=_PAGE)
        while items := table.query(query):
            for item in items:
                if _names(item.body, wanted):
                    error = _error.decode(item.body)
                    kept = RowError(error.code, error.title, "The row named an erased person.", error.pointer)
                    table.write([[Put(replace(item, body=msgspec.json.encode(kept)))]])
            query = ItemQuery(partition, limit=_PAGE, after=(items[-1].key.sk, *items[-1].key))


def _with_errors(table: Table, account_id: str) -> Iterator[Job]:
    for kind in KINDS:
        after = None
        while found := jobs.page(table, account_id, kind, limit=_PAGE, after=after):
            yield from (job for job, _ in found if job.failed_count or job.status != "complete")
            after = found[-1][1]


def _names(body: bytes, identities: Iterable[tuple[str, str]]) -> bool:
    """Does the row's text hold one of the identifiers, however it is written?"""
    text = body.decode().casefold()
    for kind, value in identities:
        if msgspec.json.encode(value.casefold()).decode()[1:-1] in text:
            return True
        if kind == "phone_number" and value.encode()[1:] in _MARKS.sub(b"", body):
            return True
    return False


def _partition(account_id: str, job_id: str) -> str:
    return f"{account_id}#import#{job_id}"


def _row(row: int) -> str:
    return f"{row:06d}"
