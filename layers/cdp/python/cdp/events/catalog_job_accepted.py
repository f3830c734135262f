from __future__ import annotations

import msgspec


class CatalogJobAccepted(msgspec.Struct, frozen=True, tag="CatalogJobAccepted", tag_field="type"):
    """One accepted bulk job of 1 to 100 things of the catalog, as its body came in; sent by `catalog` to its own inbox.

    `kind` is the type of the job resource; `received_at` is UTC, RFC 3339.
    """

    account_id: str
    received_at: str
    kind: str
    job_id: str
    body: msgspec.Raw
