"""Messages: inboxes and the bus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cdp.events import Message


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message out of a queue. `attempt` counts from 1."""

    id: str
    receipt: str
    body: str
    attempt: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class DeadLetter:
    id: str
    body: str
    reason: str
    attempt: int
    set_aside_at: datetime


LONGEST_DELAY_S = 900  # of a message that is sent; SQS knows no longer one


class Queue(Protocol):
    """One inbox: at-least-once, visibility timeout, attempts, dead letters. Bodies are UTF-8 text, of any
    size up to 6 MB (adapters spill what their service cannot carry)."""

    def send(self, bodies: Sequence[str], *, delay_s: int = 0) -> None:
        """Durable on return. `delay_s` is 0 to LONGEST_DELAY_S."""

    def receive(self, limit: int, *, visibility_s: int) -> list[Delivery]:
        """At most `limit` messages, hidden from others for `visibility_s`; empty when there is none."""

    def ack(self, deliveries: Sequence[Delivery]) -> None: ...

    def retry(self, delivery: Delivery, *, delay_s: int) -> None:
        """Make it visible again after `delay_s`."""

    def set_aside(self, delivery: Delivery, reason: str) -> None:
        """Move it to the dead letters with the reason."""

    def dead_letters(self, limit: int = 100) -> list[DeadLetter]: ...

    def replay(self, ids: Sequence[str] | None = None) -> int:
        """Put dead letters (all, or those with these ids) back into the queue; how many."""

    def drop(self, ids: Sequence[str]) -> int:
        """Remove the dead letters with these ids for good; how many."""

    def body_of(self, raw: str) -> str:
        """The body behind what a Lambda event source hands over (a claim check is redeemed)."""

    def depth(self) -> int:
        """Messages waiting or in flight, dead letters not counted. Approximate on AWS."""

    def scrub(self) -> None:
        """As `Table.scrub`, for the messages that are gone."""


class Bus(Protocol):
    """Publish once; every room with an `OnEvent` rule for the message's class receives it in its inbox."""

    def publish(self, messages: Sequence[Message]) -> None: ...
