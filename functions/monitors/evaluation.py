"""A monitor's rule applied: what is asked, and what came of it as the API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import msgspec

from cdp.documents.monitors import Condition, Join, Kind
from cdp.jsonapi.times import format_instant
from functions.monitors.calendar import Span, span
from functions.monitors.measuring import Asked
from functions.monitors.rule import Measured, Verdict, joined, judge
from functions.monitors.seen import Seen


class Rule(Protocol):
    """Of a monitor, or of what one would be."""

    @property
    def monitor_type(self) -> Kind: ...
    @property
    def object_id(self) -> str: ...
    @property
    def conditions(self) -> tuple[Condition, ...]: ...
    @property
    def join(self) -> Join: ...


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`shown` is JSON."""

    verdict: Verdict
    shown: dict[str, Any]


def asked(rule: Rule) -> list[Asked]:
    return [Asked(rule.monitor_type, rule.object_id, condition) for condition in rule.conditions]


def evaluate(rule: Rule, measured: Mapping[Asked, Measured], seen: Seen) -> Evaluation:
    figures = [measured[one] for one in asked(rule)]
    verdicts = [judge(condition, one) for condition, one in zip(rule.conditions, figures, strict=True)]
    whole = joined(rule.join, verdicts)
    shown = {
        "as_of": format_instant(seen.now),
        "timezone": seen.zone.key,
        "result": whole.holds,
        "reason": whole.reason,
        "conditions": [
            _shown(*one, seen) for one in zip(rule.conditions, figures, verdicts, strict=True)
        ],
    }  # fmt: skip
    return Evaluation(whole, shown)


def _shown(condition: Condition, measured: Measured, verdict: Verdict, seen: Seen) -> dict[str, Any]:
    now = span(condition.period, seen.now, seen.zone)
    return {
        "condition": msgspec.to_builtins(condition),
        "value": _number(measured.value),
        "previous_value": _number(measured.previous),
        "result": verdict.holds,
        "reason": verdict.reason,
        "period": _period(now),
        "previous_period": _period(now.before()),
    }


def _period(days: Span) -> dict[str, str]:
    """[start, end) on the account's clock."""
    return {
        name: at.astimezone(days.zone).isoformat(timespec="seconds")
        for name, at in (("start", days.start), ("end", days.end))
    }


def _number(value: Fraction | None) -> int | float | None:
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else float(value)
