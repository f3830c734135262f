from __future__ import annotations

import msgspec


class EventRecorded(msgspec.Struct, frozen=True, tag="EventRecorded", tag_field="type"):
    """An event is stored for good. Published by `record`, only for metrics that somebody listens to.

    At least once: a consumer that must act once uses `event_id`. `properties` is the event's JSON object.
    """

    account_id: str
    event_id: str
    metric_id: str
    metric_name: str
    profile_id: str
    occurred_at: str
    received_at: str
    value: float | None
    properties: msgspec.Raw
