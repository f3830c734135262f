"""Bulk imports: working off an accepted request, row by row (SPEC §1.9, §2.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec.structs import replace

from cdp import events
from cdp.documents import identity, imports, jobs, lists, profiles
from cdp.documents.identity import Applied, Change
from cdp.documents.imports import BLOCK
from cdp.documents.jobs import Job, RowError
from cdp.documents.merges import ERASED
from cdp.errors import Rejected
from cdp.events import MergeAccepted, ProfilesAccepted
from cdp.model.ids import profile_no
from cdp.model.profile import identities
from cdp.ports import Queue, Table
from functions.profiles import bodies
from functions.profiles.announcing import Announcer
from functions.profiles.groups import Groups
from functions.profiles.writing import upsert

KIND = "profile-bulk-import-job"
_MAX_ROW_BYTES = 100_000
Failure = tuple[int, RowError]


@dataclass(frozen=True)
class Importer:
    """Works off imports; a job that is complete is left alone, one cut short begins again."""

    table: Table
    profiles_queue: Queue
    groups: Groups
    announcer: Announcer
    clock: Callable[[], datetime]

    def work(self, message: ProfilesAccepted) -> None:
        account_id = message.account_id
        asked = bodies.import_job.data_of(message.body)
        rows = asked.rows
        job = jobs.get(self.table, account_id, KIND, message.job_id) or Job(
            message.job_id, KIND, datetime.fromisoformat(message.received_at), total_count=len(rows)
        )
        if job.status == "complete":
            return
        job = replace(job, status="processing", started_at=self.clock(), completed_count=0, failed_count=0)
        for first in range(0, len(rows), BLOCK):
            jobs.save(self.table, account_id, job)
            touched, failed = self._block(account_id, rows[first : first + BLOCK], first)
            self._join(message, asked.list_ids, [no for _, no in touched])
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
        self._tell(account_id, applied)
        bad = {row for row, _ in failed}
        written = zip(changes, applied, strict=True)
        touched = [(row, one.no) for row, one in written if row not in bad and one.no != ERASED]
        return touched, sorted(failed, key=lambda failure: failure[0])

    def _join(self, message: ProfilesAccepted, list_ids: Sequence[str], numbers: Sequence[int]) -> None:
        """Into the lists that are still there; nobody consents to anything by it."""
        at = datetime.fromisoformat(message.received_at)
        known = lists.get_many(self.table, message.account_id, list_ids) if list_ids else []
        for found in known:
            if found is not None and numbers:
                self.groups.join(message.account_id, found.id, numbers, at)

    def _tell(self, account_id: str, applied: Sequence[Applied]) -> None:
        anonymous = dict.fromkeys((one.anonymous, one.no) for one in applied if one.anonymous is not None)
        merged = [
            MergeAccepted(account_id, source, into, anonymous=True)
            for source, into in anonymous
            if source is not None
        ]
        if merged:
            self.profiles_queue.send([events.encode(message) for message in merged])
        made = [one.no for one in applied if one.created]
        self.announcer.profiles(account_id, created=made, changed=[one.no for one in applied])

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
