from __future__ import annotations

import msgspec


class EventRecorded(msgspec.Struct, frozen=True, tag="EventRecorded", tag_field="type"):
    """An event is stored for good. Published by `record`, only for metrics that somebody listens to.

    At least once: a consumer that must act once uses `event_id`. `properties` is the event's JSON object. (`received_at`,
    `position`) is the order in which events came in, but for requests of the same microsecond. `hops`: how many functions
    in a row led to the event; `source_function` is the last of them.
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
    unique_id: str | None = None
    currency: str | None = None
    position: int = 0
    hops: int = 0
    source_function: str | None = None
