"""What a model says of customers: arrays in, arrays out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cdp.clv.fits import Fit
from cdp.query.money import PER_UNIT
from functions.predict.models.gamma_gamma import expected_order_value, shrunken_order_value
from functions.predict.models.mbg_nbd import expected_orders, p_alive

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]


class Customers(NamedTuple):
    """Arrays (n_customers,), by number; as `statistics.standing` gives them. `first_us` and `last_us`: of the first and
    the last order, microseconds since 1970."""

    numbers: Int
    orders: Int
    days: Int
    units: Int
    net_units: Int
    first_day: Int
    last_day: Int
    first_us: Int
    last_us: Int

    def histories(self, today: int) -> tuple[Int, Int, Int]:
        """x, t_x, T in days; `today` is days since 1970."""
        return self.days - 1, self.last_day - self.first_day, today - self.first_day

    def only(self, kept: npt.NDArray[Any]) -> Customers:
        """Those at these places."""
        return Customers(*(column[kept] for column in self))


@dataclass(frozen=True, slots=True)
class Forecast:
    """Arrays (n_customers,): P(alive), purchases in the window, value of one in units of the currency."""

    alive: Float
    purchases: Float
    value: Float

    @property
    def revenue(self) -> Float:
        return self.purchases * self.value


def customers(rows: Any) -> Customers:
    """From the Arrow table of `statistics.standing`."""
    names = ("profile_no", "orders", "days", "units", "net_units", "first_day", "last_day")
    counted = [rows[name].to_numpy().astype(np.int64) for name in names]
    return Customers(*counted, *(_us(rows[name]) for name in ("first_at", "last_at")))


def _us(column: Any) -> Int:
    found: Int = column.to_numpy().astype("datetime64[us]").astype(np.int64)
    return found


def forecast(fit: Fit, mean_value_units: int, of: Customers, today: int, window_days: int) -> Forecast:
    """`fit.purchases` must be there."""
    if fit.purchases is None:
        raise ValueError("there is no fit of purchases")
    frequency, recency, age = of.histories(today)
    purchases = expected_orders(fit.purchases, frequency, recency, age, window_days)
    alive = p_alive(fit.purchases, frequency, recency, age)
    mean = of.units / of.days / PER_UNIT
    if fit.spend is not None:
        value = expected_order_value(fit.spend, of.days, mean)
    else:
        value = shrunken_order_value(mean_value_units / PER_UNIT, of.days, mean)
    return Forecast(alive, purchases, value)


def sound(told: Forecast) -> bool:
    """Is everything a number that can be?"""
    finite = all(bool(np.isfinite(column).all()) for column in (told.alive, told.purchases, told.value))
    return finite and bool((told.purchases >= 0).all()) and bool((told.value >= 0).all())
