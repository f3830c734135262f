"""The conversion overview as the API shows it (SPEC §9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from cdp.jsonapi.times import format_instant
from cdp.query.money import amount
from functions.reports.comparison import compared
from functions.reports.kinds.conversion_overview import Params, Row, data_through, groups, label
from functions.reports.periods import period
from functions.reports.report import Answer, Scope

Figures = Mapping[str, Fraction | int | None]
_MONEY = frozenset({"total_revenue", "attributed_revenue", "average_order_value"})


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    """`overview` with the figures of the comparison and the changes, and `groups`: of a metric that counts only,
    amounts are null."""
    counted = scope.counted(params.conversion_metric_id, "/conversion_metric_id")
    start, end = period(params.timeframe, scope, "/timeframe")
    earlier = compared(params.comparison, params.timeframe, scope, "/comparison")
    now, before = (_figures(rows, part, counted.revenue) for part in ("now", "before"))
    overview: dict[str, object] = {
        **_shown(now),
        "comparison": {
            "start": format_instant(earlier[0]), "end": format_instant(earlier[1]), **_shown(before),
        },
        "change": {name: _change(now[name], before[name]) for name in now},
    }  # fmt: skip
    shown: dict[str, object] = {
        "conversion_metric_id": counted.id,
        "segment_id": params.segment_id,
        "start": format_instant(start),
        "end": format_instant(end),
        "currency": scope.currency,
        "overview": overview,
        "groups": [_group(row, counted.revenue) for row in groups(rows, "now")],
    }
    return Answer(shown, data_through(rows))


def _figures(rows: Sequence[Row], part: str, revenue: bool) -> Figures:
    """Amounts are in units, exact."""
    found = groups(rows, part)
    conversions, units = sum(row.total for row in found), sum(row.units for row in found)
    return {
        "total_revenue": units if revenue else None,
        "attributed_revenue": sum(row.credited_units for row in found) if revenue else None,
        "total_conversions": conversions,
        "attributed_conversions": sum(row.credited for row in found),
        "active_profiles": sum(row.profiles for row in rows if row.part == part and row.conversions == 0),
        "profiles_converted": sum(row.profiles for row in found),
        "average_order_value": Fraction(units, conversions) if revenue and conversions else None,
    }


def _shown(figures: Figures) -> dict[str, object]:
    return {name: _amount(value) if name in _MONEY else value for name, value in figures.items()}


def _amount(units: Fraction | int | None) -> float | None:
    if units is None or isinstance(units, int):
        return amount(units)
    return amount(units.numerator, units.denominator)


def _change(now: Fraction | int | None, before: Fraction | int | None) -> float | None:
    return None if now is None or not before else float(Fraction(now - before) / before)


def _group(row: Row, revenue: bool) -> dict[str, object]:
    return {
        "conversions": label(row.conversions),
        "profiles": row.profiles,
        "total_conversions": row.total,
        "attributed_conversions": row.credited,
        "revenue": amount(row.units) if revenue else None,
        "attributed_revenue": amount(row.credited_units) if revenue else None,
    }
