"""Data transformations of an account: what is stored, which are active, and bringing profiles up to date.

Per transformation there are two items: itself, and the progress of its back-fill. The *head* lists the active
ones; it changes with every write of a transformation, in the same transaction, so that writers of profiles see
with one read whether what they know still holds.

A profile that is written while a transformation becomes active is not lost: its writer looks at the head before
and after (`settle`), and a back-fill begins after the head is written.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from cdp.documents import profiles
from cdp.errors import Rejected, Unavailable
from cdp.model.ids import new_short_id
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table
from cdp.transformations.definition import Definition, method_of
from cdp.transformations.transformer import Transformer

MAX_ACTIVE, MAX_STORED = 30, 200
_ATTEMPTS = 8
_HEAD, _ITEM, _PROGRESS = "head", "item#", "progress#"


class Transformation(msgspec.Struct, frozen=True):
    """Times are UTC. `revision` is new with everything that makes a back-fill necessary."""

    id: str
    name: str
    definition: Definition
    active: bool
    revision: str
    created: datetime
    updated: datetime


class Progress(msgspec.Struct, frozen=True):
    """How far the back-fill of a revision is. Counted in profile numbers: `total` have been given at its start,
    `processed` are done; a number whose profile is no more counts as well."""

    revision: str
    total: int
    processed: int = 0
    completed_at: datetime | None = None


class Kept(msgspec.Struct, frozen=True):
    """A transformation with its progress; `version` is that of the progress item."""

    transformation: Transformation
    progress: Progress
    version: int

    @property
    def status(self) -> str:
        if not self.transformation.active:
            return "inactive"
        return "active" if self.progress.completed_at else "in_progress"


class _Head(msgspec.Struct, frozen=True):
    token: str
    active: tuple[str, ...]


_transformation = msgspec.json.Decoder(Transformation)
_progress = msgspec.json.Decoder(Progress)
_head = msgspec.json.Decoder(_Head)
_NONE = Transformer()
_compiled: dict[str, Transformer] = {}  # by token, which no two heads share
_MAX_COMPILED = 256
CONTENDED = Unavailable("transformations are being changed by others at the same moment", retry_after_s=1)


def _key(account_id: str, name: str) -> Key:
    return Key(f"{account_id}#transformations", name)


# ---------------------------------------------------------------- reading


def active(table: Table, account_id: str) -> Transformer:
    """The account's active transformations, ready to run. One read, unless they have changed."""
    item = table.get([_key(account_id, _HEAD)])[0]
    if item is None:
        return _NONE
    head = _head.decode(item.body)
    known = _compiled.get(head.token)
    if known is None:
        items = table.get([_key(account_id, _ITEM + id_) for id_ in head.active])
        known = Transformer([_transformation.decode(i.body).definition for i in items if i is not None], head.token)
        if len(_compiled) >= _MAX_COMPILED:
            _compiled.clear()
        _compiled[head.token] = known
    return known


def get(table: Table, account_id: str, id_: str) -> Kept | None:
    item, progress = table.get([_key(account_id, _ITEM + id_), _key(account_id, _PROGRESS + id_)])
    return None if item is None or progress is None else _kept(item, progress)


def all_of(table: Table, account_id: str) -> list[Kept]:
    """Every transformation of the account, by id."""
    items: dict[str, Item] = {}
    query = ItemQuery(_key(account_id, "").pk, limit=1000)
    while page := table.query(query):
        items.update((item.key.sk, item) for item in page)
        query = ItemQuery(query.partition, limit=1000, after=(page[-1].key.sk, *page[-1].key))
    pairs = [(item, items.get(_PROGRESS + sk.removeprefix(_ITEM))) for sk, item in items.items() if sk.startswith(_ITEM)]
    return [_kept(item, progress) for item, progress in pairs if progress is not None]


def _kept(item: Item, progress: Item) -> Kept:
    return Kept(_transformation.decode(item.body), _progress.decode(progress.body), progress.version)


# ---------------------------------------------------------------- writing


def new(name: str, definition: Definition, now: datetime, *, active: bool) -> Transformation:
    return Transformation(new_short_id(), name, definition, active, secrets.token_hex(8), now, now)


def create(table: Table, account_id: str, wanted: Transformation) -> Kept:
    """Store a new transformation; `Rejected` if the property has one of this method, or there are too many."""
    return _store(table, account_id, wanted, None)


def replace(
    table: Table, account_id: str, held: Transformation, changed: Transformation, *, again: bool
) -> Kept:
    """Store `held` as changed; `again`: existing profiles wait for it. `Unavailable` if it is not so any more."""
    if again:
        changed = msgspec.structs.replace(changed, revision=secrets.token_hex(8))
    return _store(table, account_id, changed, held)


def _store(table: Table, account_id: str, wanted: Transformation, before: Transformation | None) -> Kept:
    """Write item, head and, for a new revision, progress; the head's version keeps two writers apart."""
    for _ in range(_ATTEMPTS):
        head = table.get([_key(account_id, _HEAD)])[0]
        others = {one.transformation.id: one for one in all_of(table, account_id)}
        held = others.pop(wanted.id, None)
        if (held.transformation if held else None) != before:
            raise CONTENDED
        _check(wanted, [one.transformation for one in others.values()])
        ids = [id_ for id_, one in others.items() if one.transformation.active]
        ids += [wanted.id] if wanted.active else []
        writes: list[Put | Delete] = [
            Put(Item(_key(account_id, _ITEM + wanted.id), msgspec.json.encode(wanted))),
            _put_head(account_id, ids, head),
        ]
        if held is None or held.progress.revision != wanted.revision:
            progress = Progress(wanted.revision, _last_number(table, account_id) if wanted.active else 0)
            writes.append(Put(Item(_key(account_id, _PROGRESS + wanted.id), msgspec.json.encode(progress))))
        if table.write([writes])[0]:
            stored = get(table, account_id, wanted.id)
            if stored is not None:
                return stored
    raise CONTENDED


def _check(wanted: Transformation, others: Sequence[Transformation]) -> None:
    method, property_ = method_of(wanted.definition), wanted.definition.property
    for other in others:
        if (method_of(other.definition), other.definition.property) == (method, property_):
            raise Rejected(
                f"The property {property_!r} has a transformation of method {method} already: {other.name!r}.",
                field="/data/attributes/properties/0" if method == "merge" else "/data/attributes/property",
                status=409, code="conflict", title="Conflict.", meta={"transformation_id": other.id},
            )  # fmt: skip
    if wanted.active and sum(other.active for other in others) >= MAX_ACTIVE:
        raise Rejected(f"At most {MAX_ACTIVE} transformations can be active.", field="/data/attributes/active")
    if len(others) >= MAX_STORED:
        raise Rejected(f"An account has at most {MAX_STORED} transformations.", field="/data")


def _put_head(account_id: str, ids: Sequence[str], held: Item | None) -> Put:
    head = _Head(secrets.token_hex(8), tuple(ids))
    return Put(Item(_key(account_id, _HEAD), msgspec.json.encode(head)), held.version if held else 0)


def _last_number(table: Table, account_id: str) -> int:
    """The highest profile number that was given."""
    return profiles.new_numbers(table, account_id, 0).stop - 1


def delete(table: Table, account_id: str, id_: str) -> bool:
    """Remove the transformation; what it has written stays. False if there is none."""
    for _ in range(_ATTEMPTS):
        head, item = table.get([_key(account_id, _HEAD), _key(account_id, _ITEM + id_)])
        if head is None or item is None:
            return False
        ids = [one for one in _head.decode(head.body).active if one != id_]
        gone = [Delete(_key(account_id, _ITEM + id_)), Delete(_key(account_id, _PROGRESS + id_))]
        if table.write([[*gone, _put_head(account_id, ids, head)]])[0]:
            return True
    raise CONTENDED


def advance(table: Table, account_id: str, kept: Kept, progress: Progress) -> bool:
    """Note the back-fill's progress; False if another worker or a change of the transformation came first."""
    item = Item(_key(account_id, _PROGRESS + kept.transformation.id), msgspec.json.encode(progress))
    return table.write([[Put(item, kept.version)]])[0]


# ---------------------------------------------------------------- applying


def settle(table: Table, account_id: str, used: Transformer, numbers: Iterable[int], now: datetime) -> None:
    """To be called after profiles were written with `used`: if others are active by now, apply those."""
    if active(table, account_id).token != used.token:
        refresh(table, account_id, sorted(numbers), now)


def refresh(table: Table, account_id: str, numbers: Sequence[int], now: datetime) -> list[int]:
    """Apply the active transformations to these profiles; the numbers of those that changed. Safe to repeat."""
    waiting, changed = list(numbers), []
    for _ in range(_ATTEMPTS):
        transformer = active(table, account_id)
        found = profiles.get_many(table, account_id, waiting)
        states = [state for state in found if state is not None and transformer.update(state.profile)]
        for state in states:
            state.profile.updated = max(now, state.profile.updated)
        saved = profiles.save(table, account_id, states)
        changed += [state.profile.no for state, done in zip(states, saved, strict=True) if done]
        waiting = [state.profile.no for state, done in zip(states, saved, strict=True) if not done]
        if not waiting:
            return changed
    raise profiles.CONTENDED
