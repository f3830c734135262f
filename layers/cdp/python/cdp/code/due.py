"""Messages to call a function with events: as few as hold them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cdp.events import FunctionDue
from cdp.events.function_due import Trigger

MOST_TRIGGERS = 100  # a message
MESSAGE_BYTES = 4_000_000


def messages(account_id: str, function_id: str, triggers: Iterable[Trigger]) -> Iterator[FunctionDue]:
    """Each is made when it is asked for; no more events are held than stand in one."""
    held: list[Trigger] = []
    size = 0
    for trigger in triggers:
        bytes_ = len(bytes(trigger.event))
        if held and (len(held) == MOST_TRIGGERS or size + bytes_ > MESSAGE_BYTES):
            yield FunctionDue(account_id, function_id, tuple(held))
            held, size = [], 0
        held.append(trigger)
        size += bytes_
    if held:
        yield FunctionDue(account_id, function_id, tuple(held))
