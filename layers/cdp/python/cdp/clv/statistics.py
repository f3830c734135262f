"""Sufficient statistics of purchase histories, each different row once, with how many customers have it.

Whole days: `recency` from a customer's first order to the last (t_x), `age` from the first order to now (T);
`frequency` is repeat orders (x = orders - 1). Spend: `orders` of a customer (n) and their net total in ten-thousandths
of the account's currency.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from cdp.events.fit_due import Sample

Int: TypeAlias = npt.NDArray[np.int64]


class Purchases(NamedTuple):
    """Arrays (n_rows,); `customers` is the weight."""

    frequency: Int
    recency: Int
    age: Int
    customers: Int


class Spend(NamedTuple):
    """Arrays (n_rows,); `customers` is the weight."""

    orders: Int
    units: Int
    customers: Int


def pack(purchases: Purchases, spend: Spend) -> Sample:
    """Columns one after the other, differences, compressed: rows sorted by their columns pack best."""
    return Sample(_pack(purchases), _pack(spend))


def unpack(sample: Sample) -> tuple[Purchases, Spend]:
    return Purchases(*_unpack(sample.purchases, 4)), Spend(*_unpack(sample.spend, 3))


def _pack(columns: tuple[Int, ...]) -> bytes:
    return zlib.compress(np.diff(np.stack(columns), prepend=0).astype("<i8").tobytes(), 6)


def _unpack(packed: bytes, columns: int) -> list[Int]:
    flat = np.frombuffer(zlib.decompress(packed), "<i8").astype(np.int64)
    return list(np.cumsum(flat.reshape(columns, -1), axis=1))
