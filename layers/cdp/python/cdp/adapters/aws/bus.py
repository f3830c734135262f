"""The bus on EventBridge.

An entry has the source "regulars", the message's class name as detail type and the message as detail. The
rules hand on "$.detail" alone, so an inbox receives the same text as by a direct send.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cdp import events
from cdp.adapters.aws import clients
from cdp.adapters.aws.spill import Spill
from cdp.errors import Rejected
from cdp.events import Message

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef as Entry

SOURCE = "regulars"
_PER_CALL = 10
_LARGEST_CALL_BYTES = 256 * 1024
_LARGEST_DETAIL_BYTES = 250_000
_ENVELOPE_BYTES = 200  # source, detail type and bus, counted generously
_WHAT = "the bus"


class EventBridgeBus:
    """`cdp.ports.Bus`. A message too large for EventBridge travels as a claim check in `spill_bucket`, which the
    inbox's queue resolves; without a bucket it is `Rejected`."""

    def __init__(self, name: str, *, spill_bucket: str | None = None) -> None:
        self._name = name
        self._spill = Spill(spill_bucket, _LARGEST_DETAIL_BYTES) if spill_bucket else None

    def publish(self, messages: Sequence[Message]) -> None:
        for batch in _batches([self._entry(message) for message in messages]):
            self._put(batch)

    def _entry(self, message: Message) -> Entry:
        detail = events.encode(message)
        if self._spill is not None:
            detail = self._spill.stow(detail)
        elif len(detail.encode()) > _LARGEST_DETAIL_BYTES:
            raise Rejected(
                f"a {type(message).__name__} of {len(detail)} characters is too large for the bus",
                code="too_large",
            )
        return {
            "Source": SOURCE,
            "DetailType": type(message).__name__,
            "Detail": detail,
            "EventBusName": self._name,
        }

    def _put(self, batch: Sequence[Entry]) -> None:
        """Entries that failed are sent again; those that did not are not."""
        left = list(batch)

        def call() -> bool | None:
            answer = clients.events().put_events(Entries=left)
            results = answer["Entries"]
            left[:] = [entry for entry, result in zip(left, results, strict=True) if result.get("ErrorCode")]
            return None if left else True

        clients.patiently(_WHAT, call)


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        length = len(entry["Detail"].encode()) + _ENVELOPE_BYTES
        if batch and (len(batch) == _PER_CALL or size + length > _LARGEST_CALL_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += length
    if batch:
        yield batch
