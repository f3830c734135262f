"""The inbox: every message gives a webhook's lane one turn."""

from __future__ import annotations

from collections.abc import Sequence

from cdp.errors import Rejected
from cdp.events import DeliveriesDue
from cdp.inbox import Process, Received
from functions.deliveries.room import Room
from functions.deliveries.turn import Turn


def processor(room: Room, holder: str) -> Process:
    """For the message with this id: handed out again it holds the lane still that it held when it got lost."""

    def process(received: Sequence[Received]) -> None:
        for message, _ in received:
            if not isinstance(message, DeliveriesDue):
                raise Rejected(f"{type(message).__name__} is no message for this room")
            Turn(room, message, holder).run()

    return process
