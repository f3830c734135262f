"""Trainings and previews of customer lifetime value: what was asked, and what came of it.

A training makes the account's next model; a preview (SPEC §6.3) answers what a window would give and changes nothing.
Both are kept for a day: a preview names customers, and is forgotten before anybody could ask why it still does.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from cdp.ports import Item, Key, Put, Table

KEPT = timedelta(days=1)
Kind = Literal["training", "preview"]


class Facts(msgspec.Struct, frozen=True):
    """What the orders say before anything is fitted; fields as in `cdp.documents.clv_models.Model`."""

    currency: str
    data_from: datetime
    customers: int
    orders: int
    mean_value_units: int
    gaps_s: tuple[int | None, ...]
    sampled: float


class Result(msgspec.Struct, frozen=True):
    """Of a preview: what is served (JSON), or the sentence why there is nothing."""

    shown: dict[str, Any] = {}
    why: str | None = None


class Training(msgspec.Struct, frozen=True, omit_defaults=True):
    """Times are UTC, lengths days. `cut` and `holdout_days` (null: there is no room for one) say where the orders are
    held out; what is null is filled in as the work goes on."""

    id: str
    kind: Kind
    asked_at: datetime
    as_of: datetime
    window_days: int
    by_person: bool = False
    wanted_holdout_days: int | None = None
    basis: str = ""
    facts: Facts | None = None
    cut: datetime | None = None
    holdout_days: int | None = None
    result: Result | None = None


_training = msgspec.json.Decoder(Training)


def save(table: Table, account_id: str, training: Training) -> None:
    expires = int((training.asked_at + KEPT).timestamp())
    table.write([[Put(Item(_key(account_id, training.id), msgspec.json.encode(training), expires_at=expires))]])


def get(table: Table, account_id: str, training_id: str) -> Training | None:
    item = table.get([_key(account_id, training_id)])[0]
    return None if item is None else _training.decode(item.body)


def _key(account_id: str, training_id: str) -> Key:
    return Key(f"{account_id}#clv-training#{training_id}", "training")
