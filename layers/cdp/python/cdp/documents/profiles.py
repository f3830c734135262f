"""Profiles in the table: look-up, identity resolution and writing (SPEC §2.2).

Items: the profile under its number, and one small item per identifier that points to that number. An
identifier item is made only if it is absent, in the same transaction as the profile's own write, so two
people can never share one, whatever runs at the same time. Such an item also tells whether somebody who holds a
private key has vouched for it (docs/adr/0060): what a browser says of itself gives no right to see anything.

The orders in which they are listed stand in profile_orders; what a write changes goes into the outbox with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from cdp.documents import outbox, profile_orders
from cdp.documents.outbox import ProfileChange
from cdp.documents.profile_orders import Order
from cdp.errors import Unavailable
from cdp.model.ids import profile_no
from cdp.model.profile import Profile, differ
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

_decoder = msgspec.json.Decoder(Profile)
_encode = msgspec.json.Encoder().encode


class Stored(msgspec.Struct):
    """A profile with the state it had in the table: `version` 0 means that it is not stored yet."""

    profile: Profile
    version: int
    claimed: frozenset[tuple[str, str]]  # (kind, value) of the identifiers it has in the table
    dirty: bool = False
    listed: bool = False  # does it surely stand where it belongs in every order? (then only the body is written)
    marked: bool = False  # has a marker among the suppressed profiles
    body: bytes = b""  # as it was read
    links: dict[tuple[str, str], bool] = {}  # identifiers to be written as vouched for, or not; new ones are unless it says no


def identity_key(account_id: str, kind: str, value: str) -> Key:
    return Key(f"{account_id}#identity#{kind}#{value}", "identity")


def link(no: int, *, trusted: bool) -> bytes:
    """Body of an identifier's item: the profile's number, signed when somebody vouched for it."""
    return f"+{no}".encode() if trusted else str(no).encode()


def is_trusted(body: bytes) -> bool:
    return body.startswith(b"+")


def decode(account_id: str, item: Item) -> Stored:
    profile = _decoder.decode(item.body)
    marked = bool(profile_orders.marker_indexes(account_id, profile))
    return Stored(profile, item.version, frozenset(profile.identities()), marked=marked, body=item.body)


def get_many(table: Table, account_id: str, numbers: Sequence[int]) -> list[Stored | None]:
    """Profiles by number, in order."""
    items = table.get([profile_orders.profile_key(account_id, no) for no in numbers])
    return [None if item is None else decode(account_id, item) for item in items]


def get(table: Table, account_id: str, id_: str) -> Stored | None:
    """The profile with this API id."""
    no = profile_no(account_id, id_)
    return None if no is None else get_many(table, account_id, [no])[0]


def named(table: Table, account_id: str, ids: Iterable[str]) -> dict[str, Profile]:
    """Those of the profiles with these API ids that there are."""
    numbers = {id_: no for id_ in ids if (no := profile_no(account_id, id_)) is not None}
    found = get_many(table, account_id, list(numbers.values()))
    return {id_: stored.profile for id_, stored in zip(numbers, found, strict=True) if stored is not None}


def find(table: Table, account_id: str, identities: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Whose identifiers are these? (kind, value) -> profile number; those of nobody are left out.

    Kind "id" is answered from the name itself; that the profile exists is for the caller to see.
    """
    return find_links(table, account_id, identities)[0]


def find_links(
    table: Table, account_id: str, identities: Iterable[tuple[str, str]]
) -> tuple[dict[tuple[str, str], int], set[tuple[str, str]]]:
    """As `find`, and those of the identifiers that are vouched for."""
    owners: dict[tuple[str, str], int] = {}
    trusted: set[tuple[str, str]] = set()
    wanted = []
    for kind, value in dict.fromkeys(identities):
        if kind == "id":
            no = profile_no(account_id, value)
            if no is not None:
                owners[kind, value] = no
        else:
            wanted.append((kind, value))
    items = table.get([identity_key(account_id, kind, value) for kind, value in wanted])
    for identity, item in zip(wanted, items, strict=True):
        if item is not None:
            owners[identity] = int(item.body)
            if is_trusted(item.body):
                trusted.add(identity)
    return owners, trusted


def page(table: Table, account_id: str, order: Order, query: ItemQuery) -> list[Stored]:
    """Profiles in an order of profile_orders, as the query asks."""
    items = table.query(query)
    if not order.marked:
        return [decode(account_id, item) for item in items]
    return [state for state in get_many(table, account_id, [int(item.body) for item in items]) if state]


def new_numbers(table: Table, account_id: str, count: int) -> range:
    """A block of fresh profile numbers."""
    last = table.add(_counter(account_id), count)
    return range(last - count + 1, last + 1)


def last_number(table: Table, account_id: str) -> int:
    """No profile of the account has a higher number."""
    return table.counts([_counter(account_id)])[0]


def _counter(account_id: str) -> Key:
    return Key(f"{account_id}#counter", "profile_no")


def save(table: Table, account_id: str, states: Sequence[Stored]) -> list[bool]:
    """Write new and changed profiles with their identifiers; False where somebody else was faster."""
    return table.write([operations(account_id, state) for state in states])


def operations(account_id: str, state: Stored) -> list[Put | Delete]:
    """The transaction that writes the profile."""
    profile = state.profile
    key = profile_orders.profile_key(account_id, profile.no)
    if state.listed and state.version:  # most events: nothing but the date of the last one has changed
        return [Put(Item(key, _encode(profile)), state.version, keep_indexes=True)]
    item = Item(key, _encode(profile), profile_orders.indexes(account_id, profile))
    writes: list[Put | Delete] = [Put(item, state.version), *_mark(account_id, state)]
    if difference := _difference(state):
        change = ProfileChange(profile.no, state.version + 1, profile.updated, difference)
        writes.append(outbox.put(account_id, change))
    held = frozenset(profile.identities())
    if held == state.claimed and not state.links:
        return writes
    for kind, value in sorted(held - state.claimed):
        body = link(profile.no, trusted=state.links.get((kind, value), True))
        writes.append(Put(Item(identity_key(account_id, kind, value), body), 0))
    for kind, value in sorted(held & state.claimed & state.links.keys()):
        body = link(profile.no, trusted=state.links[kind, value])
        writes.append(Put(Item(identity_key(account_id, kind, value), body)))
    for kind, value in sorted(state.claimed - held):
        writes.append(Delete(identity_key(account_id, kind, value)))
    return writes


def _difference(state: Stored) -> dict[str, msgspec.Raw]:
    """What the write changes for `profile_history`."""
    new = state.profile.values()
    old = _decoder.decode(state.body).values() if state.body else {}
    found: dict[str, msgspec.Raw] = {
        name: msgspec.Raw(_encode(value)) for name, value in new.items() if name not in old or differ(old[name], value)
    }
    found.update((name, outbox.NOTHING) for name in old if name not in new)
    return found


def _mark(account_id: str, state: Stored) -> list[Put | Delete]:
    """The write that keeps the suppressed profile's marker (see profile_orders) in step."""
    key = profile_orders.marker_key(account_id, state.profile.no)
    indexes = profile_orders.marker_indexes(account_id, state.profile)
    if indexes:
        return [Put(Item(key, str(state.profile.no).encode(), indexes))]
    return [Delete(key)] if state.marked else []


def remove(table: Table, account_id: str, state: Stored) -> bool:
    """Take a profile out with its identifiers, leaving no successor (profile_ends leaves one); False if it
    changed meanwhile."""
    writes: list[Put | Delete] = [Delete(profile_orders.profile_key(account_id, state.profile.no), state.version)]
    writes += [Delete(identity_key(account_id, kind, value)) for kind, value in sorted(state.claimed)]
    if state.marked:
        writes.append(Delete(profile_orders.marker_key(account_id, state.profile.no)))
    return table.write([writes])[0]


def body(profile: Profile) -> bytes:
    """The profile as it is stored."""
    return _encode(profile)


def fresh(no: int, now: datetime) -> Stored:
    """A new profile that is not stored yet."""
    return Stored(Profile(no, now, now), 0, frozenset(), dirty=True)


CONTENDED = Unavailable("profiles are being changed by others at the same moment", retry_after_s=1)
