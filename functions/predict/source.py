"""What gives predicted attributes: one function a file in functions/predict/properties, one line in `PROPERTIES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from cdp.orders.book import OrderBook
from cdp.ports import Engine, Table

Attributes: TypeAlias = Mapping[str, Any]
Values: TypeAlias = Mapping[int, Attributes]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose attributes are wanted, and as of when (UTC). `numbers` are profile numbers: a `range` in a scheduled run,
    a few after orders, some of them more than once. Only what happened up to `as_of` may be looked at."""

    account_id: str
    numbers: Sequence[int]
    as_of: datetime
    book: OrderBook
    engine: Engine
    table: Table


# Profile number -> attribute of SPEC §6.1 -> JSON value. A profile that is left out has none of the source's attributes.
Source: TypeAlias = Callable[[Asked], Values]


def _as_found(held: Attributes, found: Attributes) -> Attributes:
    return found


@dataclass(frozen=True, slots=True)
class Property:
    """`attributes` are all that the source can set: what it does not set of them is taken off the profile.

    `settle` is given all that the profile holds now and what was found, and says what it is to be: for values that
    stay as they are until there is a reason. `prepare` is called once before a run over all profiles (not before
    single ones are looked at again): for what is reckoned over all of them, to be kept in the table. What an order
    changes little or not at all is not worked out `after_orders`, but in the next run."""

    name: str
    attributes: tuple[str, ...]
    source: Source
    settle: Callable[[Attributes, Attributes], Attributes] = _as_found
    prepare: Callable[[Asked], None] | None = None
    after_orders: bool = True
