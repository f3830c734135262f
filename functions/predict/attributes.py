"""The attributes of SPEC §6.1 that come from orders: numbers rounded as they are served. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from cdp.documents.clv_models import Model
from cdp.query.money import PER_UNIT
from functions.predict.forecast import Customers, Forecast, forecast, sound
from functions.predict.statistics import MOST_GAPS, day_of

HISTORIC = ("historic_clv", "historic_number_of_orders", "average_order_value", "average_days_between_orders")
PREDICTED = (
    "predicted_clv", "total_clv", "predicted_number_of_orders", "churn_probability", "expected_date_of_next_order",
)  # fmt: skip
LAST_ORDER = "last_order_date"  # ours: tells when the expected date has to be worked out again
ATTRIBUTES = (*HISTORIC, *PREDICTED, LAST_ORDER)
Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
_CENT = PER_UNIT // 100
_DAY_US = 86_400_000_000
_SECOND_US = 1_000_000
_HIGHEST = 1e13  # of what is served; more is no prediction
_LAST_US = 253_402_300_799_000_000  # the end of the year 9999
_SHARED_GAPS = 2  # so many gaps of all customers are added to a customer's own (SPEC §6.5)


def attributes(model: Model | None, window_days: int, of: Customers, as_of: datetime) -> dict[int, dict[str, Any]]:
    """By profile number. Without a model nothing is predicted; what there is nothing of is left out or null."""
    net = _cents(of.net_units, np.full(of.orders.shape, _CENT))
    columns = {**_historic(of, net), LAST_ORDER: _instants(of.last_us)}
    if model is not None and of.numbers.size:
        told = forecast(model.fit, model.mean_value_units, of, day_of(as_of), window_days)
        if sound(told):
            dates = _instants(expected_us(model, of))
            columns |= {**_predicted(told, net), "expected_date_of_next_order": dates}
    names = tuple(columns)
    rows = zip(*columns.values(), strict=True)
    return {no: dict(zip(names, row, strict=True)) for no, row in zip(of.numbers.tolist(), rows, strict=True)}


def expected_us(model: Model, of: Customers) -> Int:
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


def _historic(of: Customers, net: Int) -> dict[str, list[Any]]:
    between = _cents(of.last_us - of.first_us, np.maximum(of.orders - 1, 1) * (_DAY_US // 100)) / 100
    return {
        "historic_clv": (net / 100).tolist(),
        "historic_number_of_orders": of.orders.tolist(),
        "average_order_value": (_cents(of.net_units, of.orders * _CENT) / 100).tolist(),
        "average_days_between_orders": _where(of.orders > 1, between),
    }


def _predicted(told: Forecast, net: Int) -> dict[str, list[Any]]:
    worth, orders, churn = (np.rint(one * 100) for one in (told.revenue, told.purchases, 1 - told.alive))
    possible = (told.revenue <= _HIGHEST) & (told.purchases <= _HIGHEST)
    return {
        "predicted_clv": _where(possible, worth / 100),
        "total_clv": _where(possible, (net + worth) / 100),
        "predicted_number_of_orders": _where(possible, orders / 100),
        "churn_probability": (churn / 100).tolist(),
    }


def _cents(amounts: Int, of_a_cent: Int) -> Int:
    """amounts / of_a_cent, (n,), as whole numbers: half to even, exact."""
    whole, left = np.divmod(amounts, of_a_cent)
    up = (2 * left > of_a_cent) | ((2 * left == of_a_cent) & (whole % 2 == 1))
    return np.asarray(whole + up)


def _instants(us: Int) -> list[str | None]:
    """As the API shows them, to the second; null for 0."""
    shown = np.datetime_as_string((us // _SECOND_US).astype("datetime64[s]")).tolist()
    return [f"{text}+00:00" if known else None for text, known in zip(shown, us.tolist(), strict=True)]


def _where(known: npt.NDArray[np.bool_], values: Float) -> list[float | None]:
    return [value if there else None for value, there in zip(values.tolist(), known.tolist(), strict=True)]
