"""Lists of an account (SPEC §2.3); who is in them stands in documents.memberships."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from cdp.documents.named import Collection, Stored
from cdp.model.ids import new_short_id
from cdp.ports import Table

OptIn = Literal["single_opt_in", "double_opt_in"]
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


def _new_id() -> str:
    """Begins with a capital, as no segment's id does: both name groups (documents.memberships)."""
    while not (id_ := new_short_id())[0].isupper():
        continue
    return id_
