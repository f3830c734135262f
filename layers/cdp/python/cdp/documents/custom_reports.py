"""Custom reports of an account (SPEC §13): named definitions, some of them run by schedule."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from cdp.documents.named import Collection, Index
from cdp.ports import Item, ItemQuery, Key, Put, Table

Frequency = Literal["weekly", "monthly"]


class Schedule(msgspec.Struct, frozen=True):
    """Once a week or month, for the periods that begin after `since` (UTC); `recipients` are e-mail addresses."""

    frequency: Frequency
    recipients: tuple[str, ...]
    since: datetime


class CustomReport(msgspec.Struct, frozen=True):
    """`definition` as it was sent and checked. Times are UTC."""

    id: str
    name: str
    created: datetime
    updated: datetime
    report_type: str
    definition: dict[str, Any]
    schedule: Schedule | None = None


def _scheduled(account_id: str, report: CustomReport) -> Index | None:
    return None if report.schedule is None else (_partition(account_id), report.id)


CUSTOM_REPORTS: Collection[CustomReport] = Collection("custom-reports", CustomReport, _scheduled)
_ACCOUNTS = "accounts-with-scheduled-reports"


def save(table: Table, account_id: str, report: CustomReport, version: int) -> bool:
    """Write a new (version 0) or changed report; False if it has changed meanwhile."""
    if report.schedule is not None:  # first, so that no scheduled report is without it
        table.write([[Put(Item(Key(_ACCOUNTS, account_id), b"{}"))]])
    return table.write([[CUSTOM_REPORTS.put(account_id, report, version)]])[0]


def scheduled(table: Table, account_id: str) -> list[CustomReport]:
    return [stored.thing for stored in CUSTOM_REPORTS.in_own_order(table, _partition(account_id))]


def accounts(table: Table) -> list[str]:
    """Accounts that have or had a scheduled report."""
    found: list[str] = []
    query = ItemQuery(_ACCOUNTS, limit=1000)
    while items := table.query(query):
        found += (item.key.sk for item in items)
        query = ItemQuery(_ACCOUNTS, limit=1000, after=(items[-1].key.sk, *items[-1].key))
    return found


def _partition(account_id: str) -> str:
    return f"{account_id}#scheduled-reports"
