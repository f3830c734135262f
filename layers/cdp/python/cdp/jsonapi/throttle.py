"""Rate limits: fixed windows per account and operation (SPEC §1.6)."""

from __future__ import annotations

import math

from cdp.errors import Rejected
from cdp.ports import Limits
from cdp.spec import HttpRoute, Limit

DEFAULT_FACTOR = 10
_BURST_S, _STEADY_S = 1, 60


class Throttle:
    """Counts requests. `factor` multiplies the table of SPEC §1.6; 0 counts nothing and refuses nobody."""

    def __init__(self, limits: Limits, factor: int = DEFAULT_FACTOR) -> None:
        self._limits = limits
        self._factor = factor

    def check(self, account_id: str, route: HttpRoute, now_s: float) -> dict[str, str]:
        """The RateLimit-* headers of the answer; over the limit: `Rejected` 429 with `retry_after_s`."""
        if route.limit is Limit.NONE or not account_id:
            return {}
        factor = self._factor or DEFAULT_FACTOR
        burst, steady = (n * factor for n in route.limit.value)
        reset_s = _STEADY_S - int(now_s) % _STEADY_S
        left = steady
        if self._factor:
            second, minute = int(now_s), int(now_s) // _STEADY_S
            name = f"{account_id}#{route.key}"
            used_1s, used_60s = self._limits.hit(
                [(f"{name}#s{second}", second + 2), (f"{name}#m{minute}", (minute + 2) * _STEADY_S)]
            )
            if used_1s > burst or used_60s > steady:
                raise _throttled(reset_s if used_60s > steady else math.ceil(second + 1 - now_s) or 1)
            left = min(steady - used_60s, steady)
        return {
            "ratelimit-limit": f"{burst}, {burst};w={_BURST_S}, {steady};w={_STEADY_S}",
            "ratelimit-remaining": str(left),
            "ratelimit-reset": str(reset_s),
        }


def _throttled(retry_after_s: int) -> Rejected:
    return Rejected(
        f"Request was throttled. Expected available in {retry_after_s} second(s).",
        status=429,
        code="throttled",
        title="Throttled.",
        meta={"retry_after_s": retry_after_s},
    )
