"""Jobs: long work with a visible course (SPEC §1.9). Results are kept 30 days."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from cdp.ports import Item, ItemQuery, Key, Put, Table

KEPT = timedelta(days=30)


class RowError(msgspec.Struct, frozen=True):
    """One row that failed: shown as resource `import-error`."""

    code: str
    title: str
    detail: str
    pointer: str
    original_payload: Any = None


class Job(msgspec.Struct, frozen=True, omit_defaults=True):
    """`kind` is the resource type. `status`: queued, processing, complete, cancelled. Times are UTC.

    `list_ids` and `segment_ids` are the groups that the job names; `skipped_count` rows had nothing to change;
    `things` are the ids of what a job of the catalog made, changed or deleted.
    """

    id: str
    kind: str
    created_at: datetime
    status: str = "queued"
    total_count: int = 0
    completed_count: int = 0
    failed_count: int = 0
    started_at: datetime | None = None
    completed_at: datetime | None = None
    errors: tuple[RowError, ...] = ()
    skipped_count: int = 0
    list_ids: tuple[str, ...] = ()
    segment_ids: tuple[str, ...] = ()
    things: tuple[str, ...] = ()

    @property
    def expires_at(self) -> datetime | None:
        return None if self.completed_at is None else self.completed_at + KEPT


_job = msgspec.json.Decoder(Job)


def new_id() -> str:
    """A random job id of 26 characters."""
    return secrets.token_hex(13)


def save(table: Table, account_id: str, *changed: Job) -> None:
    table.write([[Put(_item(account_id, job))] for job in changed])


def _item(account_id: str, job: Job) -> Item:
    expires = int((job.expires_at or datetime.now(UTC) + KEPT).timestamp())
    sort = f"{job.created_at.isoformat(timespec='microseconds')}#{job.id}"
    of_kind = f"{account_id}#jobs#{job.kind}"
    indexes = {"g1": (of_kind, sort), "g2": (f"{of_kind}#{job.status}", sort)}
    return Item(_key(account_id, job.kind, job.id), msgspec.json.encode(job), indexes, expires)


def get(table: Table, account_id: str, kind: str, job_id: str) -> Job | None:
    item = table.get([_key(account_id, kind, job_id)])[0]
    return None if item is None else _job.decode(item.body)


def page(
    table: Table,
    account_id: str,
    kind: str,
    *,
    status: str | None = None,
    descending: bool = False,
    limit: int = 100,
    after: tuple[str, str, str] | None = None,
) -> list[tuple[Job, tuple[str, str, str]]]:
    """Jobs by `created_at`, each with its position for `after`."""
    index, partition = ("g2", f"{account_id}#jobs#{kind}#{status}") if status else ("g1", f"{account_id}#jobs#{kind}")
    items = table.query(ItemQuery(partition, index, descending=descending, limit=limit, after=after))
    return [(_job.decode(item.body), (item.indexes[index][1], *item.key)) for item in items]


def _key(account_id: str, kind: str, job_id: str) -> Key:
    return Key(f"{account_id}#job#{kind}#{job_id}", "job")
