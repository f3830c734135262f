"""One room's inbox: receive, call the handler, settle what it says. What SQS and its event source do on AWS."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cdp.adapters.embedded.queue import SqliteQueue
from cdp.errors import Unavailable
from cdp.ports import Delivery
from cdp.spec import FunctionSpec
from infra.specs import Handler

log = logging.getLogger("regulars.worker")

IDLE_S = 0.025  # between two looks into an empty inbox
PACE_S = 0.2  # between the starts of two batches of a bulk inbox: fewer, larger commits at the same latency
BULK_LIMIT = 5000  # messages of a bulk inbox in one batch (SQS cannot hand over as many; we can)
MAX_BATCH_BYTES = 8 * 1024 * 1024
FIRST_STEP = 16
BULK_BATCH = 100  # a batch size from here on says: many small messages, take what is there
SPLIT = 8  # a suspect group becomes so many times smaller with every crash
PATIENCE_S = 3600  # for what is not the message's fault
MAX_DELAY_S = 60


class InboxReader:
    """Reads one inbox until told to stop. One batch at a time.

    `crashes` says how often in a row the worker died before this start. From the second time on the messages
    that were in flight are suspect: they come in ever smaller groups, until the one that kills is alone.
    `beside` another reader nothing is known of what is in flight.
    """

    def __init__(
        self, spec: FunctionSpec, queue: SqliteQueue, handler: Callable[[], Handler], crashes: int = 0,
        *, beside: bool = False,
    ) -> None:  # fmt: skip
        if spec.inbox is None:
            raise ValueError(f"room {spec.name} has no inbox")
        self._spec, self._inbox, self._queue = spec, spec.inbox, queue
        self._make_handler = handler
        self._handler: Handler | None = None
        self._full = False  # did the last batch end at a limit, with more behind it?
        self._visibility_s = max(60, 2 * spec.timeout_s)
        self._bulk = self._inbox.batch_size >= BULK_BATCH
        self._limit = BULK_LIMIT if self._bulk else self._inbox.batch_size
        self._crashes = crashes
        self._suspects = 0 if beside else queue.release()
        self._group = max(1, self._suspects // SPLIT)

    def run(self, stop: threading.Event) -> None:
        """Until `stop`; a fault of the queue itself is waited out."""
        if self._bulk:
            self._warm()
        pause_s = 0.0
        while not stop.wait(pause_s):
            started = time.monotonic()
            try:
                busy = self.turn()
            except Unavailable as error:
                log.warning("%s: %s; trying again", self._spec.name, error)
                pause_s = float(error.retry_after_s)
                continue
            pause_s = max(0.0, started + PACE_S - time.monotonic()) if busy and self._bulk else IDLE_S
            if self._full:
                pause_s = 0.0

    def _warm(self) -> None:
        """Load the handler and what it stands on, so that the first message is as fast as the next."""
        try:
            self._handler = self._make_handler()
            self._handler({"Records": []}, None)
        except Exception:
            log.exception("%s cannot be loaded ahead; the first message will say why", self._spec.name)

    def turn(self) -> bool:
        """Handle what waits now; False when there was nothing."""
        if self._suspects and self._crashes > 1:
            self._examine()
            return True
        batch = self._take()
        if batch:
            self._handle(batch)
        return bool(batch)

    def _examine(self) -> None:
        """The next group of suspects, or the end of one that killed the worker alone, too often."""
        group = self._queue.receive(self._group, visibility_s=self._visibility_s)
        if len(group) == self._suspects == 1 and self._crashes >= self._inbox.max_attempts:
            log.error("%s: message %s set aside: it ended the worker", self._spec.name, group[0].id)
            self._queue.set_aside(group[0], f"it ended the worker {self._crashes} times")
        elif group:
            self._handle(group)
        self._suspects = max(0, self._suspects - len(group)) if group else 0

    def _take(self) -> list[Delivery]:
        """Up to `batch_size` messages and about 8 MB: steps that grow as long as messages are small."""
        batch: list[Delivery] = []
        size, step = 0, min(FIRST_STEP, self._limit)
        while step > 0 and size < MAX_BATCH_BYTES:
            more = self._queue.receive(step, visibility_s=self._visibility_s)
            batch += more
            size += sum(len(delivery.body) for delivery in more)
            if len(more) < step:
                self._full = False
                return batch
            affordable = int((MAX_BATCH_BYTES - size) / max(1.0, size / len(batch)))
            step = min(2 * len(batch), affordable, self._limit - len(batch))
        self._full = True
        return batch

    def _handle(self, batch: Sequence[Delivery]) -> None:
        try:
            if self._handler is None:
                self._handler = self._make_handler()
            answer = self._handler(_sqs_event(batch), None) or {}
        except Unavailable as error:
            log.warning("%s: %s; %d messages wait", self._spec.name, error, len(batch))
            self._wait(batch, error.retry_after_s)
            return
        except Exception as error:
            log.exception("%s failed on %d messages", self._spec.name, len(batch))
            self._again(batch, f"{type(error).__name__}: {error}")
            return
        failed = {failure["itemIdentifier"] for failure in answer.get("batchItemFailures", ())}
        self._queue.ack([delivery for delivery in batch if delivery.id not in failed])
        self._wait([delivery for delivery in batch if delivery.id in failed])

    def _wait(self, batch: Sequence[Delivery], at_least_s: int = 0) -> None:
        """Something was busy, full or out of reach: no message's fault, so it may take a while."""
        old = datetime.now(UTC) - timedelta(seconds=PATIENCE_S)
        given_up = [d for d in batch if d.attempt >= self._inbox.max_attempts and d.sent_at < old]
        for delivery in given_up:
            self._queue.set_aside(delivery, f"not possible in {delivery.attempt} attempts; the log says why")
        self._retry([d for d in batch if d not in given_up], at_least_s)

    def _again(self, batch: Sequence[Delivery], reason: str) -> None:
        """The handler failed: back into the inbox, or aside with the reason after the last attempt."""
        for delivery in batch:
            if delivery.attempt >= self._inbox.max_attempts:
                log.error("%s: message %s set aside: %s", self._spec.name, delivery.id, reason)
                self._queue.set_aside(delivery, reason)
        self._retry([delivery for delivery in batch if delivery.attempt < self._inbox.max_attempts])

    def _retry(self, batch: Sequence[Delivery], at_least_s: int = 0) -> None:
        if batch:
            attempt = max(delivery.attempt for delivery in batch)
            self._queue.retry_all(batch, delay_s=max(at_least_s, back_off_s(attempt)))


def back_off_s(attempt: int) -> int:
    """Seconds before the next attempt: 1, 4, 9, 16 … at most a minute."""
    return min(MAX_DELAY_S, attempt * attempt)


def _sqs_event(batch: Sequence[Delivery]) -> Mapping[str, Any]:
    return {
        "Records": [
            sqs_record(
                d.id, d.receipt, d.body, attempt=d.attempt, sent_at_ms=int(d.sent_at.timestamp() * 1000)
            )
            for d in batch
        ]
    }


def sqs_record(id_: str, receipt: str, body: str, *, attempt: int, sent_at_ms: int) -> dict[str, Any]:
    """A message as SQS hands it to a Lambda function."""
    return {
        "messageId": id_,
        "receiptHandle": receipt,
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(attempt), "SentTimestamp": str(sent_at_ms)},
        "eventSource": "aws:sqs",
    }
