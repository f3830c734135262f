"""The RFM rows as the API shows them (SPEC §7.4)."""

from __future__ import annotations

from collections.abc import Sequence

from cdp.documents.rfm import Dimensions
from cdp.jsonapi.times import format_instant
from cdp.query.money import amount
from functions.reports.kinds.rfm import (
    GROUPS,
    NEVER,
    Params,
    Row,
    asked,
    cuts,
    data_through,
    median,
    median_amount,
)
from functions.reports.kinds.rfm_orders import order_metric
from functions.reports.kinds.rfm_standing import requirements, segments
from functions.reports.report import MOMENT, Answer, Scope

Json = dict[str, object]
Medians = dict[tuple[str | None, str | None], Row]
_DEFAULT_DAYS = {"best": 180, "average": 365}


def answer(params: Params, scope: Scope, rows: Sequence[Row]) -> Answer:
    """Groups, transitions, thresholds and what they rest on.

    A customer is counted if an order of theirs still counts at the end; `no_longer_customers` ordered before
    the start, but everything was cancelled or refunded by the end.
    """
    start, end = cuts(params, scope)
    moves = [row for row in rows if row.section == "move"]
    kept = [row for row in moves if row.arrival is not None]
    medians: Medians = {(row.cut, row.origin): row for row in rows if row.section == "median"}
    shown: Json = {
        "metric_id": order_metric(params.metric_id, scope).id,
        "settings": asked(params, scope),
        "start": format_instant(start - MOMENT),
        "end": format_instant(end - MOMENT),
        "results": [_group(name, kept, medians) for name in GROUPS],
        "transitions": [{"from": r.origin or NEVER, "to": r.arrival, "count": r.customers} for r in kept],
        "thresholds": {"start": None, "end": None}
        | {row.cut: _thresholds(asked(params, scope), row) for row in rows if row.section == "threshold"},
        "no_longer_customers": sum(row.customers for row in moves if row.arrival is None),
        "unconverted_orders": sum(row.unconverted or 0 for row in kept),
        "currency": scope.currency,
        "requirements": requirements(rows),
        "segments": segments(scope),
    }
    return Answer(shown, data_through(rows))


def _group(name: str, moves: Sequence[Row], medians: Medians) -> Json:
    before = sum(r.customers for r in moves if r.origin == name)
    after = sum(r.customers for r in moves if r.arrival == name)
    stayed = sum(r.customers for r in moves if r.origin == r.arrival == name)
    all_before = sum(r.customers for r in moves if r.origin is not None)
    all_after = sum(r.customers for r in moves)
    return {
        "group": name,
        "name": name.replace("_", " ").capitalize(),
        "start": {"count": before, "share": before / all_before if all_before else 0.0},
        "end": {"count": after, "share": after / all_after if all_after else 0.0},
        "added": after - stayed,
        "dropped": before - stayed,
        "percent_change": (after - before) / before if before else None,
        "median": {
            "start": _medians(medians.get(("start", name))),
            "end": _medians(medians.get(("end", name))),
        },
    }


def _medians(row: Row | None) -> Json:
    if row is None:
        return {"days_since_purchase": None, "orders": None, "revenue": None}
    return {
        "days_since_purchase": median(row.days_low, row.days_high),
        "orders": median(row.orders_low, row.orders_high),
        "revenue": median_amount(row.units_low, row.units_high),
    }


def _thresholds(settings: Dimensions, row: Row) -> Json:
    """Where scores 3 (best) and 2 (average) begin: days at most; orders and currency units at least."""
    days = settings.recency.values
    return {
        "customers": row.customers,
        "recency": {"best": days.best, "average": days.average} if days else _DEFAULT_DAYS,
        "frequency": {"best": row.orders_high, "average": row.orders_low},
        "monetary": {"best": amount(row.units_high), "average": amount(row.units_low)},
    }
