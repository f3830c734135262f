from __future__ import annotations

import msgspec


class TransformationDue(msgspec.Struct, frozen=True, tag="TransformationDue", tag_field="type"):
    """Existing profiles wait for a transformation; sent by `transform` to its own inbox. `after` is the number of
    the last profile that is done."""

    account_id: str
    transformation_id: str
    after: int = 0
