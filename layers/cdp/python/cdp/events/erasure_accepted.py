from __future__ import annotations

import msgspec


class ErasureAccepted(msgspec.Struct, frozen=True, tag="ErasureAccepted", tag_field="type"):
    """An accepted privacy deletion of these profiles (numbers); sent by `profiles` to its own inbox."""

    account_id: str
    job_id: str
    profiles: tuple[int, ...]
