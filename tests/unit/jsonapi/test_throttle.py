"""Rate limits by the second, the minute and, for reports, the day."""

from __future__ import annotations

import pytest

from cdp.adapters.embedded.limits import MemoryLimits
from cdp.errors import Rejected
from cdp.jsonapi.throttle import Throttle
from cdp.spec import HttpRoute, Limit

MIDNIGHT = 1_700_006_400.0  # 2023-11-15T00:00:00Z
REPORT = HttpRoute("POST", "/api/flow-values-reports", limit=Limit.REPORTING)


def test_reports_have_a_limit_for_the_day_too() -> None:
    headers = Throttle(MemoryLimits(), 10).check("a", REPORT, MIDNIGHT)
    assert headers == {
        "ratelimit-limit": "10, 10;w=1, 20;w=60, 2250;w=86400",
        "ratelimit-remaining": "19",
        "ratelimit-reset": "60",
    }


@pytest.mark.parametrize(("step_s", "allowed", "retry_after_s"), [(0.1, 1, 1), (2.0, 2, 56), (61.0, 225, 72_675)])
def test_the_longest_limit_that_is_passed_says_when_to_come_back(step_s: float, allowed: int, retry_after_s: int) -> None:
    throttle = Throttle(MemoryLimits(), 1)
    for n in range(allowed):
        throttle.check("a", REPORT, MIDNIGHT + n * step_s)
    with pytest.raises(Rejected) as refused:
        throttle.check("a", REPORT, MIDNIGHT + allowed * step_s)
    assert refused.value.status == 429
    assert refused.value.meta == {"retry_after_s": retry_after_s}
    throttle.check("b", REPORT, MIDNIGHT + allowed * step_s)
