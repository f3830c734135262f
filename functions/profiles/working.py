"""The inbox: which message is whose work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from cdp.documents import jobs
from cdp.entry import utc_now
from cdp.errors import Rejected, Unavailable
from cdp.events import ConsentAccepted, ErasureAccepted, MergeAccepted, Message, ProfilesAccepted
from cdp.inbox import Received
from cdp.ports import Bus, Queue, Table
from functions.profiles.announcing import Announcer
from functions.profiles.consenting import Consents
from functions.profiles.erasing import Eraser
from functions.profiles.groups import Groups
from functions.profiles.importing import KIND, Importer
from functions.profiles.merging import Merger


@dataclass(frozen=True)
class Worker:
    table: Table
    bus: Bus
    profiles_queue: Queue
    record_queue: Queue
    rewrite_queue: Queue
    clock: Callable[[], datetime] = utc_now

    def process(self, received: Sequence[Received]) -> None:
        """Work off all messages; safe to repeat."""
        for one in received:
            try:
                self._work(one.message)
            except Unavailable:
                raise
            except Exception:
                self._cancel(one.message)
                raise

    def _work(self, message: Message) -> None:
        announcer = Announcer(self.table, self.bus)
        groups = Groups(self.table, announcer)
        match message:
            case ProfilesAccepted():
                Importer(self.table, self.profiles_queue, groups, announcer, self.clock).work(message)
            case ConsentAccepted():
                Consents(
                    self.table, self.profiles_queue, self.record_queue, groups, announcer, self.clock
                ).work(message)
            case MergeAccepted():
                Merger(self.table, self.rewrite_queue, announcer, self.clock).merge(message)
            case ErasureAccepted():
                inboxes = (self.profiles_queue, self.record_queue)
                Eraser(self.table, self.rewrite_queue, inboxes, self.clock).erase(message)
            case _:
                raise Rejected(f"{type(message).__name__} is no message for this room")

    def _cancel(self, message: Message) -> None:
        """The message will be set aside: let its job say that it ended."""
        match message:
            case ProfilesAccepted():
                kind = KIND
            case ConsentAccepted():
                kind = message.kind
            case _:
                return
        job = jobs.get(self.table, message.account_id, kind, message.job_id)
        if job is not None:
            ended = replace(job, status="cancelled", completed_at=self.clock())
            jobs.save(self.table, message.account_id, ended)
