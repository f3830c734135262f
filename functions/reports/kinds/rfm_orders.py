"""The orders of an RFM analysis: of Placed Order net of corrections, of another metric or a custom one as they are."""

from __future__ import annotations

from datetime import UTC, datetime

from cdp.errors import Rejected
from cdp.orders.sales import CANCELLED, PLACED, REFUNDED, Sources, ledger, loose_refunds, orders
from cdp.query.counted import Counted, Group, occurrences
from cdp.query.sql import Query, select
from functions.reports.kinds.rfm_sql import ONE_SCAN, TWO_SCANS
from functions.reports.report import Scope

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_CUSTOM = """
SELECT profile_no, event_id, occurred_at, units,
  CASE WHEN currency NOT IN (:known) THEN 1 ELSE 0 END AS unconverted
FROM counted WHERE units > 0
"""
_ORDERS = "SELECT profile_no, occurred_at, units, unconverted FROM orders"
_CURRENT = "SELECT profile_no, max(occurred_at) AS last_at, count(*) AS orders, sum(units) AS units FROM orders GROUP BY 1"
_NET = """
WITH people AS (
  SELECT profile_no, max(occurred_at) AS last_at, count(*) AS orders, sum(units) AS units FROM orders GROUP BY 1
)
SELECT p.profile_no, p.last_at, p.orders, greatest(p.units - coalesce(r.units, 0), 0) AS units
FROM people AS p LEFT JOIN loose AS r ON r.profile_no = p.profile_no
"""


def order_metric(metric_id: str | None, scope: Scope) -> Counted:
    """The metric or custom metric asked for, that of the account's settings, or the most used Placed Order."""
    if (id_ := metric_id or scope.rfm.metric_id) is not None:
        return scope.counted(id_, "/metric_id")
    placed = scope.named(PLACED)
    if not placed:
        raise Rejected(f"The account has no metric named {PLACED}; give a metric_id.", field="/metric_id")
    return Counted(placed[0].id, placed[0].name, (Group(placed[0]),))


def sources(scope: Scope, metric_no: int, name: str) -> Sources:
    """Cancellations and refunds belong to placed orders; another order metric is taken as it is."""
    if name != PLACED:
        return Sources((metric_no,))
    cancelled, refunded = (tuple(m.no for m in scope.named(n)) for n in (CANCELLED, REFUNDED))
    return Sources((metric_no,), cancelled, refunded)


def standing(metric: Counted, start: datetime, end: datetime, scope: Scope) -> Query:
    """One row a customer: what stands at both cuts (see `rfm_sql`)."""
    if metric.custom:
        return select(ONE_SCAN, orders=_custom(metric, end, scope), start=start)
    found = sources(scope, metric.groups[0].metric.no, metric.name)
    events = ledger(found, end, scope)
    if not found.adjusted:
        return select(ONE_SCAN, ledger=events, orders=orders(found, end, scope), start=start)
    return select(
        TWO_SCANS,
        ledger=events,
        start_orders=orders(found, start, scope),
        end_orders=orders(found, end, scope),
        start_refunds=loose_refunds(found, start),
        end_refunds=loose_refunds(found, end),
    )


def lasting(metric: Counted, end: datetime, scope: Scope) -> Query | None:
    """The orders before `end` that nothing can take back: profile_no, occurred_at, units, unconverted."""
    if metric.custom:
        return select(_ORDERS, orders=_custom(metric, end, scope))
    found = sources(scope, metric.groups[0].metric.no, metric.name)
    if found.adjusted:
        return None
    return select(_ORDERS, ledger=ledger(found, end, scope), orders=orders(found, end, scope))


def current(metric: Counted, end: datetime, scope: Scope) -> Query:
    """One row a customer at `end`: profile_no, last_at, orders, units."""
    if metric.custom:
        return select(_CURRENT, orders=_custom(metric, end, scope))
    found = sources(scope, metric.groups[0].metric.no, metric.name)
    events, placed = ledger(found, end, scope), orders(found, end, scope)
    if not found.adjusted:
        return select(_CURRENT, ledger=events, orders=placed)
    return select(_NET, ledger=events, orders=placed, loose=loose_refunds(found, end))


def _custom(metric: Counted, end: datetime, scope: Scope) -> Query:
    counted = occurrences(metric, _FIRST, end, scope, keep=("currency",))
    return select(_CUSTOM, counted=counted, known=sorted({scope.currency, *scope.rates}))
