"""The inbox half of a handler: a batch of SQS records in, the ones to try again out.

A message that cannot be read, is `Rejected` or meets a bug is set aside as a dead letter with its reason and
never holds up the others; `Unavailable` leaves it in the queue for another try.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cdp import events
from cdp.errors import Rejected, Unavailable
from cdp.events import Message
from cdp.ports import Delivery, Queue

log = logging.getLogger("regulars.inbox")


class Received(NamedTuple):
    """A message and the number of times it was handed out, this one included: more than 1 may mean that an
    earlier try got as far as its last step."""

    message: Message
    attempt: int


Process = Callable[[Sequence[Received]], None]


def consume(queue: Queue, process: Process, event: Mapping[str, Any]) -> dict[str, Any]:
    """Process the records of `event`; the answer is a partial batch response.

    `process` gets all messages at once and must be safe to repeat: if it fails for the batch, it is called
    for each message alone to find the one at fault.
    """
    readable: list[tuple[Delivery, Message]] = []
    for record in event["Records"]:
        delivery = _delivery(queue, record)
        try:
            readable.append((delivery, events.decode(delivery.body)))
        except Rejected as error:
            _set_aside(queue, delivery, error)
    return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in _process(queue, process, readable)]}


def _process(queue: Queue, process: Process, batch: list[tuple[Delivery, Message]]) -> list[str]:
    """Ids of the deliveries to try again."""
    if not batch:
        return []
    try:
        process([Received(message, delivery.attempt) for delivery, message in batch])
    except Unavailable as error:
        log.warning("%s message(s) will be tried again: %s", len(batch), error)
        return [delivery.id for delivery, _ in batch]
    except Exception as error:
        if len(batch) == 1:
            _set_aside(queue, batch[0][0], error)
            return []
        log.warning("a batch of %s failed (%r): one by one now", len(batch), error)
        return [id_ for one in batch for id_ in _process(queue, process, [one])]
    return []


def _set_aside(queue: Queue, delivery: Delivery, error: Exception) -> None:
    if isinstance(error, Rejected):
        where = f" at {error.field}" if error.field else ""
        reason = f"rejected{where}: {error.message}"
        log.warning("message %s set aside: %s", delivery.id, reason)
    else:
        reason = f"{type(error).__name__}: {error}"
        log.error("message %s set aside: %s", delivery.id, reason, exc_info=error)
    queue.set_aside(delivery, reason)


def _delivery(queue: Queue, record: Mapping[str, Any]) -> Delivery:
    attributes = record.get("attributes", {})
    return Delivery(
        id=record["messageId"],
        receipt=record["receiptHandle"],
        body=queue.body_of(record["body"]),
        attempt=int(attributes.get("ApproximateReceiveCount", 1)),
        sent_at=datetime.fromtimestamp(int(attributes.get("SentTimestamp", 0)) / 1000, UTC),
    )
