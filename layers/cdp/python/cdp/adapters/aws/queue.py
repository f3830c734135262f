"""Queues on SQS, with a second queue for the dead letters and S3 for large bodies."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from cdp.adapters.aws.clients import code_of, faults, patiently, sqs
from cdp.adapters.aws.spill import Spill
from cdp.errors import Unavailable
from cdp.ports import LONGEST_DELAY_S, DeadLetter, Delivery

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

T = TypeVar("T")

LARGEST_BODY_BYTES = 900_000  # SQS carries 1 MiB; the rest is for message attributes
LARGEST_BATCH_BYTES = 1_000_000
LONGEST_VISIBILITY_S = 43_200
_PER_CALL = 10
_LISTING_S = 10  # how long a listing hides dead letters from other readers at most
_REPLAYING_S = 60
_LONGEST_REASON = 1000
_USED_UP = "its attempts were used up"
_WHAT = "the queue"


class SqsQueue:
    """`cdp.ports.Queue`. SQS itself moves a message to the dead letters after its last attempt, without a reason."""

    def __init__(self, url: str, *, dead_url: str, spill_bucket: str) -> None:
        self._url = url
        self._dead_url = dead_url
        self._spill = Spill(spill_bucket, LARGEST_BODY_BYTES)

    def send(self, bodies: Sequence[str], *, delay_s: int = 0) -> None:
        if not 0 <= delay_s <= LONGEST_DELAY_S:
            raise ValueError(f"a message is delayed by 0 to {LONGEST_DELAY_S} s, not {delay_s}")
        for batch in _batches(self._spill.stow(body) for body in bodies):
            self._send([{"MessageBody": body, "DelaySeconds": delay_s} for body in batch])

    def _send(self, messages: Sequence[dict[str, Any]]) -> None:
        left = {str(i): message for i, message in enumerate(messages)}

        def call() -> bool | None:
            entries: Any = [{"Id": id_, **message} for id_, message in left.items()]
            answer = sqs().send_message_batch(QueueUrl=self._url, Entries=entries)
            for refused in (entry for entry in answer.get("Failed", []) if entry["SenderFault"]):
                raise ValueError(f"SQS refuses a message: {refused['Code']} {refused.get('Message', '')}")
            for sent in answer.get("Successful", []):
                del left[sent["Id"]]
            return None if left else True

        patiently(_WHAT, call)

    def body_of(self, raw: str) -> str:
        return self._spill.fetch(raw)

    def receive(self, limit: int, *, visibility_s: int) -> list[Delivery]:
        found = [
            Delivery(
                id=message["MessageId"],
                receipt=message["ReceiptHandle"],
                body=self.body_of(message["Body"]),
                attempt=int(message["Attributes"]["ApproximateReceiveCount"]),
                sent_at=_instant(message),
            )
            for message in _receive(self._url, limit, visibility_s)
        ]
        return sorted(found, key=lambda delivery: delivery.sent_at)

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        _delete(self._url, [delivery.receipt for delivery in deliveries])

    def retry(self, delivery: Delivery, *, delay_s: int) -> None:
        _hide(self._url, delivery.receipt, min(delay_s, LONGEST_VISIBILITY_S))

    def set_aside(self, delivery: Delivery, reason: str) -> None:
        """First into the dead letters, then out of the queue: a fault between the two leaves both."""
        with faults(_WHAT):
            sqs().send_message(
                QueueUrl=self._dead_url,
                MessageBody=self._spill.stow(delivery.body),
                MessageAttributes={
                    "reason": {"DataType": "String", "StringValue": _printable(reason)},
                    "attempt": {"DataType": "Number", "StringValue": str(delivery.attempt)},
                },
            )
        self.ack([delivery])

    def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """Looked at, not taken: what is listed is hidden from another listing for a moment at most."""
        seen: dict[str, MessageTypeDef] = {}
        try:
            for message in _receive(self._dead_url, limit, _LISTING_S):
                seen[message["MessageId"]] = message
            return sorted(
                map(self._dead_letter, seen.values()), key=lambda letter: (letter.set_aside_at, letter.id)
            )
        finally:
            _release(self._dead_url, seen.values())

    def _dead_letter(self, message: MessageTypeDef) -> DeadLetter:
        attributes: dict[str, Any] = message.get("MessageAttributes", {})
        reason = attributes.get("reason", {}).get("StringValue", _USED_UP)
        attempt = attributes.get("attempt", {}).get(
            "StringValue", message["Attributes"]["ApproximateReceiveCount"]
        )
        body = self.body_of(message["Body"])
        return DeadLetter(message["MessageId"], body, reason, int(attempt), _instant(message))

    def replay(self, ids: Sequence[str] | None = None) -> int:
        """Into the queue first, then out of the dead letters: a fault between the two leaves both."""
        return self._take(ids, lambda chosen: self._send_back(message["Body"] for message in chosen))

    def drop(self, ids: Sequence[str]) -> int:
        """A spilled body goes with the bucket's lifecycle."""
        return self._take(ids, lambda _: None)

    def _send_back(self, bodies: Iterable[str]) -> None:
        for batch in _batches(bodies):
            self._send([{"MessageBody": body} for body in batch])

    def _take(self, ids: Sequence[str] | None, first: Callable[[list[MessageTypeDef]], None]) -> int:
        """Remove dead letters (all, or those with these ids), a page at a time when `first` is done; how many."""
        left = None if ids is None else set(ids)
        others: list[MessageTypeDef] = []
        taken = 0
        try:
            for page in _pages(self._dead_url, sys.maxsize, _REPLAYING_S) if left is None or left else ():
                chosen = [message for message in page if left is None or message["MessageId"] in left]
                others += [message for message in page if message not in chosen]
                first(chosen)
                _delete(self._dead_url, [message["ReceiptHandle"] for message in chosen])
                taken += len(chosen)
                if left is not None:
                    left -= {message["MessageId"] for message in chosen}
                    if not left:
                        break
        finally:
            _release(self._dead_url, others)
        return taken

    def depth(self) -> int:
        with faults(_WHAT):
            answer = sqs().get_queue_attributes(
                QueueUrl=self._url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "ApproximateNumberOfMessagesDelayed",
                ],
            )
        return sum(map(int, answer["Attributes"].values()))

    def scrub(self) -> None:
        """Nothing to do: SQS shows no deleted message to anybody. Spilled bodies go with the bucket's lifecycle."""


def _receive(url: str, limit: int, visibility_s: int) -> Iterator[MessageTypeDef]:
    return (message for page in _pages(url, limit, visibility_s) for message in page)


def _pages(url: str, limit: int, visibility_s: int) -> Iterator[list[MessageTypeDef]]:
    """At most `limit` messages, until none comes. The first call waits a second at most, so that SQS asks all
    of its servers."""
    wait_s = 1
    while limit > 0:
        with faults(_WHAT):
            answer = sqs().receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=min(limit, _PER_CALL),
                VisibilityTimeout=visibility_s,
                WaitTimeSeconds=wait_s,
                MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
                MessageAttributeNames=["All"],
            )
        found = answer.get("Messages", [])
        if not found:
            return
        yield found
        limit -= len(found)
        wait_s = 0


def _delete(url: str, receipts: Sequence[str]) -> None:
    """A receipt that no longer counts is passed over: its message is somebody else's by now."""
    for chunk in _chunks(receipts, _PER_CALL):
        with faults(_WHAT):
            answer = sqs().delete_message_batch(
                QueueUrl=url,
                Entries=[{"Id": str(i), "ReceiptHandle": receipt} for i, receipt in enumerate(chunk)],
            )
        for failed in answer.get("Failed", []):
            if not failed["SenderFault"]:
                raise Unavailable(f"{_WHAT}: {failed['Code']}")


def _hide(url: str, receipt: str, seconds: int) -> None:
    from botocore.exceptions import ClientError

    try:
        with faults(_WHAT):
            sqs().change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=seconds)
    except ClientError as error:
        if not any(
            name in code_of(error)
            for name in ("MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue")
        ):
            raise


def _release(url: str, messages: Iterable[MessageTypeDef]) -> None:
    """Make looked-at messages visible again; if that fails, they come back by themselves a little later."""
    for message in messages:
        with suppress(Unavailable):
            _hide(url, message["ReceiptHandle"], 0)


def _batches(bodies: Iterable[str]) -> Iterator[list[str]]:
    """Bodies in order, as many together as one call carries."""
    batch: list[str] = []
    size = 0
    for body in bodies:
        length = len(body.encode())
        if batch and (len(batch) == _PER_CALL or size + length > LARGEST_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += length
    if batch:
        yield batch


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[i : i + size] for i in range(0, len(items), size))


def _instant(message: MessageTypeDef) -> datetime:
    return datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)


def _printable(reason: str) -> str:
    """The reason as an attribute of SQS may hold it: not empty, not too long, no control characters."""
    shown = "".join(c if c.isprintable() or c in "\n\t" else " " for c in reason)[:_LONGEST_REASON]
    return shown or "no reason given"
