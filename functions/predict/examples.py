"""The five example profiles of the dashboard (SPEC §6.7): chosen in the first run over all profiles of a week.

Classes are told by the number of orders and by when the last one was. Of a class it is who has spent most, by the
served figure; of several the one with the lowest id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from cdp.model.ids import profile_id
from cdp.ports import Item, Key, Put, Table
from cdp.query.money import amount
from cdp.query.sql import Query, select
from functions.predict import statistics
from functions.predict.source import Asked

WEEK = timedelta(days=7)
_CENT = 100  # in 1/10000 of a unit


@dataclass(frozen=True, slots=True)
class Class:
    """`days`: since the last order, so many at most (`recent`) or more than so many."""

    rule: str
    orders: int
    or_more: bool
    days: int
    recent: bool


CLASSES = (
    Class("At least 3 orders, the last one at most 90 days ago", 3, True, 90, True),
    Class("Exactly 2 orders, the last one at most 90 days ago", 2, False, 90, True),
    Class("Exactly 1 order, at most 60 days ago", 1, False, 60, True),
    Class("At least 3 orders, the last one more than 180 days ago", 3, True, 180, False),
    Class("Exactly 1 order, more than 60 days ago", 1, False, 60, False),
)
NOBODY: tuple[None, ...] = (None,) * len(CLASSES)
_BEST = """
SELECT class, profile_no, net_units FROM (
  SELECT class, profile_no, net_units, max(net_units) OVER (PARTITION BY class) AS most
  FROM classed WHERE class IS NOT NULL
) AS found
WHERE net_units > most - :cent
"""


class Examples(msgspec.Struct, frozen=True):
    """Profile numbers by class, reckoned as of a time (UTC); None: the class is empty."""

    as_of: datetime
    numbers: tuple[int | None, ...]


_examples = msgspec.json.Decoder(Examples)


def renew(asked: Asked) -> None:
    """Choose anew, if those that are shown are a week old, or from after `as_of`."""
    held = stored(asked.table, asked.account_id)
    if held is not None and timedelta() <= asked.as_of - held.as_of < WEEK:
        return
    numbers = NOBODY if asked.book.revenue is None else choose(asked)
    item = Item(_key(asked.account_id), msgspec.json.encode(Examples(asked.as_of, tuple(numbers))))
    asked.table.write([[Put(item)]])


def stored(table: Table, account_id: str) -> Examples | None:
    item = table.get([_key(account_id)])[0]
    return None if item is None else _examples.decode(item.body)


def choose(asked: Asked) -> tuple[int | None, ...]:
    """Of all profiles of the account. Equals of the best are told apart here: ids are made, not stored."""
    rows = asked.engine.run(asked.account_id, best(asked)).to_pydict()
    found: dict[int, tuple[float, str, int]] = {}
    for place, no, units in zip(rows["class"], rows["profile_no"], rows["net_units"], strict=True):
        one = (-(amount(units) or 0.0), profile_id(asked.account_id, no), no)
        found[place] = min(one, found.get(place, one))
    return tuple(found[place][2] if place in found else None for place in range(len(CLASSES)))


def best(asked: Asked) -> Query:
    """class (a place in `CLASSES`), profile_no, net_units: those within a cent of the highest of their class."""
    cases, bounds = [], {}
    for place, one in enumerate(CLASSES):
        bounds[f"since{place}"] = asked.as_of - timedelta(days=one.days)
        orders, last = f"orders {'>=' if one.or_more else '='} {one.orders}", ">=" if one.recent else "<"
        cases.append(f"WHEN {orders} AND last_at {last} :since{place} THEN {place}")
    text = f"SELECT profile_no, net_units, CASE {' '.join(cases)} END AS class FROM standing"
    standing = statistics.standing(asked.book, asked.book.account.now)
    return select(_BEST, months=None, cent=_CENT, **_parts(standing, text, bounds))


def _parts(standing: Query, text: str, bounds: Mapping[str, datetime]) -> dict[str, Query]:
    return {"standing": standing, "classed": select(text, months=None, **bounds)}


def _key(account_id: str) -> Key:
    return Key(f"{account_id}#clv", "examples")
