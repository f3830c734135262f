"""Profiles into lists and out of them, whatever becomes of the profiles meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cdp.documents import joining, memberships, merges
from cdp.ports import Table
from functions.profiles.announcing import Announcer


@dataclass(frozen=True)
class Groups:
    table: Table
    announcer: Announcer

    def join(self, account_id: str, list_id: str, numbers: Iterable[int], at: datetime) -> None:
        """Add the profiles; one that was merged meanwhile hands the membership on, one erased has none."""
        wanted = [no for no in dict.fromkeys(numbers) if no != merges.ERASED]
        memberships.join(self.table, account_id, list_id, wanted, at)
        heirs = joining.follow(self.table, account_id, wanted, at)
        members = (heirs.get(no, no) for no in wanted)
        self.announcer.members(
            account_id, list_id, dict.fromkeys(no for no in members if no != merges.ERASED), at, joined=True
        )

    def leave(self, account_id: str, list_id: str, numbers: Iterable[int], at: datetime) -> None:
        wanted = list(dict.fromkeys(numbers))
        memberships.leave(self.table, account_id, list_id, wanted, at)
        self.announcer.members(account_id, list_id, wanted, at, joined=False)
