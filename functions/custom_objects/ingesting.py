"""Taking in records: from an accepted job to objects and their profiles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from msgspec.structs import replace

from cdp.documents import ingestion_logs, object_types, records
from cdp.documents.ingestion_logs import Entry, RecordError
from cdp.documents.records import Record, Stored, Write
from cdp.errors import Unavailable
from cdp.events import RecordsAccepted
from cdp.ports import Table
from functions.custom_objects import bodies, mapping, owners
from functions.custom_objects.mapping import Identity, Mapped

MAX_BYTES = 300_000  # of a record's properties: it and its history are one item each
_ATTEMPTS = 8
CONTENDED = Unavailable("records are being changed by others at the same moment", retry_after_s=1)


class _Draft(NamedTuple):
    """What one row says of one object; `stamp` orders what a data source says."""

    type_id: str
    mapped: Mapped
    source_id: str
    stamp: str


@dataclass(frozen=True)
class Ingestion:
    """One accepted job. Doing it again changes nothing; the older of two jobs never undoes the newer."""

    table: Table
    message: RecordsAccepted
    now: datetime

    def run(self) -> set[int]:
        """The profiles whose records the job speaks of."""
        account_id = self.message.account_id
        drafts, failed = self._drafts()
        known = owners.find(self.table, account_id, _identities(drafts))
        good = []
        for draft in drafts:
            found = _with_known_owner(draft, known)
            if isinstance(found, RecordError):
                failed.append(self._entry(draft.type_id, draft.mapped.record_id, draft.stamp, (found,)))
            else:
                good.append(found)
        written, before, too_large = self._save(good, known)
        ingestion_logs.save(self.table, account_id, [*failed, *too_large])
        touched = {one.no for one in (*written, *before) if one.no}
        settled = owners.settle(self.table, account_id, touched, self.now)
        waiting = [(one.type_id, one.id) for one in written if one.waits_for]
        return settled | owners.expect(self.table, account_id, waiting, self.now)

    def _drafts(self) -> tuple[list[_Draft], list[Entry]]:
        source_id, rows = _rows(self.message)
        types = [one for one in object_types.every(self.table, self.message.account_id) if one.active]
        readers = [one for one in types if source_id in one.sources]
        drafts, failed = [], []
        for row, record in enumerate(rows):
            for type_ in readers:
                for part, mapped in enumerate(mapping.read(type_, source_id, record)):
                    stamp = f"{self.message.received_at}#{self.message.job_id}#{row:04d}#{part:02d}"
                    if mapped.errors:
                        failed.append(self._entry(type_.id, mapped.record_id, stamp, mapped.errors))
                    else:
                        drafts.append(_Draft(type_.id, mapped, source_id, stamp))
        return drafts, failed

    def _save(
        self, drafts: Sequence[_Draft], known: dict[Identity, int]
    ) -> tuple[list[Record], list[Record], list[Entry]]:
        """Fold the drafts into the records, in order, and write those that change: all as they are now, as they
        were, and what was refused."""
        account_id = self.message.account_id
        names = list(dict.fromkeys((one.type_id, one.mapped.record_id) for one in drafts))
        for _ in range(_ATTEMPTS):
            stored = dict(zip(names, records.get(self.table, account_id, names), strict=True))
            folded, failed = self._folded(drafts, known, stored)
            writes = [Write(stored[name], record) for name, record in folded.items()]
            if all(records.save(self.table, account_id, writes)):
                before = {name: one.record for name, one in stored.items() if one}
                return list({**before, **folded}.values()), list(before.values()), failed
        raise CONTENDED

    def _folded(
        self,
        drafts: Sequence[_Draft],
        known: dict[Identity, int],
        stored: dict[tuple[str, str], Stored | None],
    ) -> tuple[dict[tuple[str, str], Record], list[Entry]]:
        folded: dict[tuple[str, str], Record] = {}
        failed = []
        for draft in drafts:
            name = draft.type_id, draft.mapped.record_id
            before = stored[name]
            record = folded.get(name) or (before.record if before else Record(*name, self.now))
            after = _fold(record, draft, known, self.now)
            if after is None:
                continue
            if mapping.size(after.properties) > MAX_BYTES:
                error = RecordError("too_large", f"A record has at most {MAX_BYTES} bytes.", "$")
                failed.append(self._entry(*name, draft.stamp, (error,)))
            else:
                folded[name] = after
        return folded, failed

    def _entry(self, type_id: str, record_id: str, stamp: str, errors: tuple[RecordError, ...]) -> Entry:
        id_ = blake2b(f"{type_id}#{stamp}".encode(), digest_size=13).hexdigest()
        return Entry(id_, type_id, record_id, datetime.fromisoformat(self.message.received_at), errors)


def _rows(message: RecordsAccepted) -> tuple[str, list[dict[str, object]]]:
    """The data source's id, and the records."""
    body = bodies.bulk_job if message.kind == bodies.BULK else bodies.single_job
    job: bodies.SingleJob | bodies.BulkJob = body.data_of(message.body)
    return job.relationships.source.id, [bodies.record_of(row) for row in job.rows]


def _identities(drafts: Iterable[_Draft]) -> set[Identity]:
    return {identity for one in drafts for identity in one.mapped.owner or ()}


def _with_known_owner(draft: _Draft, known: dict[Identity, int]) -> _Draft | RecordError:
    """Without the id of a profile that does not exist: nobody will ever have it."""
    owner = draft.mapped.owner or ()
    lasting = tuple(one for one in owner if one[0] != "id" or one in known)
    if owner and not lasting:
        return RecordError(
            "unknown_profile", f"A profile with id {owner[0][1]} does not exist.", "klaviyo-id"
        )
    return draft._replace(mapped=draft.mapped._replace(owner=None if draft.mapped.owner is None else lasting))


def _fold(record: Record, draft: _Draft, known: dict[Identity, int], now: datetime) -> Record | None:
    """The record after the draft; None if something newer has been said of it."""
    if draft.stamp <= max(record.stamps.get("", ""), record.stamps.get(draft.source_id, "")):
        return None
    mapped = draft.mapped
    properties = {
        name: value for name, value in {**record.properties, **mapped.properties}.items() if value is not None
    }
    no, waits_for = (0, ()) if record.deleted else (record.no, record.waits_for)
    if mapped.owner is not None:
        no = next((known[one] for one in mapped.owner if one in known), 0)
        waits_for = () if no else mapped.owner
    same = not record.deleted and (properties, no) == (record.properties, record.no) and record.revision
    return replace(
        record,
        changed_at=record.changed_at if same else now,
        no=no,
        properties=properties,
        stamps={**record.stamps, draft.source_id: draft.stamp},
        waits_for=waits_for,
        deleted=False,
    )
