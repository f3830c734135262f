"""The room's inbox: jobs of records, profiles that records wait for, types that are being removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from cdp.documents import listeners, object_types
from cdp.errors import Rejected
from cdp.events import ProfilesChanged, RecordsAccepted, Scheduled
from cdp.inbox import Received
from cdp.ports import Bus, Table
from functions.custom_objects import bodies, deleting, owners
from functions.custom_objects.ingesting import Ingestion

_SETTLED = timedelta(hours=1)  # by then no job that knew a deleted type is still at work


@dataclass(frozen=True)
class Work:
    """Every message is safe to repeat. Whose records changed is told on the bus, at least once."""

    table: Table
    bus: Bus
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def process(self, received: Sequence[Received]) -> None:
        for message, attempt in received:
            if isinstance(message, RecordsAccepted):
                self._tell(message.account_id, self._job(message))
            elif isinstance(message, ProfilesChanged):
                self._greet(message, attempt)
            elif isinstance(message, Scheduled):
                for account_id in (
                    [message.account_id] if message.account_id else object_types.accounts(self.table)
                ):
                    self._sweep(account_id)
            else:
                raise Rejected(f"{type(message).__name__} is no message for this room")

    def _job(self, message: RecordsAccepted) -> set[int]:
        now = self.clock()
        try:
            if message.kind in (bodies.SINGLE, bodies.BULK):
                return Ingestion(self.table, message, now).run()
            if message.kind == bodies.DELETE:
                names = bodies.record_names(bodies.delete_job.data_of(message.body))
                return deleting.delete(self.table, message.account_id, names, _stamp(message), now)
            if message.kind == bodies.DROP:
                type_id = msgspec.json.decode(message.body, type=str)
                return deleting.drop(self.table, message.account_id, type_id, now)
        except msgspec.DecodeError as error:
            raise Rejected(f"not an accepted request: {error}") from error
        raise Rejected(f"{message.kind!r} is no job of this room")

    def _greet(self, message: ProfilesChanged, attempt: int) -> None:
        numbers = list(dict.fromkeys((*message.created, *message.changed)))
        touched = owners.greet(self.table, message.account_id, numbers, self.clock())
        settled = owners.settle(self.table, message.account_id, touched, self.clock())
        self._tell(message.account_id, settled if attempt == 1 else settled | set(numbers))

    def _sweep(self, account_id: str) -> None:
        now = self.clock()
        self._tell(account_id, owners.sweep(self.table, account_id, now))
        for type_ in object_types.every(self.table, account_id, deleted=True):
            self._tell(account_id, deleting.drop(self.table, account_id, type_.id, now))
            if type_.deleted_at and now - type_.deleted_at > _SETTLED:
                object_types.remove(self.table, account_id, type_.id)

    def _tell(self, account_id: str, touched: set[int]) -> None:
        if touched and listeners.PROFILES in listeners.metrics(self.table, account_id):
            self.bus.publish([ProfilesChanged(account_id, changed=tuple(sorted(touched)))])


def _stamp(message: RecordsAccepted) -> str:
    return f"{message.received_at}#{message.job_id}"
