"""Custom metrics of an account (SPEC §4.4): one item each in this partition."""

from __future__ import annotations

from cdp.ports import ItemQuery, Table


def count(table: Table, account_id: str) -> int:
    """How many there are; never more than a plan allows, so a page holds them."""
    return len(table.query(ItemQuery(f"{account_id}#custom-metrics", limit=1000)))
