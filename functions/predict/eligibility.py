"""Is there enough to predict from? (SPEC §6.2) Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cdp.documents.clv import RELAXED, STANDARD, Overview

RELAXED_WARNING = (
    "clv_eligibility is relaxed: predictions are made from fewer orders than can be relied on. Use it for demonstrations "
    "and tests only."
)


@dataclass(frozen=True, slots=True)
class Thresholds:
    customers: int
    history_days: int
    quiet_days: int | None  # since the last order, at most; None: however long
    loyal: int  # customers with three orders


THRESHOLDS: Mapping[str, Thresholds] = {STANDARD: Thresholds(500, 180, 30, 1), RELAXED: Thresholds(1, 1, None, 0)}


@dataclass(frozen=True, slots=True)
class Check:
    id: str
    required: Any
    actual: Any
    met: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    checks: tuple[Check, ...]

    @property
    def met(self) -> bool:
        return all(check.met for check in self.checks)

    @property
    def why(self) -> str:
        """Of what is lacking, for the reader of the settings."""
        lacking = ", ".join(f"{one.id} ({one.actual}, required {one.required})" for one in self.checks if not one.met)
        return f"There are not enough orders for predictions: {lacking}."

    def shown(self) -> dict[str, Any]:
        checks = [{"id": c.id, "required": c.required, "actual": c.actual, "met": c.met} for c in self.checks]
        return {"met": self.met, "checks": checks}


def judge(seen: Overview, as_of: datetime, mode: str) -> Verdict:
    """By `statistics.overview`. Days are whole ones."""
    least = THRESHOLDS[mode]
    history = 0 if seen.first_at is None else (as_of - seen.first_at).days
    quiet = None if seen.last_at is None else (as_of - seen.last_at).days
    return Verdict((
        Check("revenue_metric", True, seen.mapped, seen.mapped),
        Check("customers_with_order", least.customers, seen.customers, seen.customers >= least.customers),
        Check("days_of_history", least.history_days, history, history >= least.history_days),
        Check("days_since_last_order", least.quiet_days, quiet,
              quiet is not None and (least.quiet_days is None or quiet <= least.quiet_days)),
        Check("customers_with_three_orders", least.loyal, seen.loyal, seen.loyal >= least.loyal),
    ))  # fmt: skip
