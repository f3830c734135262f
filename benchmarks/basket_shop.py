"""The baskets as an account of the platform, and what its learning ranks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.basket_data import Baskets
from benchmarks.basket_rankers import History, Scores
from cdp.adapters.embedded.lake import local_lake
from cdp.adapters.embedded.table import SqliteTable
from cdp.documents import accounts, metrics
from cdp.lake.schema import arrow_schema
from cdp.lake.tables import EVENTS, ORDER_ITEMS, LakeTable
from cdp.orders.book import order_book
from cdp.orders.sales import PLACED
from cdp.query.duckdb import DuckdbEngine
from functions.predict import next_products, purchases
from functions.predict.affinities import learn
from functions.predict.source import Asked


def ours(history: History, folder: Path) -> Scores:
    """Orders into a lake, learned from by its SQL, looked up as a nightly run does; bestsellers behind all others."""
    asked = shop(history.baskets, folder)
    head = learn(asked)
    if head is None:
        raise SystemExit("nothing was learned")
    query = purchases.query(asked.book, asked.book.account.now, asked.numbers)
    bought = purchases.read(asked.engine.run(asked.account_id, query))
    known = next_products.known(asked.table, asked.account_id, head, bought.names)
    types = {name: n for n, name in enumerate(history.baskets.names)}
    columns = np.array([types[item] for item in known.items])
    sold = {item: -float(n) for n, item in enumerate(head.bestsellers, 1)}
    usual = np.array([sold.get(name, -1e9) for name in history.baskets.names], np.float32)
    found = np.tile(usual, (int(bought.numbers.max()) + 1, 1))
    for at, no in enumerate(bought.numbers):
        items, scores = next_products.scores(next_products.basket(bought, at, known), known)
        found[no, columns[items]] = scores
    return found[history.households]


def shop(baskets: Baskets, folder: Path) -> Asked:
    """An account whose orders these are, seen at their end."""
    table, lake = SqliteTable(str(folder / "documents.db")), local_lake(str(folder / "lake"))
    account, _ = accounts.create(table, name="Grocer", timezone="UTC", currency="USD")
    metric = metrics.ensure(table, account.id, [(metrics.SERVICE, PLACED)], baskets.as_of)[metrics.SERVICE, PLACED]
    first = np.flatnonzero(np.diff(baskets.basket, prepend=-1))
    lines = {
        "metric_id": np.full(len(baskets.at), metric.no, np.int32),
        "profile_no": baskets.household.astype(np.int32),
        "occurred_at": pa.array(baskets.at, pa.timestamp("us", "UTC")),
        "event_id": baskets.basket,
        "received_at": pa.array(baskets.at, pa.timestamp("us", "UTC")),
        "month": _months(baskets.at),
        "line": np.arange(len(baskets.at), dtype=np.int32),
        "product_name": pa.array(baskets.names).take(pa.array(baskets.type)),
    }
    orders = {name: pa.array(column).take(pa.array(first)) for name, column in lines.items()}
    orders |= {"value": np.ones(len(first)), "properties": pa.array(["{}"] * len(first))}
    lake.append(account.id, EVENTS, _rows(EVENTS, orders, len(first)))
    lake.append(account.id, ORDER_ITEMS, _rows(ORDER_ITEMS, lines, len(baskets.at)))
    engine = DuckdbEngine(lake)
    numbers = range(int(baskets.household.min()), int(baskets.household.max()) + 1)
    book = order_book(table, engine, account.id, baskets.as_of)
    return Asked(account.id, numbers, baskets.as_of, book, engine, table)


def _months(at: Any) -> Any:
    months = at.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    return (months + 1970 * 12).astype(np.int32)


def _rows(table: LakeTable, columns: Mapping[str, Any], many: int) -> pa.Table:
    fields = arrow_schema(table)
    made = [pa.array(columns[f.name], f.type) if f.name in columns else pa.nulls(many, f.type) for f in fields]
    return pa.table(made, schema=fields)
