"""Rate limits: fixed windows per account and operation (SPEC §1.6)."""

from __future__ import annotations

import math

from cdp.errors import Rejected
from cdp.ports import Limits
from cdp.spec import HttpRoute, Limit

DEFAULT_FACTOR = 10
_WINDOWS_S = (1, 60, 86_400)  # burst, steady, daily


class Throttle:
    """Counts requests. `factor` multiplies the table of SPEC §1.6; 0 counts nothing and refuses nobody."""

    def __init__(self, limits: Limits, factor: int = DEFAULT_FACTOR) -> None:
        self._limits = limits
        self._factor = factor

    def check(self, account_id: str, route: HttpRoute, now_s: float) -> dict[str, str]:
        """The RateLimit-* headers of the answer; over the limit: `Rejected` 429 with `retry_after_s`."""
        if route.limit is Limit.NONE or not account_id:
            return {}
        limits = [n * (self._factor or DEFAULT_FACTOR) for n in route.limit.value]
        ends = [_left_s(length, now_s) for length in _WINDOWS_S]
        left = limits[1]
        if self._factor:
            name = f"{account_id}#{route.key}"
            used = self._limits.hit(
                [
                    (f"{name}#{mark}{int(now_s) // length}", int(now_s) + 2 * length)
                    for mark, length in zip("smd", _WINDOWS_S, strict=True)
                ][: len(limits)]
            )
            over = [n for n, (spent, limit) in enumerate(zip(used, limits, strict=True)) if spent > limit]
            if over:
                raise _throttled(ends[over[-1]])
            left = limits[1] - used[1]
        windows = ", ".join(f"{n};w={length}" for n, length in zip(limits, _WINDOWS_S, strict=False))
        return {
            "ratelimit-limit": f"{limits[0]}, {windows}",
            "ratelimit-remaining": str(left),
            "ratelimit-reset": str(ends[1]),
        }


def _left_s(length: int, now_s: float) -> int:
    """Whole seconds until the window ends that holds `now_s`, at least one."""
    return math.ceil(length - now_s % length) or 1


def _throttled(retry_after_s: int) -> Rejected:
    return Rejected(
        f"Request was throttled. Expected available in {retry_after_s} second(s).",
        status=429,
        code="throttled",
        title="Throttled.",
        meta={"retry_after_s": retry_after_s},
    )
