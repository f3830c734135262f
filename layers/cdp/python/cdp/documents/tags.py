"""Tags, their groups, and what they stand on (SPEC §2.3).

An item per (resource, tag) stands under the resource and in index g1 of the tag. In an exclusive group it is an
item per (resource, group) instead: the group's one place on the resource, which only one tag can hold. A tag
that is gone counts nowhere, whatever still points to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Literal
from uuid import uuid4

import msgspec

from cdp.documents.named import Collection, Index
from cdp.errors import Unavailable
from cdp.model.ids import named_uuid
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

ResourceType = Literal["list", "segment", "campaign", "flow"]
DEFAULT_NAME = "Default Tag Group"
_PAGE = 1000
_ATTEMPTS = 8


class TagGroup(msgspec.Struct, frozen=True):
    """`exclusive`: a resource bears at most one tag of the group. Times are UTC."""

    id: str
    name: str
    exclusive: bool
    default: bool
    created: datetime
    updated: datetime


class Tag(msgspec.Struct, frozen=True):
    id: str
    name: str
    group_id: str
    created: datetime
    updated: datetime


def _of_group(account_id: str, tag: Tag) -> Index:
    return f"{account_id}#tag-group#{tag.group_id}", tag.id


GROUPS: Collection[TagGroup] = Collection("tag-groups", TagGroup)
TAGS: Collection[Tag] = Collection("tags", Tag, _of_group)


def of(table: Table, account_id: str, resource_type: ResourceType, resource_id: str) -> list[Tag]:
    """The tags on a resource, by name."""
    ids = [_tag_id(item) for item in _on(table, account_id, resource_type, resource_id)]
    found = [stored.thing for stored in TAGS.get_many(table, account_id, ids) if stored is not None]
    return sorted(found, key=lambda tag: (tag.name, tag.id))


def resources(table: Table, account_id: str, resource_type: ResourceType, tag_id: str) -> list[str]:
    """Ids of the resources of a type that bear the tag, ascending."""
    return [item.indexes["g1"][1] for item in _of_tag(table, account_id, resource_type, tag_id)]


def attach(
    table: Table, account_id: str, resource_type: ResourceType, resource_id: str, tag: Tag, group: TagGroup
) -> bool:
    """Put the tag on a resource; False if another tag of its exclusive group is there."""
    key = _key(account_id, resource_type, resource_id, tag, group)
    item = Item(key, tag.id.encode(), {"g1": (_borne(account_id, resource_type, tag.id), resource_id)})
    if table.write([[Put(item, 0)]])[0]:
        return True
    held = table.get([key])[0]
    if held is None or _tag_id(held) == tag.id:
        return held is not None or table.write([[Put(item, 0)]])[0]
    gone = TAGS.get(table, account_id, _tag_id(held)) is None
    return gone and table.write([[Put(item, held.version)]])[0]


def detach(
    table: Table, account_id: str, resource_type: ResourceType, resource_id: str, tag: Tag, group: TagGroup
) -> None:
    """Take the tag off a resource."""
    held = table.get([_key(account_id, resource_type, resource_id, tag, group)])[0]
    if held is not None and _tag_id(held) == tag.id:
        table.write([[Delete(held.key, held.version)]])


def forget(table: Table, account_id: str, resource_type: ResourceType, resource_id: str) -> None:
    """Take all tags off a resource that is deleted."""
    table.write([[Delete(item.key)] for item in _on(table, account_id, resource_type, resource_id)])


def detach_all(table: Table, account_id: str, tag: Tag) -> None:
    """Take a tag that is deleted off everything."""
    kinds: tuple[ResourceType, ...] = ("list", "segment", "campaign", "flow")
    for kind in kinds:
        items = _of_tag(table, account_id, kind, tag.id)
        table.write([[Delete(item.key)] for item in items])


def default_group(table: Table, account_id: str, now: datetime) -> TagGroup:
    """The account's default group; it is made when it is first asked for."""
    id_ = _default_id(account_id)
    stored = GROUPS.get(table, account_id, id_)
    if stored is None:
        made = TagGroup(id_, DEFAULT_NAME, exclusive=False, default=True, created=now, updated=now)
        table.write([[GROUPS.put(account_id, made, 0), claim(account_id, "tag-group", DEFAULT_NAME, id_)]])
        stored = GROUPS.get(table, account_id, id_)
        if stored is None:
            raise RuntimeError(f"account {account_id} has no default tag group")
    return stored.thing


def ensure(table: Table, account_id: str, name: str, now: datetime) -> tuple[Tag, TagGroup]:
    """The tag of this name in the default group, which is made if it is missing."""
    group = default_group(table, account_id, now)
    for _ in range(_ATTEMPTS):
        for tag in tags_of_group(table, account_id, group.id):
            if tag.name.casefold() == name.casefold():
                return tag, group
        made = Tag(str(uuid4()), name, group.id, now, now)
        if table.write([[TAGS.put(account_id, made, 0), claim(account_id, f"tag#{group.id}", name, made.id)]])[0]:
            return made, group
    raise Unavailable("tags are being changed by others at the same moment")


def tags_of_group(table: Table, account_id: str, group_id: str) -> list[Tag]:
    """The group's tags, by name."""
    found = TAGS.in_own_order(table, f"{account_id}#tag-group#{group_id}")
    return sorted((stored.thing for stored in found), key=lambda tag: (tag.name, tag.id))


def claim(account_id: str, scope: str, name: str, id_: str) -> Put:
    """The write that makes a name of `scope` this one's alone, whatever its capitals."""
    return Put(Item(name_key(account_id, scope, name), id_.encode()), 0)


def name_key(account_id: str, scope: str, name: str) -> Key:
    digest = blake2b(name.casefold().encode(), digest_size=16).hexdigest()
    return Key(f"{account_id}#name#{scope}", digest)


def _default_id(account_id: str) -> str:
    return named_uuid(f"default-tag-group/{account_id}")


def _on(table: Table, account_id: str, resource_type: ResourceType, resource_id: str) -> Sequence[Item]:
    return list(_items(table, ItemQuery(_resource(account_id, resource_type, resource_id), limit=_PAGE)))


def _of_tag(table: Table, account_id: str, resource_type: ResourceType, tag_id: str) -> Sequence[Item]:
    return list(_items(table, ItemQuery(_borne(account_id, resource_type, tag_id), "g1", limit=_PAGE)))


def _items(table: Table, query: ItemQuery) -> Iterator[Item]:
    while page := table.query(query):
        yield from page
        last = page[-1]
        sort = last.key.sk if query.index is None else last.indexes[query.index][1]
        query = ItemQuery(query.partition, query.index, limit=_PAGE, after=(sort, *last.key))


def _tag_id(item: Item) -> str:
    return item.body.decode()


def _resource(account_id: str, resource_type: ResourceType, resource_id: str) -> str:
    return f"{account_id}#tagged#{resource_type}#{resource_id}"


def _borne(account_id: str, resource_type: ResourceType, tag_id: str) -> str:
    return f"{account_id}#tag#{tag_id}#{resource_type}"


def _key(
    account_id: str, resource_type: ResourceType, resource_id: str, tag: Tag, group: TagGroup
) -> Key:
    place = f"group#{group.id}" if group.exclusive else f"tag#{tag.id}"
    return Key(_resource(account_id, resource_type, resource_id), place)
