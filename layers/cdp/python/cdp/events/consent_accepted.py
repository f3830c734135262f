from __future__ import annotations

import msgspec


class ConsentAccepted(msgspec.Struct, frozen=True, tag="ConsentAccepted", tag_field="type"):
    """One accepted subscription or suppression job, as its body came in; sent by `profiles` to its own inbox.

    `kind` is the type of the job resource; `received_at` is UTC, RFC 3339. `hops` and `source_function` as in
    `EventRecorded`, for the events that the job leaves behind.
    """

    account_id: str
    received_at: str
    kind: str
    job_id: str
    body: msgspec.Raw
    hops: int = 0
    source_function: str | None = None
