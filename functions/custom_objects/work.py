"""The room's inbox: jobs of records, profiles that records wait for, types that are being removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from cdp.documents import listeners, object_types, records
from cdp.documents.records import Record, Stored, Write
from cdp.errors import Rejected
from cdp.events import ProfilesChanged, RecordsAccepted, Scheduled
from cdp.inbox import Received
from cdp.ports import Bus, Table
from functions.custom_objects import bodies, owners
from functions.custom_objects.ingesting import CONTENDED, Ingestion

_PAGE, _ATTEMPTS = 200, 8
_AT_LAST = "9999"  # no source speaks later
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
                names = bodies.record_names(bodies.delete_document.decode(message.body))
                return self._delete(message.account_id, names, _stamp(message), now)
            if message.kind == bodies.DROP:
                return self._drop(message.account_id, msgspec.json.decode(message.body, type=str), now)
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
            self._tell(account_id, self._drop(account_id, type_.id, now))
            if type_.deleted_at and now - type_.deleted_at > _SETTLED:
                object_types.remove(self.table, account_id, type_.id)

    def _drop(self, account_id: str, type_id: str, now: datetime) -> set[int]:
        """Delete all records of a type that is deleted."""
        touched: set[int] = set()
        stamp = f"{_AT_LAST}#{type_id}"
        while page := records.page(self.table, account_id, type_id, limit=_PAGE):
            touched |= self._delete(account_id, [(type_id, record.id) for record, _ in page], stamp, now)
        return touched

    def _delete(
        self, account_id: str, names: Sequence[tuple[str, str]], stamp: str, now: datetime
    ) -> set[int]:
        """Whose records they were. What a source says later than `stamp` stays."""
        wanted = list(dict.fromkeys(names))
        for _ in range(_ATTEMPTS):
            stored = records.get(self.table, account_id, wanted)
            writes = [
                Write(one, records.tombstone(one.record if one else Record(*name, now), stamp, now))
                for name, one in zip(wanted, stored, strict=True)
                if one is None or _older(one, stamp)
            ]
            if all(records.save(self.table, account_id, writes)):
                return {one.record.no for one in stored if one} - {0}
        raise CONTENDED

    def _tell(self, account_id: str, touched: set[int]) -> None:
        if touched and listeners.PROFILES in listeners.metrics(self.table, account_id):
            self.bus.publish([ProfilesChanged(account_id, changed=tuple(sorted(touched)))])


def _older(one: Stored, stamp: str) -> bool:
    return not one.record.deleted and max(one.record.stamps.values(), default="") < stamp


def _stamp(message: RecordsAccepted) -> str:
    return f"{message.received_at}#{message.job_id}"
