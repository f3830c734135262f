"""Applying a transformation to the profiles that exist already, chunk by chunk.

A chunk is a range of profile numbers. Its progress is written after its profiles, on the condition that nobody
else has gone on: work cut short begins again at the last chunk, two workers do not both go on, and a
transformation that was changed or switched off meanwhile ends the work on its former self.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec.structs import replace

from cdp import events
from cdp.documents import listeners, transformations
from cdp.documents.transformations import Kept
from cdp.errors import Rejected
from cdp.events import ProfilesChanged, TransformationDue
from cdp.inbox import Received
from cdp.ports import Bus, Queue, Table

CHUNK = 500
CHUNKS_PER_MESSAGE = 20


@dataclass(frozen=True)
class Backfill:
    table: Table
    bus: Bus
    queue: Queue
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def process(self, received: Sequence[Received]) -> None:
        """Go on with what the messages name; safe to repeat."""
        for one in received:
            if not isinstance(one.message, TransformationDue):
                raise Rejected(f"{type(one.message).__name__} is no message for this room")
            self._go_on(one.message)

    def _go_on(self, message: TransformationDue) -> None:
        account_id, id_ = message.account_id, message.transformation_id
        kept = transformations.get(self.table, account_id, id_)
        for _ in range(CHUNKS_PER_MESSAGE):
            if kept is None or kept.status != "in_progress":
                return
            kept = self._chunk(account_id, kept)
        if kept is not None and kept.status == "in_progress":
            self.queue.send([events.encode(replace(message, after=kept.progress.processed))])

    def _chunk(self, account_id: str, kept: Kept) -> Kept | None:
        """The next chunk; how it stands then, or None if somebody else went on."""
        progress, now = kept.progress, self.clock()
        upto = min(progress.processed + CHUNK, progress.total)
        numbers = range(progress.processed + 1, upto + 1)
        changed = transformations.refresh(self.table, account_id, numbers, now)
        if changed and listeners.PROFILES in listeners.metrics(self.table, account_id):
            self.bus.publish([ProfilesChanged(account_id, changed=tuple(changed))])
        done = replace(progress, processed=upto, completed_at=now if upto == progress.total else None)
        if not transformations.advance(self.table, account_id, kept, done):
            return None
        return transformations.get(self.table, account_id, kept.transformation.id)
