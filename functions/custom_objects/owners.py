"""Whose a record is, and what becomes of it when that changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from cdp.documents import listeners, merges, profiles, records
from cdp.documents.merges import ERASED
from cdp.documents.records import Stored, Write
from cdp.ports import Table
from functions.custom_objects.mapping import Identity

LISTENER = "custom_objects"
_PAGE = 200


def find(table: Table, account_id: str, identities: Iterable[Identity]) -> dict[Identity, int]:
    """The living profile behind each identifier; those of nobody are left out."""
    named = profiles.find(table, account_id, identities)
    numbers = sorted(set(named.values()))
    living = _living(table, account_id, numbers)
    heirs = merges.successors(table, account_id, set(numbers) - living)
    now = {no: heirs.get(no, no) for no in numbers}
    return {one: now[no] for one, no in named.items() if no in living or now[no] not in (no, ERASED)}


def settle(table: Table, account_id: str, numbers: Iterable[int], now: datetime) -> set[int]:
    """After records were given to these profiles: hand on those of profiles that were merged or erased
    meanwhile; the profiles that have them now."""
    given = set(numbers)
    gone = given - _living(table, account_id, sorted(given))
    merges.move_again(table, account_id, gone)  # `rewrite` takes their rows out of the lake, or moves them
    for no, heir in merges.successors(table, account_id, gone).items():
        if heir == ERASED:
            records.erase(table, account_id, no)
        else:
            records.move(table, account_id, no, heir, now)
            given.add(heir)
    return given - gone


def attach(table: Table, account_id: str, waiting: Sequence[Stored], now: datetime) -> set[int]:
    """Give waiting records to those who have one of their identifiers by now; who that is."""
    known = find(table, account_id, {identity for one in waiting for identity in one.record.waits_for})
    writes = []
    for one in waiting:
        no = next((known[identity] for identity in one.record.waits_for if identity in known), 0)
        if no:
            writes.append(Write(one, replace(one.record, no=no, waits_for=(), changed_at=now)))
    records.save(table, account_id, writes)  # what somebody else changes meanwhile, that one looks after
    return {write.after.no for write in writes}


def expect(table: Table, account_id: str, names: Sequence[tuple[str, str]], now: datetime) -> set[int]:
    """Listen to new profiles, as these records wait; then look once more whether their person has come
    meanwhile, and to whom that gave records."""
    if not names:
        return set()
    listeners.add(table, account_id, listeners.PROFILES, LISTENER)
    found = [one for one in records.get(table, account_id, names) if one and one.record.waits_for]
    return attach(table, account_id, found, now)


def sweep(table: Table, account_id: str, now: datetime) -> set[int]:
    """Look for the people of all records that wait, which is needed only after a fault; who got records."""
    touched: set[int] = set()
    page = records.waiting(table, account_id, limit=_PAGE)
    if not page:
        listeners.remove(table, account_id, listeners.PROFILES, LISTENER)
        page = records.waiting(table, account_id, limit=_PAGE)
    while page:
        touched |= expect(table, account_id, [(record.type_id, record.id) for record, _ in page], now)
        page = records.waiting(table, account_id, limit=_PAGE, after=page[-1][1])
    return touched


def greet(table: Table, account_id: str, numbers: Sequence[int], now: datetime) -> set[int]:
    """These profiles are new or have changed: give them the records that waited for them."""
    if not records.waiting(table, account_id, limit=1):
        return set()
    states = profiles.get_many(table, account_id, numbers)
    identities = {identity for state in states if state for identity in state.profile.identities()}
    return attach(table, account_id, records.waiting_for(table, account_id, identities), now)


def _living(table: Table, account_id: str, numbers: Sequence[int]) -> set[int]:
    states = profiles.get_many(table, account_id, numbers)
    return {no for no, state in zip(numbers, states, strict=True) if state is not None}
