"""Who is in which list or segment, and since when (SPEC §2.3, §4.1, §19).

One item per (profile, group): a profile cannot be in a group twice. It stands under the profile, for point
reads, and in index g1 of its group by the time of joining. Every change goes into `segment_log` by the outbox, and
into the count of the group in the same transaction.

The caller sees to it that the profiles exist, and looks again after `join`: one that was merged or erased
meanwhile is handled with `move` or `remove_all` (see documents.merges).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from cdp.documents import outbox
from cdp.documents.outbox import GroupChange
from cdp.ports import Add, Delete, Item, ItemQuery, Key, Operation, Put, Table

_PAGE = 1000
_TOGETHER = 12  # profiles in one transaction, two writes each
_SHARES = 16  # of a count: transactions at the same time are to meet rarely
_MICROSECOND = timedelta(microseconds=1)
Position = tuple[str, str, str]


class _Body(msgspec.Struct, frozen=True):
    joined_at: datetime


class Member(NamedTuple):
    """`position` is that in the group's order, for `ItemQuery.after`."""

    profile_no: int
    joined_at: datetime
    position: Position


_body = msgspec.json.Decoder(_Body)


def of_profile(table: Table, account_id: str, profile_no: int) -> dict[str, datetime]:
    """Group id -> `joined_group_at`."""
    return {item.key.sk: _body.decode(item.body).joined_at for item in _items(table, account_id, profile_no)}


def joined_at(
    table: Table, account_id: str, pairs: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], datetime]:
    """Those of the (group id, profile number) pairs that are memberships, with their `joined_group_at`."""
    items = table.get([_key(account_id, group_id, no) for group_id, no in pairs])
    return {
        pair: _body.decode(item.body).joined_at for pair, item in zip(pairs, items, strict=True) if item is not None
    }


def page(
    table: Table,
    account_id: str,
    group_id: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    descending: bool = False,
    limit: int = 100,
    after: Position | None = None,
) -> list[Member]:
    """At most `limit` members by `joined_group_at`, of [start, end)."""
    query = ItemQuery(
        _group(account_id, group_id),
        "g1",
        low=None if start is None else _sort(start),
        high=None if end is None else _sort(end),
        descending=descending,
        limit=limit,
        after=after,
    )
    return [
        Member(int(item.key.pk.rpartition("#")[2]), _body.decode(item.body).joined_at, (item.indexes["g1"][1], *item.key))
        for item in table.query(query)
    ]


def position(account_id: str, group_id: str, profile_no: int, joined: datetime) -> Position:
    """Where a member stands in the group's order."""
    return (_order(profile_no, joined), *_key(account_id, group_id, profile_no))


def join(
    table: Table, account_id: str, group_id: str, profile_nos: Iterable[int], at: datetime
) -> list[int]:
    """Add the profiles; those that were not in the group yet."""
    numbers = list(dict.fromkeys(profile_nos))
    held = zip(numbers, table.get([_key(account_id, group_id, no) for no in numbers]), strict=True)
    writes: dict[int, list[Operation]] = {
        no: [
            Put(_item(account_id, group_id, no, at), 0),
            outbox.put(account_id, GroupChange(group_id, no, at, "joined", at)),
        ]
        for no, item in held
        if item is None
    }
    return _change(table, account_id, group_id, writes, 1)


def leave(
    table: Table, account_id: str, group_id: str, profile_nos: Iterable[int], at: datetime
) -> list[int]:
    """Take the profiles out; those that were in the group."""
    numbers = list(dict.fromkeys(profile_nos))
    held = zip(numbers, table.get([_key(account_id, group_id, no) for no in numbers]), strict=True)
    writes: dict[int, list[Operation]] = {
        no: [
            Delete(item.key, item.version),
            outbox.put(account_id, GroupChange(group_id, no, _later(item, at), "left", _later(item, at))),
        ]
        for no, item in held
        if item is not None
    }
    return _change(table, account_id, group_id, writes, -1)


def _change(
    table: Table, account_id: str, group_id: str, writes: Mapping[int, Sequence[Operation]], each: int
) -> list[int]:
    """Make the writes of each profile and count it, whole or not at all; those that were made. Several go together; if
    somebody else was faster with one of them, each of them goes alone."""
    numbers = list(writes)
    together = [numbers[start : start + _TOGETHER] for start in range(0, len(numbers), _TOGETHER)]
    made: set[int] = set()
    for _ in range(2):
        done = table.write([
            [*(one for no in some for one in writes[no]), Add(_counter(account_id, group_id, share), each * len(some))]
            for share, some in enumerate(together)
        ])
        made.update(no for some, whole in zip(together, done, strict=True) if whole for no in some)
        together = [[no] for some, whole in zip(together, done, strict=True) if not whole and len(some) > 1 for no in some]
    return [no for no in numbers if no in made]


def move(table: Table, account_id: str, source: int, destination: int, now: datetime) -> list[str]:
    """Give the destination all memberships of the source, the earlier `joined_group_at` winning; the groups.

    The source's rows of `segment_log` are dropped later (documents.merges); the destination gets its own.
    """
    moved: list[str] = []
    while held := _items(table, account_id, source):
        moved += [item.key.sk for item in held if _move(table, account_id, item, destination, now)]
    return moved


def _move(table: Table, account_id: str, item: Item, destination: int, now: datetime) -> bool:
    group_id, at = item.key.sk, _body.decode(item.body).joined_at
    target = table.get([_key(account_id, group_id, destination)])[0]
    operations: list[Operation] = [Delete(item.key, item.version)]
    if target is not None:
        operations.append(Add(_counter(account_id, group_id, destination), -1))
    if target is None or at < _body.decode(target.body).joined_at:
        operations += [
            Put(_item(account_id, group_id, destination, at), 0 if target is None else target.version),
            outbox.put(account_id, GroupChange(group_id, destination, now, "joined", at)),
        ]
    return table.write([operations])[0]


def remove_all(table: Table, account_id: str, profile_no: int) -> list[str]:
    """Forget all memberships of a profile without a trace in the log; the groups."""
    groups = []
    for item in _items(table, account_id, profile_no):
        counter = _counter(account_id, item.key.sk, profile_no)
        if table.write([[Delete(item.key, item.version), Add(counter, -1)]])[0]:
            groups.append(item.key.sk)
    return groups


def count(table: Table, account_id: str, group_id: str) -> int:
    """How many members the group has."""
    return sum(table.counts([_counter(account_id, group_id, share) for share in range(_SHARES)]))


def _items(table: Table, account_id: str, profile_no: int) -> list[Item]:
    found: list[Item] = []
    query = ItemQuery(_profile(account_id, profile_no), limit=_PAGE)
    while page := table.query(query):
        found += page
        if len(page) < _PAGE:
            break
        query = ItemQuery(query.partition, limit=_PAGE, after=(page[-1].key.sk, *page[-1].key))
    return found


def _item(account_id: str, group_id: str, no: int, at: datetime) -> Item:
    indexes = {"g1": (_group(account_id, group_id), _order(no, at))}
    return Item(_key(account_id, group_id, no), msgspec.json.encode(_Body(at)), indexes)


def _later(item: Item, at: datetime) -> datetime:
    """A time of leaving behind that of joining, whatever the clocks say."""
    return max(at, _body.decode(item.body).joined_at + _MICROSECOND)


def _sort(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _order(no: int, at: datetime) -> str:
    return f"{_sort(at)}#{no:010d}"


def _profile(account_id: str, no: int) -> str:
    return f"{account_id}#memberships#{no}"


def _group(account_id: str, group_id: str) -> str:
    return f"{account_id}#members#{group_id}"


def _key(account_id: str, group_id: str, no: int) -> Key:
    return Key(_profile(account_id, no), group_id)


def _counter(account_id: str, group_id: str, share: int) -> Key:
    """The count of a group is the sum of its shares, whichever of them is added to."""
    return Key(f"{account_id}#count", f"{group_id}#{share % _SHARES}" if share % _SHARES else group_id)
