"""Bulk imports: working off an accepted request, row by row (SPEC §1.9, §2.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from cdp.documents import identity, imports, jobs, profiles
from cdp.documents.identity import Change
from cdp.documents.imports import BLOCK
from cdp.documents.jobs import Job, RowError
from cdp.errors import Rejected, Unavailable
from cdp.events import ProfilesAccepted
from cdp.inbox import Received
from cdp.model.ids import profile_no
from cdp.model.profile import identities
from cdp.ports import Table
from functions.profiles import bodies
from functions.profiles.writing import upsert

KIND = "profile-bulk-import-job"
_MAX_ROW_BYTES = 100_000
Failure = tuple[int, RowError]


@dataclass(frozen=True)
class Importer:
    """Works off messages; a job that is complete is left alone, one cut short begins again."""

    table: Table
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def process(self, received: Sequence[Received]) -> None:
        for one in received:
            if not isinstance(one.message, ProfilesAccepted):
                raise Rejected(f"{type(one.message).__name__} is no message for this room")
            try:
                self._import(one.message)
            except Unavailable:
                raise
            except Exception:
                self._cancel(one.message)
                raise

    def _cancel(self, message: ProfilesAccepted) -> None:
        """The message will be set aside: let the job say that it ended."""
        job = jobs.get(self.table, message.account_id, KIND, message.job_id)
        if job is not None:
            jobs.save(
                self.table, message.account_id, replace(job, status="cancelled", completed_at=self.clock())
            )

    def _import(self, message: ProfilesAccepted) -> None:
        account_id = message.account_id
        rows = bodies.import_document.decode(message.body).rows
        job = jobs.get(self.table, account_id, KIND, message.job_id) or Job(
            message.job_id, KIND, datetime.fromisoformat(message.received_at), total_count=len(rows)
        )
        if job.status == "complete":
            return
        job = replace(job, status="processing", started_at=self.clock(), completed_count=0, failed_count=0)
        for first in range(0, len(rows), BLOCK):
            jobs.save(self.table, account_id, job)
            touched, failed = self._block(account_id, rows[first : first + BLOCK], first)
            imports.save_block(self.table, account_id, job.id, first // BLOCK, touched, failed, self.clock())
            job = replace(
                job,
                completed_count=job.completed_count + len(touched),
                failed_count=job.failed_count + len(failed),
            )
        jobs.save(self.table, account_id, replace(job, status="complete", completed_at=self.clock()))

    def _block(
        self, account_id: str, rows: Sequence[msgspec.Raw], first: int
    ) -> tuple[list[tuple[int, int]], list[Failure]]:
        """Apply the rows; (row, profile number) of those that could be, errors of the others."""
        now = self.clock()
        changes: dict[int, Change] = {}
        failed: list[Failure] = []
        for row, raw in enumerate(rows, first):
            try:
                changes[row] = self._change(raw, row)
            except Rejected as error:
                failed.append((row, _failure(error, raw)))
        for row, unknown in self._unknown_ids(account_id, changes):
            del changes[row]
            failed.append((row, _failure(unknown, rows[row - first])))
        applied = identity.apply(self.table, account_id, list(changes.values()), now)
        for row, change in changes.items():
            if change.resource.patch and change.resource.patch.patch_identifiers:
                try:
                    upsert(self.table, account_id, change.resource, now)
                except Rejected as error:
                    failed.append((row, _failure(error, rows[row - first])))
        bad = {row for row, _ in failed}
        touched = [(row, one.no) for row, one in zip(changes, applied, strict=True) if row not in bad]
        return touched, sorted(failed, key=lambda failure: failure[0])

    def _change(self, raw: msgspec.Raw, row: int) -> Change:
        pointer = f"/data/attributes/profiles/data/{row}"
        if len(bytes(raw)) > _MAX_ROW_BYTES:
            raise Rejected(f"The profile is larger than {_MAX_ROW_BYTES} bytes.", field=pointer)
        resource = bodies.read_row(raw, pointer)
        bodies.given_identifiers(resource, pointer)
        return Change(resource, identities(resource, pointer), nulls_clear=True)

    def _unknown_ids(self, account_id: str, changes: dict[int, Change]) -> list[tuple[int, Rejected]]:
        named = {row: c.resource.id for row, c in changes.items() if c.resource.id}
        numbers = {row: profile_no(account_id, id_) for row, id_ in named.items()}
        known = sorted({no for no in numbers.values() if no is not None})
        stored = profiles.get_many(self.table, account_id, known)
        exist = {no for no, one in zip(known, stored, strict=True) if one is not None}
        return [
            (
                row,
                Rejected(
                    f"A profile with id {named[row]} does not exist.",
                    field=f"/data/attributes/profiles/data/{row}/id",
                ),
            )
            for row, no in numbers.items()
            if no not in exist
        ]


def _failure(error: Rejected, raw: msgspec.Raw) -> RowError:
    return RowError(error.code, error.title, error.message, error.field or "", _payload(raw))


def _payload(raw: msgspec.Raw) -> object:
    """The row as it came, if it can be shown."""
    if len(bytes(raw)) > _MAX_ROW_BYTES:
        return None
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
