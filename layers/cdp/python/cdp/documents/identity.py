"""Identity resolution: which person is meant, for a whole batch at once (SPEC §2.2).

The first identifier, in matching order, that belongs to somebody decides. Others that belong to nobody are
added to that person; those of another person stay where they are. Nobody matched: a new profile. Within a
batch, order counts: what an earlier payload made or claimed is known to the later ones.

The id of a profile that was merged away means the one it was merged into. A profile that has nothing but an
anonymous id, named together with somebody known, is that person: the caller gets it as `anonymous` to merge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from cdp.documents import merges, profiles
from cdp.documents.merges import ERASED
from cdp.documents.profiles import Stored
from cdp.errors import Rejected
from cdp.model.payloads import ProfileResource
from cdp.model.profile import IDENTIFIERS, change, clear_identifiers
from cdp.ports import Table

_ATTEMPTS = 8
Identities = list[tuple[str, str]]


class Change(msgspec.Struct, gc=False):
    """One payload to apply: `event_at` moves `last_event_date` forward (UTC). `nulls_clear`: an identifier sent
    as null is taken away."""

    resource: ProfileResource
    identities: Identities
    event_at: datetime | None = None
    nulls_clear: bool = False


class Applied(msgspec.Struct, gc=False):
    """What a payload led to: the profile's number, and its snapshot right after the payload (JSON).

    `no` is `ERASED` for the id of an erased person: the payload did nothing. `anonymous` is the number of a
    profile that should now be merged into this one.
    """

    no: int
    created: bool
    changed: bool
    snapshot: bytes
    anonymous: int | None = None


def apply(table: Table, account_id: str, changes: Sequence[Change], now: datetime) -> list[Applied]:
    """Resolve and change all of them; durable on return. Repeating the call changes nothing more.

    Raises `Rejected` for an `id` that no profile of the account has, `Unavailable` if others keep changing
    the same profiles.
    """
    for _ in range(_ATTEMPTS):
        batch = _Batch(table, account_id, now)
        applied = batch.apply(changes)
        if batch.save():
            return applied
    raise profiles.CONTENDED


class _Batch:
    def __init__(self, table: Table, account_id: str, now: datetime) -> None:
        self._table, self._account_id, self._now = table, account_id, now
        self._states: dict[int, Stored] = {}
        self._snapshots: dict[int, bytes] = {}
        self._owners: dict[tuple[str, str], int] = {}
        self._erased: set[tuple[str, str]] = set()
        self._numbers: Iterator[int] = iter(())

    def apply(self, changes: Sequence[Change]) -> list[Applied]:
        self._load(changes)
        return [self._apply(one) for one in changes]

    def _load(self, changes: Sequence[Change]) -> None:
        wanted = {identity for one in changes for identity in one.identities}
        self._owners = profiles.find(self._table, self._account_id, wanted)
        gone = self._read(set(self._owners.values()))
        if gone:
            self._follow(gone)
        known = self._owners.keys()
        unknown = {one.identities[0] for one in changes if known.isdisjoint(one.identities)}
        if unknown:
            self._numbers = iter(profiles.new_numbers(self._table, self._account_id, len(unknown)))

    def _read(self, numbers: set[int]) -> list[int]:
        """Load the profiles; the numbers of those that do not exist."""
        gone = []
        ordered = sorted(numbers)
        for no, state in zip(ordered, profiles.get_many(self._table, self._account_id, ordered), strict=True):
            if state is None:
                gone.append(no)
            else:
                state.listed = True
                self._states[no] = state
        return gone

    def _follow(self, gone: list[int]) -> None:
        """Identifiers of profiles that were merged away lead to their successors."""
        heirs = merges.successors(self._table, self._account_id, gone)
        self._read({no for no in heirs.values() if no != ERASED} - self._states.keys())
        for identity, no in self._owners.items():
            if no in heirs:
                self._owners[identity] = heirs[no]
        self._erased = {identity for identity, no in self._owners.items() if no == ERASED}

    def _apply(self, one: Change) -> Applied:
        if one.identities[0] in self._erased:
            return Applied(ERASED, False, False, b"{}")
        state, created = self._resolve(one.identities)
        profile = state.profile
        no = profile.no
        changed = self._claim(state, one.identities)
        if one.nulls_clear and clear_identifiers(profile, one.resource.attributes):
            changed = True
        if change(profile, one.resource.attributes, one.resource.patch):
            changed = True
        if changed:
            profile.updated = self._now
            state.dirty, state.listed = True, False
            self._snapshots.pop(no, None)
        if one.event_at is not None and (profile.last_event_date is None or one.event_at > profile.last_event_date):
            profile.last_event_date = one.event_at
            state.dirty = True
        snapshot = self._snapshots.get(no)
        if snapshot is None:
            snapshot = self._snapshots[no] = profile.snapshot()
        return Applied(no, created, changed, snapshot, self._anonymous(state, one.identities))

    def _anonymous(self, state: Stored, identities: Identities) -> int | None:
        """The anonymous profile behind the payload's anonymous id, if it is another one."""
        for kind, value in identities:
            if kind != "anonymous_id":
                continue
            other = self._states.get(self._owners.get((kind, value), state.profile.no))
            if other is not None and other is not state and all(k == kind for k, _ in other.profile.identities()):
                return other.profile.no
        return None

    def _resolve(self, identities: Identities) -> tuple[Stored, bool]:
        for identity in identities:
            state = self._states.get(self._owners.get(identity, -1))
            if state is not None:
                return state, False
            if identity[0] == "id":
                raise Rejected(f"A profile with id {identity[1]} does not exist.", field="/data/id")
        no = self._next_number()
        state = self._states[no] = profiles.fresh(no, self._now)
        return state, True

    def _next_number(self) -> int:
        no = next(self._numbers, None)
        return profiles.new_numbers(self._table, self._account_id, 1)[0] if no is None else no

    def _claim(self, state: Stored, identities: Identities) -> bool:
        changed = False
        for kind, value in identities:
            if kind not in IDENTIFIERS or getattr(state.profile, kind) == value:
                continue
            owner = self._owners.get((kind, value))
            if owner is None or owner not in self._states:
                setattr(state.profile, kind, value)
                self._owners[kind, value] = state.profile.no
                changed = True
        return changed

    def save(self) -> bool:
        dirty = [state for state in self._states.values() if state.dirty]
        return all(profiles.save(self._table, self._account_id, dirty))
