"""Composition root of the room `deliveries`: its inbox of webhooks for which something waits."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from cdp import connect
from cdp.entry import Call, entry, utc_now
from cdp.inbox import consume
from functions.deliveries.keys import Keys
from functions.deliveries.lanes import processor
from functions.deliveries.room import Pace, Room
from functions.deliveries.settings import Settings


def inbox(settings: Settings) -> Call:
    """A lane knows its holder by the id of the message that made it one: so each message by itself."""
    queue = connect.queue(settings.deliveries_queue)
    room = Room(
        connect.table(settings.table),
        Keys(connect.secrets(settings.secrets)),
        queue,
        connect.outbound(allow_loopback=settings.allow_loopback),
        Pace(first_retry_s=settings.webhook_first_retry_s, entries=settings.webhook_entries, chance=random.random),
        utc_now,
    )

    def call(event: Mapping[str, Any]) -> dict[str, Any]:
        failed: list[dict[str, str]] = []
        for record in event["Records"]:
            answer = consume(queue, processor(room, record["messageId"]), {"Records": [record]})
            failed += answer["batchItemFailures"]
        return {"batchItemFailures": failed}

    return call


handler = entry(Settings, inbox=inbox)
