"""Sufficient statistics of purchase histories, each different row once, with how many customers have it.

Whole days: `recency` from a customer's first order to the last (t_x), `age` from the first order to now (T);
`frequency` is repeat orders (x = orders - 1). Spend: `orders` of a customer (n) and their net total in ten-thousandths
of the account's currency.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from cdp.events.fit_due import Sample

Int: TypeAlias = npt.NDArray[np.int64]

MOST_ROWS = 1_000_000  # of one part: what a fit has memory and time for
MOST_BYTES = 1_000_000  # of one part: two samples of two parts make a message of less than 6 MB


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


Rows = TypeVar("Rows", Purchases, Spend)


def pack(purchases: Purchases, spend: Spend) -> Sample:
    """Columns one after the other, differences, compressed: rows sorted by their columns pack best. A part beyond
    `MOST_ROWS` or `MOST_BYTES` is `thinned`, as little as is enough."""
    return Sample(_within(purchases), _within(spend))


def unpack(sample: Sample) -> tuple[Purchases, Spend]:
    return unpack_purchases(sample.purchases), unpack_spend(sample.spend)


def unpack_purchases(packed: bytes) -> Purchases:
    return Purchases(*_unpack(packed, 4))


def unpack_spend(packed: bytes) -> Spend:
    return Spend(*_unpack(packed, 3))


def thinned(rows: Rows, every: int) -> Rows:
    """Rows of at least `every` customers as they are; of the others each with the chance customers / every, and then
    for `every` customers. Chances come from a hash of the row: the same rows stay on every machine, and the expected
    log-likelihood is that of all customers, whatever the parameters."""
    *columns, customers = rows
    kept: npt.NDArray[np.bool_] = (_hash(columns) % np.uint64(every)).astype(np.int64) < customers
    return type(rows)._make([*(column[kept] for column in columns), np.maximum(customers[kept], every)])


def sampled(rows: Rows, most: int) -> Rows:
    """`rows` themselves if they are not more than `most`, else `thinned` to fewer."""
    every, some = 1, rows
    while some.customers.size > most:
        every *= 2
        some = thinned(rows, every)
    return some


def _within(rows: Rows) -> bytes:
    every, packed = 1, _pack(rows)
    while len(packed) > MOST_BYTES or rows.customers.size > MOST_ROWS:
        every *= 2
        rows = thinned(rows, every)
        packed = _pack(rows)
    return packed


def _hash(columns: list[Int]) -> npt.NDArray[np.uint64]:
    """A well mixed number of each row (the finisher of MurmurHash3 after every column)."""
    mixed = np.zeros(columns[0].shape, np.uint64)
    for column in columns:
        mixed = (mixed ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
            mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(33)
    return mixed


def _pack(columns: tuple[Int, ...]) -> bytes:
    return zlib.compress(np.diff(np.stack(columns), prepend=0).astype("<i8").tobytes(), 6)


def _unpack(packed: bytes, columns: int) -> list[Int]:
    flat = np.frombuffer(zlib.decompress(packed), "<i8").astype(np.int64)
    return list(np.cumsum(flat.reshape(columns, -1), axis=1))
