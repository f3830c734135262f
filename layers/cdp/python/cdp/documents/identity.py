"""Identity resolution: which person is meant, for a whole batch at once (SPEC §2.2).

The first identifier, in matching order, that belongs to somebody decides. Others that belong to nobody are
added to that person; those of another person stay where they are. Nobody matched: a new profile. Within a
batch, order counts: what an earlier payload made or claimed is known to the later ones.

The id of a profile that was merged away means the one it was merged into. A profile that has nothing but an
anonymous id, named together with somebody known, is that person: the caller gets it as `anonymous` to merge.

What comes without a private key (`Change.trusted` false) is believed less, see docs/adr/0060: it claims no `_kx`,
replaces no identifier, and what it links is not vouched for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import msgspec

from cdp.documents import merges, profiles, transformations
from cdp.documents.merges import ERASED
from cdp.documents.profiles import Stored
from cdp.errors import Rejected
from cdp.model.payloads import ProfileResource
from cdp.model.profile import IDENTIFIERS, Profile, change, clear_identifiers, limited
from cdp.ports import Table

_ATTEMPTS = 8
_LINKS = ("kx", "anonymous_id")  # what a browser keeps
_NAMES = ("external_id", "email", "phone_number")
Identities = list[tuple[str, str]]


class Change(msgspec.Struct, gc=False):
    """One payload to apply: `event_at` moves `last_event_date` forward (UTC). `nulls_clear`: an identifier sent
    as null is taken away. `trusted`: it came with a private key."""

    resource: ProfileResource
    identities: Identities
    event_at: datetime | None = None
    nulls_clear: bool = False
    trusted: bool = True


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
            batch.settle()
            return applied
    raise profiles.CONTENDED


class _Batch:
    def __init__(self, table: Table, account_id: str, now: datetime) -> None:
        self._table, self._account_id, self._now = table, account_id, now
        self._states: dict[int, Stored] = {}
        self._snapshots: dict[int, bytes] = {}
        self._owners: dict[tuple[str, str], int] = {}
        self._trusted: set[tuple[str, str]] = set()
        self._erased: set[tuple[str, str]] = set()
        self._numbers: Iterator[int] = iter(())
        self._transformer = transformations.active(table, account_id)

    def apply(self, changes: Sequence[Change]) -> list[Applied]:
        self._load(changes)
        return [self._apply(one) for one in changes]

    def _load(self, changes: Sequence[Change]) -> None:
        wanted = {identity for one in changes for identity in one.identities}
        self._owners, self._trusted = profiles.find_links(self._table, self._account_id, wanted)
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
        state, created = self._resolve(one)
        profile = state.profile
        no = profile.no
        changed = self._claim(state, one)
        if one.nulls_clear and clear_identifiers(profile, one.resource.attributes):
            changed = True
        if change(profile, one.resource.attributes, one.resource.patch):
            changed = True
        if self._transformer and (changed or no not in self._snapshots) and self._transformer.update(profile):
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
        return Applied(no, created, changed, snapshot, self._anonymous(state, one))

    def _anonymous(self, state: Stored, one: Change) -> int | None:
        """The anonymous profile behind the payload's anonymous id, if it is another one."""
        for kind, value in one.identities:
            if kind != "anonymous_id":
                continue
            other = self._states.get(self._owners.get((kind, value), state.profile.no))
            if other is not None and other is not state and _is_anonymous(other.profile, (kind,)):
                if one.trusted:
                    self._vouch(other, (kind, value))
                return other.profile.no
        return None

    def _resolve(self, one: Change) -> tuple[Stored, bool]:
        for identity in one.identities:
            state = self._states.get(self._owners.get(identity, -1))
            if state is not None and (one.trusted or not _contradicts(state.profile, identity[0], one.identities)):
                return state, False
            if identity[0] == "id":
                raise Rejected(f"A profile with id {identity[1]} does not exist.", field="/data/id")
        no = self._next_number()
        state = self._states[no] = profiles.fresh(no, self._now)
        return state, True

    def _next_number(self) -> int:
        no = next(self._numbers, None)
        return profiles.new_numbers(self._table, self._account_id, 1)[0] if no is None else no

    def _claim(self, state: Stored, one: Change) -> bool:
        profile, claimed = state.profile, False
        for kind, value in one.identities:
            if kind not in IDENTIFIERS:
                continue
            owner = self._owners.get((kind, value))
            if owner == profile.no and one.trusted and kind in _LINKS:
                self._vouch(state, (kind, value))
            if getattr(profile, kind) == value or (owner is not None and owner in self._states):
                continue
            if one.trusted:
                setattr(profile, kind, value)
                state.links[kind, value] = True
                self._trusted.add((kind, value))
            elif not self._claim_untrusted(state, kind, value):
                continue
            self._owners[kind, value] = profile.no
            claimed = True
        return claimed

    def _claim_untrusted(self, state: Stored, kind: str, value: str) -> bool:
        """A browser's word: beside what is known, never instead of it."""
        profile = state.profile
        if kind == "kx" or (kind != "anonymous_id" and getattr(profile, kind) is not None):
            return False
        if kind != "anonymous_id" and _is_anonymous(profile, _LINKS):  # who was vouched for is somebody from now on
            for identity in profile.identities():
                state.links[identity] = False
                self._trusted.discard(identity)
        if getattr(profile, kind) is None:
            setattr(profile, kind, value)
        else:
            profile.others = limited((*profile.others, (kind, value)))
        state.links[kind, value] = False
        return True

    def _vouch(self, state: Stored, identity: tuple[str, str]) -> None:
        if identity not in self._trusted:
            self._trusted.add(identity)
            state.links[identity] = True
            state.dirty, state.listed = True, False

    def save(self) -> bool:
        dirty = [state for state in self._states.values() if state.dirty]
        return all(profiles.save(self._table, self._account_id, dirty))

    def settle(self) -> None:
        """A transformation that became active meanwhile applies to these profiles too."""
        transformations.settle(self._table, self._account_id, self._transformer, self._states, self._now)


def _is_anonymous(profile: Profile, kinds: Collection[str]) -> bool:
    """Has it no identifier but those of these kinds?"""
    return all(kind in kinds for kind, _ in profile.identities())


def _contradicts(profile: Profile, found_by: str, identities: Identities) -> bool:
    """Is it somebody else who sits at the same browser? (found by what the browser keeps, named otherwise)"""
    if found_by not in _LINKS:
        return False
    held = set(profile.identities())
    return any(
        kind in _NAMES and getattr(profile, kind) is not None and (kind, value) not in held for kind, value in identities
    )
