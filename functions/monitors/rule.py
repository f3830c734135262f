"""When a monitor's rule holds: pure, exact."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from cdp.documents.monitors import Condition, Join, Relation

Reason = Literal["no_baseline", "no_object"]
NO_BASELINE: Reason = "no_baseline"
NO_OBJECT: Reason = "no_object"
CHANGES: tuple[Relation, ...] = ("increased-by", "decreased-by")
_THRESHOLDS: Mapping[Relation, Callable[[Fraction, Fraction], bool]] = {
    "greater-than": operator.gt,
    "greater-or-equal": operator.ge,
    "less-than": operator.lt,
    "less-or-equal": operator.le,
    "equals": operator.eq,
    "not-equals": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure in the period and in the one before; rates are 0 to 100. None: there are no data. `gone`: what is
    watched is no more."""

    value: Fraction | None = None
    previous: Fraction | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason`: why a condition is false although nobody knows the opposite."""

    holds: bool
    reason: Reason | None = None


def judge(condition: Condition, measured: Measured) -> Verdict:
    """A change is at least as large as the condition says. Without data, or in per cent of nothing, it is false."""
    value, previous, wanted = measured.value, measured.previous, exact(condition.value)
    if measured.gone:
        return Verdict(False, NO_OBJECT)
    if value is None:
        return Verdict(False, NO_BASELINE)
    if condition.relation not in CHANGES:
        return Verdict(_THRESHOLDS[condition.relation](value, wanted))
    if previous is None:
        return Verdict(False, NO_BASELINE)
    change = value - previous if condition.relation == "increased-by" else previous - value
    if condition.value_type == "percent":
        if not previous:
            return Verdict(False, NO_BASELINE)
        change = change * 100 / previous
    return Verdict(change >= wanted)


def joined(join: Join, verdicts: Sequence[Verdict]) -> Verdict:
    """All of them, or one; if that is false, the reason of the first that has one."""
    holds = (all if join == "and" else any)(one.holds for one in verdicts)
    reason = next((one.reason for one in verdicts if one.reason is not None), None)
    return Verdict(holds, None if holds else reason)


def exact(value: float) -> Fraction:
    """The number as it is written: 33.3 is 333/10."""
    return Fraction(Decimal(str(value)))
