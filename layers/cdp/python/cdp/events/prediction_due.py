from __future__ import annotations

import msgspec


class PredictionDue(msgspec.Struct, frozen=True, tag="PredictionDue", tag_field="type"):
    """Predicted attributes of profiles are to be worked out again: of the numbers in [first, last), all of the account
    when both are 0. `as_of` (RFC 3339, UTC; null: now) is what is reckoned from, `refresh` marks the run that the
    message is a part of; sent by `predict` to itself."""

    account_id: str
    first: int = 0
    last: int = 0
    as_of: str | None = None
    refresh: str | None = None
