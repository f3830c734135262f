"""Product analysis as the API shows it: a result for each card."""

from __future__ import annotations

from collections.abc import Sequence

from cdp.jsonapi.times import format_instant
from functions.reports.kinds.product_analysis import (
    CARDS,
    Card,
    Params,
    Row,
    basis,
    chosen,
    curve,
    rows_of,
    share,
)
from functions.reports.kinds.product_analysis_scope import Json, Kind, requirements, shown, window
from functions.reports.kinds.product_analysis_sql import MOST
from functions.reports.kinds.rfm import median
from functions.reports.report import MOMENT, Answer, Scope


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    whole = basis(params, scope, rows)
    kind, item = chosen(params, scope)
    start, end = window(params.timeframe, scope)
    attributes: Json = {
        **shown(kind, item, whole.name, scope),
        "start": format_instant(start),
        "end": format_instant(max(start, end - MOMENT)),
        "orders": whole.orders,
        "customers": whole.customers,
        "min_support": params.min_support,
        "max_rows": MOST,
        "results": {card: _card(card, kind, whole, scope, rows) for card in CARDS if card in params.cards},
        "requirements": requirements(scope, whole.oldest),
    }
    return Answer(attributes, whole.newest)


def _card(card: Card, kind: Kind, whole: Row, scope: Scope, rows: Sequence[Row]) -> object:
    if card == "repeat_timing":
        return _timing(rows)
    bought = [(row, shown(kind, row.item or "", row.name, scope)) for row in rows_of(rows, card)]
    if card == "same_cart":
        return [{**names, "orders": row.orders, "rate": share(row.orders, whole.orders)} for row, names in bought]
    return [
        {
            **names,
            "customers": row.customers,
            "orders": row.orders,
            "rate": share(row.customers, whole.customers),
            "median_days": median(row.days_low, row.days_high),
        }
        for row, names in bought
    ]


def _timing(rows: Sequence[Row]) -> Json:
    """`returned` customers have a next order at all; the peak is the first of the days with most of them."""
    found = rows_of(rows, "returned")
    numbers = curve(rows)
    peak = max(numbers)
    return {
        "returned": found[0].customers if found else 0,
        "median_days": median(found[0].days_low, found[0].days_high) if found else None,
        "peak_day": numbers.index(peak) if peak else None,
        "curve": [{"day": day, "customers": number} for day, number in enumerate(numbers)],
    }
