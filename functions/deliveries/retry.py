"""When a failed delivery is tried again. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST_S = 60
LONGEST_S = 3600
IN_ERROR = timedelta(hours=48)  # after more than this the webhook is disabled
_JITTER = 0.1


def delay_s(attempt: int, chance: float, *, first_s: int = FIRST_S, retry_after_s: float | None = None) -> float:
    """Seconds after the failure with this number, from 1: 1, 2, 4, 8, 16, 32, 60, 60 … minutes, less up to a tenth by
    `chance` (0 to 1), so that endpoints that failed together do not come back together. The endpoint's own wish counts
    if it is longer, up to an hour."""
    step = float(min(LONGEST_S, first_s << min(attempt - 1, 20))) * (1 - _JITTER * chance)
    return max(step, min(LONGEST_S, retry_after_s or 0.0))


def retry_after_s(headers: Iterable[tuple[str, str]], now: datetime) -> float | None:
    """What the answer's Retry-After says, as seconds or as an HTTP date; None if it says nothing that can be read."""
    text = next((value.strip() for name, value in headers if name.lower() == "retry-after"), "")
    if text.isascii() and text.isdigit():
        return float(min(int(text[:12]), 10**9))
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return max(0.0, (at - now).total_seconds())


def whole_s(seconds: float, longest: int) -> int:
    """As the delay of a message: not too early, at least a second."""
    return min(longest, max(1, math.ceil(seconds)))
