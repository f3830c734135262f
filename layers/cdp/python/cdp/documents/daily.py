"""Limits of a day (SPEC §1.6: so many segments made, lists made, metrics written), counted per account in UTC."""

from __future__ import annotations

from datetime import datetime

from cdp.errors import Rejected
from cdp.ports import Key, Table

_DAY_S = 86_400


def count(table: Table, account_id: str, what: str, now: datetime, most: int) -> None:
    """Count one of today; one over `most` is refused with 429. `most` 0: no limit."""
    if not most:
        return
    now_s = int(now.timestamp())
    day = now_s // _DAY_S
    used = table.add(Key(f"{account_id}#daily#{what}", str(day)), 1, expires_at=(day + 2) * _DAY_S)
    if used > most:
        wait_s = (day + 1) * _DAY_S - now_s
        raise Rejected(
            f"Request was throttled: {most} a day. Expected available in {wait_s} second(s).",
            status=429,
            code="throttled",
            title="Throttled.",
            meta={"retry_after_s": wait_s},
        )
