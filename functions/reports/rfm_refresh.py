"""Brings the RFM groups on profiles up to date: nightly, and when the settings have changed (SPEC §7.5).

The lake says whose group differs from what the profile's history says; only those are read and written, some at a
time. Each is looked at again before it is written, so a refresh may be cut short, repeated, or run beside another.
Profiles are noted before they are written and announced after: who was cut short in between is announced by the next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cdp import events
from cdp.documents import accounts, listeners, outbox, plans, profiles, rfm, transformations
from cdp.errors import Rejected
from cdp.events import ProfilesChanged, RfmDue, Scheduled
from cdp.ports import Bus, Engine, Lake, Queue, Table
from functions.reports.kinds.rfm_groups import NAMES, differences, groups
from functions.reports.rfm_profiles import regroup
from functions.reports.scoping import scope_of

log = logging.getLogger("regulars.reports")

JOB = "rfm"
FEATURE = "analytics"
MOST = 10_000  # profiles of one message; the next one goes on behind them, and other work gets its turn
CHUNK = 500
_ATTEMPTS = 5


@dataclass(frozen=True)
class Refresher:
    table: Table
    lake: Lake
    engine: Engine
    bus: Bus
    queue: Queue
    clock: Callable[[], datetime]

    def scheduled(self, message: Scheduled) -> None:
        """Every hour: accounts that have not been refreshed since midnight in their zone. When a person asks: now."""
        for account_id in [message.account_id] if message.account_id else self.lake.accounts():
            if not plans.get(self.table, account_id).opens(FEATURE):
                continue
            if message.as_of is not None:
                due: RfmDue | None = RfmDue(account_id, message.as_of)
                while due is not None:
                    due = self._refresh(due)
            elif self._is_late(account_id):
                self.queue.send([events.encode(RfmDue(account_id))])

    def due(self, message: RfmDue) -> None:
        """One part; the next one is put into the inbox."""
        following = self._refresh(message)
        if following is not None:
            self.queue.send([events.encode(following)])

    def _is_late(self, account_id: str) -> bool:
        zone = accounts.get(self.table, account_id).zone
        last = rfm.refreshed_at(self.table, account_id)
        return last is None or last.astimezone(zone).date() < self.clock().astimezone(zone).date()

    def _refresh(self, message: RfmDue) -> RfmDue | None:
        account_id, now = message.account_id, self.clock()
        at = now if message.as_of is None else datetime.fromisoformat(message.as_of)
        begun = message.begun or now.isoformat()
        for key, numbers in rfm.unannounced(self.table, account_id):
            self._announce(account_id, numbers)
            rfm.done(self.table, key)
        found = list(self._differences(account_id, at, message.after).items())
        for start in range(0, len(found), CHUNK):
            self._write(account_id, dict(found[start : start + CHUNK]), at)
        if len(found) == MOST:
            return RfmDue(account_id, message.as_of, found[-1][0], begun)
        rfm.note_refreshed(self.table, account_id, datetime.fromisoformat(begun))
        return None

    def _differences(self, account_id: str, at: datetime, after: int) -> dict[int, str | None]:
        """Profile number -> group, ascending."""
        outbox.drain(self.table, self.lake, account_id)
        scope = scope_of(self.table, self.engine, account_id, at, ("rfm",))
        try:
            wanted = groups(None, scope.rfm.dimensions, scope.now, scope)
        except Rejected as error:
            log.info("no RFM groups for %s: %s", account_id, error.message)
            return {}
        rows = self.engine.run(account_id, differences(wanted, after, MOST))
        places = zip(rows["profile_no"].to_pylist(), rows["place"].to_pylist(), strict=True)
        return {no: NAMES[place - 1] if place else None for no, place in places}

    def _write(self, account_id: str, wanted: Mapping[int, str | None], at: datetime) -> None:
        noted = rfm.intend(self.table, account_id, list(wanted))
        transformer, left = transformations.active(self.table, account_id), list(wanted)
        for _ in range(_ATTEMPTS):
            found = profiles.get_many(self.table, account_id, left)
            states = [one for one in found if one is not None and regroup(one.profile, wanted[one.profile.no], at)]
            for state in states:
                transformer.update(state.profile)
                state.profile.updated = max(self.clock(), state.profile.updated)
            saved = profiles.save(self.table, account_id, states) if states else []
            left = [state.profile.no for state, ok in zip(states, saved, strict=True) if not ok]
            if not left:
                transformations.settle(self.table, account_id, transformer, wanted, self.clock())
                self._announce(account_id, tuple(wanted))
                rfm.done(self.table, noted)
                return
        raise profiles.CONTENDED

    def _announce(self, account_id: str, numbers: tuple[int, ...]) -> None:
        if listeners.PROFILES in listeners.metrics(self.table, account_id):
            self.bus.publish([ProfilesChanged(account_id, changed=numbers)])
