"""Make, rename and delete tags and their groups.

A tag's name is taken within its group, a group's name within the account, whatever the capitals. Whoever makes
a tag touches its group, so that a group which is being deleted gets no more of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar
from uuid import uuid4

import msgspec

from cdp.documents import tags
from cdp.documents.named import Collection, Stored
from cdp.documents.tags import GROUPS, TAGS, Tag, TagGroup, claim, name_key
from cdp.errors import Rejected, Unavailable, conflict, not_found
from cdp.ports import Delete, Put, Table
from functions.tags.bodies import GROUP_ID, NAME

MOST_TAGS, MOST_GROUPS = 500, 50
_ATTEMPTS = 8
_CONTENDED = Unavailable("tags are being changed by others at the same moment")
_GROUP_NAMES = "tag-group"
T = TypeVar("T", Tag, TagGroup)


def create_tag(table: Table, account_id: str, name: str, group_id: str | None, now: datetime) -> Tag:
    """A tag in the group, or in the account's default group."""
    default = tags.default_group(table, account_id, now)
    _refuse_more(TAGS, table, account_id, MOST_TAGS, "tags")
    for _ in range(_ATTEMPTS):
        group = GROUPS.get(table, account_id, group_id or default.id)
        if group is None:
            raise not_found("tag group", group_id or default.id, field=GROUP_ID)
        made = Tag(str(uuid4()), name, group.thing.id, now, now)
        operations = [
            TAGS.put(account_id, made, 0),
            claim(account_id, _names_of(made), name, made.id),
            GROUPS.touch(account_id, group),
        ]
        if table.write([operations])[0]:
            return made
        _refuse_taken(table, account_id, _names_of(made), name)
    raise _CONTENDED


def create_group(table: Table, account_id: str, name: str, exclusive: bool, now: datetime) -> TagGroup:
    tags.default_group(table, account_id, now)
    _refuse_more(GROUPS, table, account_id, MOST_GROUPS, "tag groups")
    made = TagGroup(str(uuid4()), name, exclusive, default=False, created=now, updated=now)
    operations = [GROUPS.put(account_id, made, 0), claim(account_id, _GROUP_NAMES, name, made.id)]
    if table.write([operations])[0]:
        return made
    _refuse_taken(table, account_id, _GROUP_NAMES, name)
    raise _CONTENDED


def rename_tag(table: Table, account_id: str, id_: str, name: str, now: datetime) -> None:
    for _ in range(_ATTEMPTS):
        stored = tag_of(table, account_id, id_)
        if _rename(table, account_id, TAGS, stored, _names_of(stored.thing), name, now):
            return
    raise _CONTENDED


def rename_group(table: Table, account_id: str, id_: str, name: str, now: datetime) -> None:
    for _ in range(_ATTEMPTS):
        stored = group_of(table, account_id, id_, now)
        if _rename(table, account_id, GROUPS, stored, _GROUP_NAMES, name, now):
            return
    raise _CONTENDED


def delete_tag(table: Table, account_id: str, id_: str) -> None:
    """The tag, and wherever it stands."""
    for _ in range(_ATTEMPTS):
        if _delete_tag(table, account_id, tag_of(table, account_id, id_)):
            return
    raise _CONTENDED


def delete_group(table: Table, account_id: str, id_: str, now: datetime) -> None:
    """The group with its tags, and wherever they stand."""
    for _ in range(_ATTEMPTS):
        group = group_of(table, account_id, id_, now)
        if group.thing.default:
            raise Rejected("The default tag group cannot be deleted.")
        for tag in tags.tags_of_group(table, account_id, id_):
            stored = TAGS.get(table, account_id, tag.id)
            if stored is not None:
                _delete_tag(table, account_id, stored)
        name = Delete(name_key(account_id, _GROUP_NAMES, group.thing.name))
        if table.write([[GROUPS.delete(account_id, group), name]])[0]:
            return
    raise _CONTENDED


def tag_of(table: Table, account_id: str, id_: str) -> Stored[Tag]:
    stored = TAGS.get(table, account_id, id_)
    if stored is None:
        raise not_found("tag", id_)
    return stored


def group_of(table: Table, account_id: str, id_: str, now: datetime) -> Stored[TagGroup]:
    tags.default_group(table, account_id, now)
    stored = GROUPS.get(table, account_id, id_)
    if stored is None:
        raise not_found("tag group", id_)
    return stored


def _rename(
    table: Table,
    account_id: str,
    things: Collection[T],
    stored: Stored[T],
    scope: str,
    name: str,
    now: datetime,
) -> bool:
    old = stored.thing
    if name == old.name:
        return True
    new = msgspec.structs.replace(old, name=name, updated=now)
    operations: list[Put | Delete] = [things.put(account_id, new, stored.version)]
    if name_key(account_id, scope, name) != name_key(account_id, scope, old.name):
        operations += [claim(account_id, scope, name, old.id), Delete(name_key(account_id, scope, old.name))]
        _refuse_taken(table, account_id, scope, name)
    return table.write([operations])[0]


def _delete_tag(table: Table, account_id: str, stored: Stored[Tag]) -> bool:
    tag = stored.thing
    name = Delete(name_key(account_id, _names_of(tag), tag.name))
    if not table.write([[TAGS.delete(account_id, stored), name]])[0]:
        return False
    tags.detach_all(table, account_id, tag)
    return True


def _names_of(tag: Tag) -> str:
    return f"tag#{tag.group_id}"


def _refuse_taken(table: Table, account_id: str, scope: str, name: str) -> None:
    if table.get([name_key(account_id, scope, name)])[0] is not None:
        raise conflict(f"The name {name!r} is taken.", field=NAME)


def _refuse_more(things: Collection[T], table: Table, account_id: str, most: int, what: str) -> None:
    if len(things.page(table, account_id, "id", limit=most)) >= most:
        raise Rejected(f"An account has at most {most} {what}.", field="/data")
