"""Trained models of customer lifetime value (SPEC §6.3): every version stays, newest first.

Money is in units of `currency`; `*_units` are ten-thousandths of it. Times are UTC, lengths days.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from cdp.clv.fits import Fit
from cdp.ports import Item, ItemQuery, Key, Put, Table

Confidence = Literal["High", "Medium", "Low"]
PURCHASE_MODEL = "MBG/NBD"


class Stretch(msgspec.Struct, frozen=True):
    """Some days of the hold-out: purchases expected of all customers of the cut, and those that came."""

    days: int
    predicted: float
    actual: int


class Decile(msgspec.Struct, frozen=True):
    """A tenth of the customers by what was predicted of them: means of predicted and actual purchases."""

    customers: int
    predicted: float
    actual: float


class Bin(msgspec.Struct, frozen=True):
    """Customers with a predicted CLV in [at_least, below); `below` null: no end."""

    at_least: float
    below: float | None
    customers: int


class Holdout(msgspec.Struct, frozen=True):
    """A back-test: what a fit to the orders before `cut` says of the `days` after it, over the customers of then.

    `mae` and `correlation` are of the orders per customer, `aggregate_error` of all orders (predicted / actual - 1),
    `wape` of total revenue; `heuristic_*` of the rate heuristic: orders continue at each customer's own rate. Null: not
    defined, for want of orders or of variance."""

    cut: datetime
    days: int
    customers: int
    actual_orders: int
    predicted_orders: float
    actual_revenue: float
    predicted_revenue: float
    mae: float | None
    correlation: float | None
    aggregate_error: float | None
    wape: float | None
    heuristic_mae: float | None
    heuristic_correlation: float | None
    stretches: tuple[Stretch, ...] = ()
    deciles: tuple[Decile, ...] = ()


class Model(msgspec.Struct, frozen=True):
    """One training and what came of it. `fit.purchases` is always there; without `fit.spend` the expected value of an
    order is shrunk towards `mean_value_units`. `gaps_s`: median seconds to the next order after the k-th one (k = 1…5,
    5 stands for later ones), then over all; null where nobody has one. `sampled`: the share of customers fitted to.
    `distribution`: of predicted CLV over those customers. `basis`: see `cdp.documents.clv.State`."""

    id: str
    trained_at: datetime
    as_of: datetime
    data_from: datetime
    customers: int
    orders: int
    currency: str
    window_days: int
    fit: Fit
    mean_value_units: int
    gaps_s: tuple[int | None, ...]
    confidence: Confidence
    reason: str
    holdout: Holdout | None
    sampled: float = 1.0
    distribution: tuple[Bin, ...] = ()
    basis: str = ""

    @property
    def history_days(self) -> int:
        """Days since the first order."""
        return (self.as_of - self.data_from).days


_model = msgspec.json.Decoder(Model)


def save(table: Table, account_id: str, model: Model) -> None:
    at = model.trained_at.isoformat(timespec="microseconds")
    item = Item(_key(account_id, model.id), msgspec.json.encode(model), {"g1": (_all(account_id), f"{at}#{model.id}")})
    table.write([[Put(item)]])


def get(table: Table, account_id: str, model_id: str) -> Model | None:
    item = table.get([_key(account_id, model_id)])[0]
    return None if item is None else _model.decode(item.body)


def page(
    table: Table,
    account_id: str,
    *,
    limit: int,
    after: tuple[str, str, str] | None = None,
    descending: bool = True,
) -> list[tuple[Model, tuple[str, str, str]]]:
    """Models by the time of training, each with its position for `after`."""
    items = table.query(ItemQuery(_all(account_id), "g1", descending=descending, limit=limit, after=after))
    return [(_model.decode(item.body), (item.indexes["g1"][1], *item.key)) for item in items]


def _all(account_id: str) -> str:
    return f"{account_id}#clv-models"


def _key(account_id: str, model_id: str) -> Key:
    return Key(f"{account_id}#clv-model#{model_id}", "model")
