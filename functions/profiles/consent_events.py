"""The events that consent jobs leave behind (SPEC §2.2), in the shape in which events are accepted. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from cdp.events import ConsentAccepted, EventsAccepted
from cdp.model.ids import profile_id

SERVICE = "klaviyo"  # the key under which clients and webhook topics look for these metrics
TO_LIST, FROM_LIST = "Subscribed to List", "Unsubscribed from List"
SUPPRESSED = "Manually Suppressed from Email Marketing"
UNSUPPRESSED = "Manually Unsuppressed from Email Marketing"
CONFIRMATION = "Requested Subscription Confirmation"
_MOST = 500


class Happened(NamedTuple):
    """`key` tells it from everything else that the same job does."""

    no: int
    metric: str
    at: datetime
    key: str
    properties: Mapping[str, str]


def messages(
    job: ConsentAccepted, received_at: datetime, happened: Sequence[Happened], *, historical: bool
) -> Iterator[EventsAccepted]:
    """A redelivered job sends the same events with the same unique ids: they count once."""
    for first in range(0, len(happened), _MOST):
        items = [_item(job.account_id, job.job_id, one, historical) for one in happened[first : first + _MOST]]
        body = {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": items}}}}
        raw = msgspec.Raw(msgspec.json.encode(body))
        yield EventsAccepted(
            job.account_id,
            received_at.isoformat(),
            "bulk",
            raw,
            hops=job.hops,
            source_function=job.source_function,
        )


def _item(account_id: str, job_id: str, one: Happened, historical: bool) -> dict[str, object]:
    event = {
        "properties": one.properties,
        "metric": {"data": {"type": "metric", "attributes": {"name": one.metric, "service": SERVICE}}},
        "time": one.at.isoformat(),
        "unique_id": f"{job_id}:{one.key}:{one.metric}",
    }
    profile = {"type": "profile", "id": profile_id(account_id, one.no), "attributes": {}}
    attributes = {
        "profile": {"data": profile},
        "events": {"data": [{"type": "event", "attributes": event}]},
        "backfill": historical,
    }
    return {"type": "event-bulk-create", "attributes": attributes}
