"""Merging: one profile becomes part of another (SPEC §2.2). Every step can be repeated after a crash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cdp import events
from cdp.documents import memberships, merges, profile_ends, profiles, push_tokens, records
from cdp.errors import Rejected
from cdp.events import MergeAccepted, RewriteDue
from cdp.model.profile import Profile
from cdp.ports import Queue, Table
from functions.profiles.announcing import Announcer

_ATTEMPTS = 40  # a profile of many identifiers gives them up in several steps


@dataclass(frozen=True)
class Merger:
    table: Table
    rewrite_queue: Queue
    announcer: Announcer
    clock: Callable[[], datetime]

    def merge(self, message: MergeAccepted) -> None:
        """The profile first; then what hangs on it moves to whoever it is now part of."""
        account_id, source = message.account_id, message.source
        heir = self._unite(message)
        if heir is None:
            return
        now = self.clock()
        groups, heir = self._hand_on(account_id, source, heir, now)
        merges.announce(self.table, account_id)
        self.rewrite_queue.send([events.encode(RewriteDue(account_id))])
        if heir == merges.ERASED:
            return
        self.announcer.profiles(account_id, changed=[heir])
        for group_id in groups or memberships.of_profile(self.table, account_id, heir):
            self.announcer.members(account_id, group_id, [heir], now, joined=True)

    def _hand_on(self, account_id: str, source: int, heir: int, now: datetime) -> tuple[list[str], int]:
        """The groups that moved, and who has them. An heir that was merged or erased in the same moment hands on what
        came: whoever did that may have looked before."""
        groups = memberships.move(self.table, account_id, source, heir, now)
        records.move(self.table, account_id, source, heir, now)
        push_tokens.move(self.table, account_id, source, heir)
        further = merges.successors(self.table, account_id, [heir]).get(heir)
        if further is None:
            return groups, heir
        if further != merges.ERASED:
            return self._hand_on(account_id, heir, further, now)
        memberships.remove_all(self.table, account_id, heir)
        records.erase(self.table, account_id, heir)
        push_tokens.erase(self.table, account_id, heir)
        return [], merges.ERASED

    def _unite(self, message: MergeAccepted) -> int | None:
        """Who the source is now; None if there is nothing to do (any more)."""
        account_id, source = message.account_id, message.source
        for _ in range(_ATTEMPTS):
            heirs = merges.successors(self.table, account_id, [source, message.destination])
            heir = heirs.get(source) or heirs.get(message.destination, message.destination)
            if merges.ERASED in (heir, heirs.get(source)) or heir == source:
                return None
            if source in heirs:
                return heir
            state, into = profiles.get_many(self.table, account_id, [source, heir])
            if state is None or into is None:
                if merges.successors(self.table, account_id, [source, heir]):
                    continue
                raise Rejected(f"There are no profiles {source} and {heir} to merge.")
            if message.anonymous and not is_anonymous(state.profile):
                return None
            if profile_ends.merge(
                self.table, account_id, state, into, self.clock(), trusted=message.trusted
            ):
                return heir
        raise profiles.CONTENDED


def is_anonymous(profile: Profile) -> bool:
    return all(kind == "anonymous_id" for kind, _ in profile.identities())
