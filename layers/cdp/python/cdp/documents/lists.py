"""Lists of an account (SPEC §2.3); who is in them stands in documents.memberships."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from cdp.documents.named import Collection, Stored
from cdp.errors import Rejected
from cdp.model.ids import new_short_id
from cdp.ports import Key, Table

OptIn = Literal["single_opt_in", "double_opt_in"]
DAY_S = 86_400
_ATTEMPTS = 5


class List(msgspec.Struct, frozen=True):
    """`opt_in_process`: must a person who signs up confirm it? Times are UTC."""

    id: str
    name: str
    opt_in_process: OptIn
    created: datetime
    updated: datetime


LISTS: Collection[List] = Collection("lists", List)


def get(table: Table, account_id: str, id_: str) -> List | None:
    stored = LISTS.get(table, account_id, id_)
    return None if stored is None else stored.thing


def get_many(table: Table, account_id: str, ids: Sequence[str]) -> list[List | None]:
    """In the order of `ids`; None for those that do not exist."""
    return [None if one is None else one.thing for one in LISTS.get_many(table, account_id, ids)]


def create(table: Table, account_id: str, name: str, opt_in_process: OptIn, now: datetime) -> List:
    for _ in range(_ATTEMPTS):
        made = List(_new_id(), name, opt_in_process, now, now)
        if table.write([[LISTS.put(account_id, made, 0)]])[0]:
            return made
    raise RuntimeError("no free list id was found")


def save(table: Table, account_id: str, thing: List, version: int) -> bool:
    """Write a changed list; False if somebody else was faster."""
    return table.write([[LISTS.put(account_id, thing, version)]])[0]


def remove(table: Table, account_id: str, stored: Stored[List]) -> bool:
    """Remove the list itself; its members are for the caller (memberships.drop_group)."""
    return table.write([[LISTS.delete(account_id, stored)]])[0]


def count_creation(table: Table, account_id: str, now: datetime, most: int) -> None:
    """Count one creation of today (UTC); over `most` a day it is refused (SPEC §1.6)."""
    day = int(now.timestamp()) // DAY_S
    key = Key(f"{account_id}#created-lists", str(day))
    if table.add(key, 1, expires_at=(day + 2) * DAY_S) > most:
        midnight_s = (day + 1) * DAY_S
        raise _throttled(midnight_s - int(now.timestamp()))


def _new_id() -> str:
    """Begins with a capital, as no segment's id does: both name groups (documents.memberships)."""
    while not (id_ := new_short_id())[0].isupper():
        continue
    return id_


def _throttled(retry_after_s: int) -> Rejected:
    wait = timedelta(seconds=retry_after_s)
    return Rejected(
        f"Request was throttled: the account has made all lists of today. Expected available in {wait}.",
        status=429,
        code="throttled",
        title="Throttled.",
        meta={"retry_after_s": retry_after_s},
    )
