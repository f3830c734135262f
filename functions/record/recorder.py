"""From accepted messages to profiles, metrics and lake rows, a batch at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from cdp import events
from cdp.documents import identity, jobs, listeners, merges, metrics
from cdp.documents.identity import Applied, Change
from cdp.documents.jobs import Job, RowError
from cdp.documents.metrics import Metric
from cdp.errors import Rejected
from cdp.events import (
    CompactionDue,
    EventRecorded,
    EventsAccepted,
    MergeAccepted,
    ProfilesChanged,
    RewriteDue,
)
from cdp.inbox import Received
from cdp.jsonapi.times import epoch_us
from cdp.lake.tables import EVENTS
from cdp.model import payloads
from cdp.model.ids import event_name, profile_id
from cdp.model.payloads import BulkEventAttributes
from cdp.model.profile import identities
from cdp.ports import Bus, Lake, Queue, Table
from functions.record.batch import Batch, Draft

JOB = "event-bulk-create-job"
FILES_BEFORE_COMPACTION = 96
Accepted = tuple[EventsAccepted, int]  # the message, and how often it was handed out


@dataclass
class Recorder:
    """Holds what it has learnt of accounts (metrics never change; counters of files since a compaction)."""

    table: Table
    lake: Lake
    bus: Bus
    compact_queue: Queue
    profiles_queue: Queue
    rewrite_queue: Queue
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _metrics: dict[str, dict[tuple[str, str], Metric]] = field(default_factory=lambda: defaultdict(dict))
    _properties: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    _files: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def process(self, received: Sequence[Received]) -> None:
        """Record all messages; safe to repeat. One that is `Rejected` closes its job before it is raised."""
        by_account: dict[str, list[Accepted]] = defaultdict(list)
        for message, attempt in received:
            if not isinstance(message, EventsAccepted):
                raise Rejected(f"{type(message).__name__} is no message for this room")
            by_account[message.account_id].append((message, attempt))
        for account_id, accepted in by_account.items():
            try:
                self._record(account_id, accepted)
            except Rejected as error:
                if len(accepted) == 1:
                    self._close_job(accepted[0][0], error)
                raise

    def _record(self, account_id: str, accepted: Sequence[Accepted]) -> None:
        now, epoch = self.clock(), merges.epoch(self.table, account_id)
        drafts = [draft for message, attempt in accepted for draft in _drafts(message, attempt)]
        applied = identity.apply(self.table, account_id, [draft.change for draft in drafts], now)
        known = self._ensure_metrics(account_id, drafts, now)
        listened = listeners.metrics(self.table, account_id)
        if listeners.PROFILES in listened:
            self._announce_profiles(account_id, drafts, applied)
        self._merge(account_id, drafts, applied)
        batch = Batch(account_id, listened)
        for draft, profile in zip(drafts, applied, strict=True):
            for event, at in draft.events if profile.no != merges.ERASED else ():
                name, service = event.metric.data.attributes.name, event.metric.data.attributes.service
                batch.add(draft, event, at, known[service or metrics.SERVICE, name], profile)
        self._note_properties(account_id, batch)
        self._append(account_id, batch)
        if merges.epoch(self.table, account_id) != epoch:
            self._move_again(account_id, {one.no for one in applied})
        self._close_jobs(account_id, drafts, now)

    def _announce_profiles(self, account_id: str, drafts: Sequence[Draft], applied: Sequence[Applied]) -> None:
        """At least once: a repeated try finds profiles as the first one left them, and tells of them all."""
        created = dict.fromkeys(one.no for one in applied if one.created)
        changed = dict.fromkeys(
            one.no
            for draft, one in zip(drafts, applied, strict=True)
            if one.no not in created and one.no != merges.ERASED and (one.changed or draft.attempt > 1)
        )
        if created or changed:
            self.bus.publish([ProfilesChanged(account_id, tuple(created), tuple(changed))])

    def _merge(self, account_id: str, drafts: Sequence[Draft], applied: Sequence[Applied]) -> None:
        """Anonymous visitors who turned out to be known."""
        merged = dict.fromkeys(
            MergeAccepted(account_id, one.anonymous, one.no, trusted=draft.change.trusted, anonymous=True)
            for draft, one in zip(drafts, applied, strict=True)
            if one.anonymous is not None
        )
        if merged:
            self.profiles_queue.send([events.encode(message) for message in merged])

    def _move_again(self, account_id: str, numbers: set[int]) -> None:
        """Profiles were merged or erased while the batch was on its way: its rows may bear an old number."""
        if merges.move_again(self.table, account_id, numbers):
            self.rewrite_queue.send([events.encode(RewriteDue(account_id))])

    def _ensure_metrics(
        self, account_id: str, drafts: Sequence[Draft], now: datetime
    ) -> dict[tuple[str, str], Metric]:
        known = self._metrics[account_id]
        wanted = {
            (attributes.service or metrics.SERVICE, attributes.name)
            for draft in drafts
            for event, _ in draft.events
            for attributes in (event.metric.data.attributes,)
        }
        if missing := wanted - known.keys():
            known |= metrics.ensure(self.table, account_id, sorted(missing), now)
        return known

    def _note_properties(self, account_id: str, batch: Batch) -> None:
        for metric_id, types in batch.types.items():
            known = self._properties[account_id, metric_id]
            fresh = {name: kind for name, kind in types.items() if name not in known}
            if fresh:
                metrics.note_properties(self.table, account_id, metric_id, fresh)
                known.update(fresh)

    def _append(self, account_id: str, batch: Batch) -> None:
        """Lines before events: whichever is missing after a fault is added by the next try."""
        for columns in (batch.lines, batch.events):
            if not len(columns):
                continue
            appended = self.lake.append(account_id, columns.table, columns.arrow())
            if appended.new.any():
                self._count_files(account_id, columns.table.name, columns.months())
            if columns.table is EVENTS and batch.stamps:
                self._announce(account_id, batch, appended.new.tolist())

    def _count_files(self, account_id: str, table: str, written: int) -> None:
        at = (account_id, table)
        self._files[at] += written
        if self._files[at] >= FILES_BEFORE_COMPACTION:
            self._files[at] = 0
            self.compact_queue.send([events.encode(CompactionDue(account_id, table))])

    def _announce(self, account_id: str, batch: Batch, new: list[bool]) -> None:
        """At least once: after a fault the next try announces what the first may have kept to itself."""
        self.bus.publish([
            EventRecorded(
                account_id=account_id,
                event_id=event_name(stamp.month, stamp.metric.no, stamp.event_no),
                metric_id=stamp.metric.id,
                metric_name=stamp.metric.name,
                profile_id=profile_id(account_id, stamp.profile_no),
                occurred_at=stamp.occurred_at.isoformat(),
                received_at=stamp.draft.received_at,
                value=stamp.value,
                properties=stamp.properties,
                unique_id=stamp.unique_id,
                currency=stamp.currency,
                position=position,
                hops=stamp.draft.hops,
                source_function=stamp.draft.source_function,
            )
            for position, stamp in batch.stamps.items()
            if new[position] or stamp.draft.attempt > 1
        ])

    def _close_jobs(self, account_id: str, drafts: Sequence[Draft], now: datetime) -> None:
        counts: dict[str, int] = defaultdict(int)
        accepted: dict[str, str] = {}
        for draft in drafts:
            if draft.job_id:
                counts[draft.job_id] += len(draft.events)
                accepted[draft.job_id] = draft.received_at
        jobs.save(
            self.table,
            account_id,
            *(
                Job(id_, JOB, datetime.fromisoformat(accepted[id_]), "complete", n, n, 0, now, self.clock())
                for id_, n in counts.items()
            ),
        )

    def _close_job(self, message: EventsAccepted, error: Rejected) -> None:
        if message.job_id is None:
            return
        count = sum(len(group[1]) for group in payloads.decode(message.shape, message.body))
        failure = RowError("invalid", "Invalid input.", error.message, error.field or "/data")
        at = self.clock()
        accepted_at = datetime.fromisoformat(message.received_at)
        job = Job(message.job_id, JOB, accepted_at, "complete", count, 0, count, at, at, (failure,))
        jobs.save(self.table, message.account_id, job)


def _drafts(message: EventsAccepted, attempt: int) -> list[Draft]:
    """One draft per profile payload of the message; a body that does not parse is `Rejected`."""
    received_at = datetime.fromisoformat(message.received_at)
    try:
        groups = payloads.decode(message.shape, message.body)
    except (msgspec.DecodeError, KeyError) as error:
        raise Rejected(f"not an accepted request: {error}") from error
    drafts = []
    for profile, given, backfill, profile_at, _ in groups:
        timed = [(event, _moment(event, received_at)) for event in given]
        last = max([at for _, at in timed], default=None)
        change = Change(profile, identities(profile, profile_at), last, trusted=not message.browser)
        drafts.append(
            Draft(
                change,
                timed,
                backfill,
                message.received_at,
                epoch_us(received_at),
                message.job_id,
                attempt,
                message.hops,
                message.source_function,
            )
        )
    return drafts


def _moment(event: BulkEventAttributes, received_at: datetime) -> datetime:
    if event.time is None:
        return received_at
    at = datetime.fromisoformat(event.time)
    if at.tzinfo is UTC:
        return at
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
