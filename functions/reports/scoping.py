"""What an account's documents say that reports need to know: from the table to a `Scope`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from cdp.documents import accounts, attribution_settings, cohorts, counted, rfm, segments
from cdp.documents.funnels import Funnel, dashboard
from cdp.documents.profiles import last_number
from cdp.documents.shelves import shelf
from cdp.lake.uses import uses
from cdp.orders.book import order_book
from cdp.orders.sales import PLACED
from cdp.ports import Engine, Table
from cdp.query.counted import KnownMetric
from functions.reports.report import KnownSegment, Scope
from functions.reports.sender_documents import known_campaigns, known_flows, known_groups


def scope_of(table: Table, engine: Engine, account_id: str, as_of: datetime, needs: Iterable[str] = ()) -> Scope:
    """The account as it stands now, seen as of `as_of`; `needs` are names in `NEEDS`, or `book`."""
    account = accounts.get(table, account_id)
    known = counted.known(table, account_id)
    scope = Scope(
        timezone=account.timezone,
        currency=account.currency,
        as_of=as_of,
        metrics=tuple(_most_used_first(engine, account_id, known)),
        rates=account.exchange_rates,
        week_starts_monday=account.week_starts_monday,
        custom_metrics=counted.customs(table, account_id, known),
    )
    if "book" in needs:
        scope = msgspec.structs.replace(scope, book=order_book(table, engine, account_id, as_of))
    found = {name: NEEDS[name](table, account_id) for name in needs if name != "book"}
    return msgspec.structs.replace(scope, **found)


def _most_used_first(engine: Engine, account_id: str, known: list[KnownMetric]) -> list[KnownMetric]:
    """Several services may have a Placed Order: the one with the most events leads."""
    placed = [metric.no for metric in known if metric.name == PLACED]
    if len(placed) < 2:
        return known
    used = uses(engine, account_id, placed)
    return sorted(known, key=lambda metric: -used.get(metric.no, 0))


def _segments(table: Table, account_id: str) -> tuple[KnownSegment, ...]:
    return tuple(
        KnownSegment(one.id, one.name, one.created, one.is_active, one.is_starred, one.definition)
        for one in segments.all_of(table, account_id)
    )


def _cohorts(table: Table, account_id: str) -> Mapping[str, Any]:
    return {one.id: one.definition for one in cohorts.all_of(table, account_id)}


def _funnels(table: Table, account_id: str) -> tuple[Funnel, ...]:
    return dashboard(table, account_id).funnels


NEEDS: Mapping[str, Callable[[Table, str], Any]] = {
    "attribution": attribution_settings.get,
    "cohorts": _cohorts,
    "campaigns": known_campaigns,
    "flows": known_flows,
    "funnels": _funnels,
    "groups": known_groups,
    "last_profile": last_number,
    "rfm": rfm.SETTINGS.get,
    "segments": _segments,
    "shelf": shelf,
}
