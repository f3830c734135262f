"""Plans: which add-ons an account has (SPEC §20). We meter, we never charge; an account begins with everything.

A route names the *feature* it belongs to; `OPENED_BY` says which add-ons open it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import msgspec

from cdp.errors import Rejected
from cdp.ports import Item, Key, Put, Table

MARKETING_ANALYTICS, CDP = "marketing_analytics", "cdp"
ADD_ONS = (MARKETING_ANALYTICS, CDP)
METERS = ("active_profiles", "total_profiles", "events", "custom_metrics")
OPENED_BY: Mapping[str, tuple[str, ...]] = {
    "marketing_analytics": (MARKETING_ANALYTICS,),
    "cdp": (CDP,),
    "analytics": (MARKETING_ANALYTICS, CDP),  # reports that come with either
}
_CUSTOM_METRICS, _CUSTOM_METRICS_OF_ADD_ONS = 1, 50  # SPEC §4.4
_KEPT_S = 5.0
_MAX_KEPT = 10_000


class Plan(msgspec.Struct, frozen=True):
    """`maxima`: what the plan allows of a meter (functions/billing), where that is less than the platform does."""

    features: tuple[str, ...] = ADD_ONS
    maxima: dict[str, int] = {}

    def opens(self, feature: str) -> bool:
        return any(add_on in self.features for add_on in OPENED_BY[feature])


    @property
    def custom_metrics(self) -> int:
        """How many custom metrics the account may have."""
        most = _CUSTOM_METRICS_OF_ADD_ONS if self.features else _CUSTOM_METRICS
        return min(most, self.maxima.get("custom_metrics", most))


_plan = msgspec.json.Decoder(Plan)


def get(table: Table, account_id: str) -> Plan:
    item = table.get([_key(account_id)])[0]
    return Plan() if item is None else _plan.decode(item.body)


def save(table: Table, account_id: str, plan: Plan) -> None:
    for name in plan.features:
        if name not in ADD_ONS:
            raise Rejected(f"{name!r} is no part of a plan; there are {', '.join(ADD_ONS)}.", field="features")
    for name, most in plan.maxima.items():
        if name not in METERS or most < 0:
            raise Rejected(f"{name}={most} is no maximum; there are {', '.join(METERS)}.", field="maxima")
    table.write([[Put(Item(_key(account_id), msgspec.json.encode(plan)))]])


class Plans:
    """`get`, remembered for some seconds: a change of the plan is felt by then."""

    def __init__(self, table: Table, clock: Callable[[], float] = time.monotonic) -> None:
        self._table, self._clock = table, clock
        self._kept: dict[str, tuple[float, Plan]] = {}

    def __call__(self, account_id: str, /) -> Plan:
        now = self._clock()
        until, plan = self._kept.get(account_id, (0.0, None))
        if plan is None or until <= now:
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            plan = get(self._table, account_id)
            self._kept[account_id] = (now + _KEPT_S, plan)
        return plan

    def check(self, account_id: str, feature: str) -> None:
        """`Rejected` 403 if the account's plan does not have the feature."""
        if not self(account_id).opens(feature):
            raise Rejected(
                f"The plan of this account does not include {' or '.join(OPENED_BY[feature])}.",
                status=403,
                code="permission_denied",
                title="Permission denied.",
                meta={"feature": feature},
            )


def _key(account_id: str) -> Key:
    return Key(f"{account_id}#plan", "plan")
