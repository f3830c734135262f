from __future__ import annotations

import msgspec


class EventsAccepted(msgspec.Struct, frozen=True, tag="EventsAccepted", tag_field="type"):
    """One accepted request with 1 to 1000 events, as its body came in; sent by `ingest` to `record`.

    `shape` says how to read `body`: "event" (POST /api/events) or "bulk" (event-bulk-create-jobs).
    `hops` and `source_function` as in `EventRecorded`. `received_at` is UTC, RFC 3339; `browser`: it came without a private key; `job_id` names the job resource to report progress to, if any.
    """

    account_id: str
    received_at: str
    shape: str
    body: msgspec.Raw
    job_id: str | None = None
    browser: bool = False
    hops: int = 0
    source_function: str | None = None
