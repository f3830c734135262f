"""What every `Bus` does."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from cdp import events
from cdp.events import CompactionDue, EventRecorded, Message, Scheduled
from cdp.ports import Queue

if TYPE_CHECKING:
    from tests.contract.ports.conftest import Wire

HIDDEN_S = 30


def recorded(number: int, properties: str = "{}") -> EventRecorded:
    return EventRecorded(
        account_id="Abc123",
        event_id=f"E{number}",
        metric_id="M",
        metric_name="Placed Order",
        profile_id="P",
        occurred_at="2026-01-02T03:04:05Z",
        received_at="2026-01-02T03:04:06Z",
        value=1.5,
        properties=msgspec.Raw(properties.encode()),
    )


def arrived(queue: Queue, count: int) -> list[Message]:
    """The messages in an inbox, decoded as the room's consumer does it; a generous deadline."""
    deadline = time.monotonic() + 20
    found: list[Message] = []
    while len(found) < count and time.monotonic() < deadline:
        page = queue.receive(count - len(found), visibility_s=HIDDEN_S)
        found += [events.decode(delivery.body) for delivery in page]
    assert queue.depth() == count, "no more than these"
    return found


def test_every_inbox_with_a_rule_receives_the_message_and_no_other(wire: Wire) -> None:
    bus, inboxes = wire({"EventRecorded": ["audiences", "webhooks"], "CompactionDue": ["compact"]})
    bus.publish([recorded(1), CompactionDue("Abc123", "events"), Scheduled("nobody listens")])
    for name in ("audiences", "webhooks"):
        (message,) = arrived(inboxes[name], 1)
        assert isinstance(message, EventRecorded)
        assert (message.event_id, message.value, bytes(message.properties)) == ("E1", 1.5, b"{}")
    assert arrived(inboxes["compact"], 1) == [CompactionDue("Abc123", "events")]


def test_nothing_published_is_no_error(wire: Wire) -> None:
    bus, inboxes = wire({"CompactionDue": ["compact"]})
    bus.publish([])
    assert inboxes["compact"].depth() == 0


def test_more_messages_than_one_call_of_any_service(wire: Wire) -> None:
    bus, inboxes = wire({"EventRecorded": ["audiences"]})
    bus.publish([recorded(i) for i in range(37)])
    found = [
        message.event_id
        for message in arrived(inboxes["audiences"], 37)
        if isinstance(message, EventRecorded)
    ]
    assert sorted(found) == sorted(f"E{i}" for i in range(37))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 600_000, id="larger than an entry of EventBridge"),
        pytest.param("é中😀 \u2028", id="beyond ASCII"),
        pytest.param("\uffff\ufffe", id="what SQS refuses"),
        pytest.param('"\\/\t\u0000', id="what JSON escapes"),
    ],
)
def test_properties_arrive_as_they_were(wire: Wire, text: str) -> None:
    bus, inboxes = wire({"EventRecorded": ["audiences"]})
    properties = json.dumps({"text": text, "n": 12345678901234567, "x": 0.1}, ensure_ascii=False)
    bus.publish([recorded(1, properties)])
    (message,) = arrived(inboxes["audiences"], 1)
    assert isinstance(message, EventRecorded)
    assert json.loads(bytes(message.properties)) == json.loads(properties)


def test_many_large_messages_at_once(wire: Wire) -> None:
    bus, inboxes = wire({"EventRecorded": ["audiences"]})
    bus.publish([recorded(i, json.dumps({"text": "x" * 100_000})) for i in range(8)])
    assert len(arrived(inboxes["audiences"], 8)) == 8
