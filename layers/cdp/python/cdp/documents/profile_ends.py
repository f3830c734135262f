"""How a profile ends: merged into another, or erased (SPEC §2.2).

Each is one transaction at the end, with the successor written in it (documents.merges). A profile of many
identifiers gives them up a few at a time before; every state between is a valid one, and the next call goes on
from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cdp.documents import merges, profile_orders, profiles, transformations
from cdp.documents.profiles import Stored, identity_key, is_trusted, link
from cdp.model.profile import limited
from cdp.model.union import united
from cdp.ports import Delete, Item, Key, Put, Table

_STEP = 8  # identifiers: a transaction has at most 25 writes, and may forget as many as it moves
Identity = tuple[str, str]


def merge(
    table: Table, account_id: str, source: Stored, destination: Stored, now: datetime, *, trusted: bool
) -> bool:
    """One step on the way of the source into the destination; is the source gone? To be called with both as
    they are now, until it is. `trusted`: identifiers that are vouched for stay so."""
    if len(source.claimed) > _STEP and source.profile.others:
        _shift(table, account_id, source, destination, trusted)
        return False
    no, before = destination.profile.no, source.claimed | destination.claimed
    destination.profile = united(destination.profile, source.profile, now)
    transformations.active(table, account_id).update(destination.profile)
    held = frozenset(destination.profile.identities())
    destination.claimed, destination.links = held, {}
    writes = profiles.operations(account_id, destination)
    writes += _point(table, account_id, source.claimed & held, no, trusted)
    writes += _forget(account_id, before - held)
    writes += _end(account_id, source, no)
    return table.write([writes])[0]


def erase(table: Table, account_id: str, state: Stored) -> bool:
    """One step on the way to no profile; is it gone?"""
    if len(state.claimed) > _STEP and state.profile.others:
        gone, state.profile.others = state.profile.others[:_STEP], state.profile.others[_STEP:]
        table.write([[_put(account_id, state), *_forget(account_id, gone)]])
        return False
    return table.write([[*_forget(account_id, state.claimed), *_end(account_id, state, merges.ERASED)]])[0]


def _shift(table: Table, account_id: str, source: Stored, destination: Stored, trusted: bool) -> None:
    """Some of the source's further identifiers become the destination's."""
    no, before = destination.profile.no, destination.claimed
    moving, source.profile.others = source.profile.others[:_STEP], source.profile.others[_STEP:]
    destination.profile.others = limited((*destination.profile.others, *moving))
    held = frozenset(destination.profile.identities())
    table.write([
        [
            _put(account_id, source),
            _put(account_id, destination),
            *_point(table, account_id, held.intersection(moving), no, trusted),
            *_forget(account_id, before.union(moving) - held),
        ]
    ])  # fmt: skip


def _put(account_id: str, state: Stored) -> Put:
    """The profile with other further identifiers: it stays where it stands in every order."""
    key = profile_orders.profile_key(account_id, state.profile.no)
    return Put(Item(key, profiles.body(state.profile)), state.version, keep_indexes=True)


def _point(table: Table, account_id: str, identities: Iterable[Identity], no: int, trusted: bool) -> list[Put]:
    """Lead the identifiers to another profile."""
    keys: list[Key] = [identity_key(account_id, *identity) for identity in sorted(identities)]
    items = table.get(keys)
    kept = [trusted and item is not None and is_trusted(item.body) for item in items]
    return [Put(Item(key, link(no, trusted=keep))) for key, keep in zip(keys, kept, strict=True)]


def _forget(account_id: str, identities: Iterable[Identity]) -> list[Delete]:
    return [Delete(identity_key(account_id, *identity)) for identity in sorted(identities)]


def _end(account_id: str, state: Stored, successor: int) -> list[Put | Delete]:
    no = state.profile.no
    writes: list[Put | Delete] = [Delete(profile_orders.profile_key(account_id, no), state.version)]
    if state.marked:
        writes.append(Delete(profile_orders.marker_key(account_id, no)))
    return [*writes, *merges.puts(account_id, no, successor)]
