"""Telling others what the room has changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cdp.documents import listeners
from cdp.documents.merges import ERASED
from cdp.events import MembershipsChanged, ProfilesChanged
from cdp.ports import Bus, Table


@dataclass(frozen=True)
class Announcer:
    """At least once: what a first try may have kept to itself, a repeated one tells."""

    table: Table
    bus: Bus

    def profiles(self, account_id: str, *, created: Iterable[int] = (), changed: Iterable[int] = ()) -> None:
        """Profiles were written, be it that nothing in them is new; told only if somebody listens."""
        new = dict.fromkeys(created)
        others = tuple(no for no in dict.fromkeys(changed) if no not in new and no != ERASED)
        if (new or others) and listeners.PROFILES in listeners.metrics(self.table, account_id):
            self.bus.publish([ProfilesChanged(account_id, tuple(new), others)])

    def members(
        self, account_id: str, group_id: str, numbers: Iterable[int], at: datetime, *, joined: bool
    ) -> None:
        if profiles := tuple(numbers):
            self.bus.publish([MembershipsChanged(account_id, group_id, joined, profiles, at.isoformat())])
