"""The attributes of SPEC §6.1 that come from orders: numbers rounded as they are served. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np

from cdp.documents.clv_models import Model
from cdp.jsonapi.times import format_instant, from_epoch_us
from cdp.query.money import amount
from functions.predict.forecast import Customers, Forecast, forecast, sound
from functions.predict.statistics import MOST_GAPS, day_of

HISTORIC = ("historic_clv", "historic_number_of_orders", "average_order_value", "average_days_between_orders")
PREDICTED = (
    "predicted_clv", "total_clv", "predicted_number_of_orders", "churn_probability", "expected_date_of_next_order",
)  # fmt: skip
LAST_ORDER = "last_order_date"  # ours: tells when the expected date has to be worked out again
ATTRIBUTES = (*HISTORIC, *PREDICTED, LAST_ORDER)
_CENT = Decimal("0.01")
_DAY_US = 86_400_000_000
_SECOND_US = 1_000_000
_HIGHEST = 1e15  # of what is served; more is no prediction
_LAST_US = 253_402_300_799_000_000  # the end of the year 9999
_SHARED_GAPS = 2  # so many gaps of all customers are added to a customer's own (SPEC §6.5)


def attributes(model: Model | None, window_days: int, of: Customers, as_of: datetime) -> dict[int, dict[str, Any]]:
    """By profile number. Without a model nothing is predicted."""
    told = None
    if model is not None and of.numbers.size:
        told = forecast(model.fit, model.mean_value_units, of, day_of(as_of), window_days)
        told = told if sound(told) else None
    gaps = None if model is None or told is None else expected_us(model, of)
    return {
        int(no): {**_historic(of, at), **({} if told is None else _predicted(of, told, at)), **_dates(of, gaps, at)}
        for at, no in enumerate(of.numbers)
    }


def expected_us(model: Model, of: Customers) -> np.ndarray[Any, Any]:
    """Expected instant of the next order, microseconds since 1970; 0: nobody knows (SPEC §6.5)."""
    everybody = model.gaps_s[-1]
    shared = np.array([everybody if gap is None else gap for gap in model.gaps_s[:-1]], np.float64) * _SECOND_US
    own = of.orders - 1
    usual = shared[np.minimum(of.orders, MOST_GAPS) - 1]
    gap = ((of.last_us - of.first_us) + _SHARED_GAPS * usual) / (own + _SHARED_GAPS)
    found = np.rint((of.last_us + gap) / _SECOND_US) * _SECOND_US
    return np.where(np.isfinite(found) & (found <= _LAST_US), found, 0).astype(np.int64)


def keep_expected_date(held: Any, found: Any) -> Any:
    """The date that was worked out after the last order stays until there is another one."""
    stored = held.get("expected_date_of_next_order")
    if stored is None or found.get("expected_date_of_next_order") is None or held.get(LAST_ORDER) != found.get(LAST_ORDER):
        return found
    return {**found, "expected_date_of_next_order": stored}


def _historic(of: Customers, at: int) -> dict[str, Any]:
    orders, net = int(of.orders[at]), int(of.net_units[at])
    span = int(of.last_us[at] - of.first_us[at])
    between = None if orders < 2 else float((Decimal(span) / (_DAY_US * (orders - 1))).quantize(_CENT, ROUND_HALF_EVEN))
    return {
        "historic_clv": amount(net),
        "historic_number_of_orders": orders,
        "average_order_value": amount(net, orders),
        "average_days_between_orders": between,
    }


def _predicted(of: Customers, told: Forecast, at: int) -> dict[str, Any]:
    worth, orders = _served(told.revenue[at]), _served(told.purchases[at])
    historic = amount(int(of.net_units[at]))
    total = None if worth is None or historic is None else float(Decimal(str(historic)) + Decimal(str(worth)))
    return {
        "predicted_clv": worth,
        "total_clv": total,
        "predicted_number_of_orders": orders,
        "churn_probability": _served(1 - told.alive[at]),
    }


def _served(value: float) -> float | None:
    """Two decimals, half to even."""
    if not 0 <= value <= _HIGHEST:
        return None
    return float(Decimal(float(value)).quantize(_CENT, ROUND_HALF_EVEN))


def _dates(of: Customers, gaps: Any, at: int) -> dict[str, Any]:
    found = {LAST_ORDER: format_instant(from_epoch_us(int(of.last_us[at])))}
    if gaps is not None and gaps[at]:
        found["expected_date_of_next_order"] = format_instant(from_epoch_us(int(gaps[at])))
    return found
