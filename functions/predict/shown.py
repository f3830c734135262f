"""Models and hold-outs as the API shows them. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from cdp.documents.clv_models import Holdout, Model
from cdp.jsonapi.times import format_instant
from cdp.query.money import amount

_CENT = Decimal("0.01")


def instant(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)


def two(value: float | None) -> float | None:
    """Two decimals, half to even; never -0.0."""
    if value is None:
        return None
    return float(Decimal(value).quantize(_CENT, ROUND_HALF_EVEN)) + 0.0


def model(one: Model) -> dict[str, Any]:
    return {
        "name": one.fit.purchases.name if one.fit.purchases else None,
        "trained_at": format_instant(one.trained_at),
        "as_of": format_instant(one.as_of),
        "data_from": format_instant(one.data_from),
        "data_through": format_instant(one.as_of),
        "customers": one.customers,
        "orders": one.orders,
        "sampled_share": one.sampled,
        "currency": one.currency,
        "predicted_window_days": one.window_days,
        "parameters": parameters(one),
        "confidence": one.confidence,
        "reason": one.reason,
        "holdout": None if one.holdout is None else holdout(one.holdout),
        "distribution": [
            {"at_least": part.at_least, "below": part.below, "customers": part.customers} for part in one.distribution
        ],
    }


def parameters(one: Model) -> dict[str, Any]:
    """`alpha` in days, `v` and `mean_purchase_value` in units of the currency; `spend` null: purchases are valued by
    means that are shrunk towards the account's."""
    purchases, spend = one.fit.purchases, one.fit.spend
    return {
        "purchases": purchases and {
            "r": purchases.r, "alpha": purchases.alpha, "a": purchases.a, "b": purchases.b, "time_unit": "day",
            "log_likelihood": purchases.log_likelihood,
        },
        "spend": spend and {"p": spend.p, "q": spend.q, "v": spend.v, "log_likelihood": spend.log_likelihood},
        "spend_failed": one.fit.spend_failed,
        "mean_purchase_value": amount(one.mean_value_units),
        "median_days_to_next_order": [None if gap is None else round(gap / 86_400, 4) for gap in one.gaps_s],
    }  # fmt: skip


def holdout(one: Holdout) -> dict[str, Any]:
    return {
        "cut": format_instant(one.cut),
        "days": one.days,
        "customers": one.customers,
        "actual_orders": one.actual_orders,
        "predicted_orders": two(one.predicted_orders),
        "actual_revenue": one.actual_revenue,
        "predicted_revenue": two(one.predicted_revenue),
        "mae": one.mae,
        "correlation": one.correlation,
        "aggregate_error": one.aggregate_error,
        "wape": one.wape,
        "heuristic_mae": one.heuristic_mae,
        "heuristic_correlation": one.heuristic_correlation,
        "stretches": [
            {"days": part.days, "predicted_orders": two(part.predicted), "actual_orders": part.actual}
            for part in one.stretches
        ],
        "deciles": [
            {"customers": part.customers, "predicted_mean": round(part.predicted, 4), "actual_mean": round(part.actual, 4)}
            for part in one.deciles
        ],
    }
