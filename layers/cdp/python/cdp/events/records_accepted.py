from __future__ import annotations

import msgspec


class RecordsAccepted(msgspec.Struct, frozen=True, tag="RecordsAccepted", tag_field="type"):
    """Accepted records of a custom object, as their body came in; sent by `custom_objects` to its own inbox.

    `kind` is the type of the job resource; `received_at` is UTC, RFC 3339.
    """

    account_id: str
    received_at: str
    kind: str
    job_id: str
    body: msgspec.Raw
