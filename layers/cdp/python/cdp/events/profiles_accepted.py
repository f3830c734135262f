from __future__ import annotations

import msgspec


class ProfilesAccepted(msgspec.Struct, frozen=True, tag="ProfilesAccepted", tag_field="type"):
    """One accepted bulk import of 1 to 10,000 profiles; sent by `profiles` to its own inbox."""

    account_id: str
    received_at: str
    job_id: str
    body: msgspec.Raw
