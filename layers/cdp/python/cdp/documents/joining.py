"""Joining a group while profiles are being merged and erased."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cdp.documents import memberships, merges
from cdp.ports import Table


def follow(table: Table, account_id: str, joined: Iterable[int], now: datetime) -> dict[int, int]:
    """To be called after `memberships.join`: of those who joined, the profiles that were merged meanwhile hand
    their memberships on, those that were erased lose them. Number -> successor or `merges.ERASED`."""
    gone = merges.successors(table, account_id, joined)
    for no, successor in gone.items():
        if successor == merges.ERASED:
            memberships.remove_all(table, account_id, no)
        else:
            memberships.move(table, account_id, no, successor, now)
    if again := {no for no in gone.values() if no != merges.ERASED}:
        later = follow(table, account_id, again, now)  # merged itself in the same moment
        gone = {no: later.get(successor, successor) for no, successor in gone.items()}
    return gone
