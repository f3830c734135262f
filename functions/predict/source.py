"""What gives predicted attributes: one function a file in functions/predict/properties, one line in `PROPERTIES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from cdp.orders.book import OrderBook
from cdp.ports import Engine, Table

Values: TypeAlias = Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose attributes are wanted, and as of when (UTC). `numbers` are profile numbers: a `range` in a scheduled run,
    a few after orders. Only what happened up to `as_of` may be looked at."""

    account_id: str
    numbers: Sequence[int]
    as_of: datetime
    book: OrderBook
    engine: Engine
    table: Table


# Profile number -> attribute of SPEC §6.1 -> JSON value. A profile that is left out has none of the source's attributes.
Source: TypeAlias = Callable[[Asked], Values]


@dataclass(frozen=True, slots=True)
class Property:
    """`attributes` are all that the source can set: what it does not set of them is taken off the profile."""

    name: str
    attributes: tuple[str, ...]
    source: Source
