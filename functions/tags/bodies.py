"""Bodies of the operations on tags and tag groups. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from cdp.errors import Rejected

MAX_NAME = 255
GROUP_ID = "/data/relationships/tag-group/data/id"
NAME = "/data/attributes/name"


class _Name(msgspec.Struct, gc=False):
    name: str


class _GroupIdentifier(msgspec.Struct, gc=False):
    type: Literal["tag-group"]
    id: str


class _GroupOfTag(msgspec.Struct, gc=False):
    data: _GroupIdentifier | None = None


class _TagRelationships(msgspec.Struct, gc=False, rename="kebab"):
    tag_group: _GroupOfTag | None = None


class _NewTag(msgspec.Struct, gc=False):
    type: Literal["tag"]
    attributes: _Name
    relationships: _TagRelationships | None = None


class NewTagDocument(msgspec.Struct, gc=False):
    data: _NewTag

    @property
    def group_id(self) -> str | None:
        """The group asked for; None: the default one."""
        relationships = self.data.relationships
        group = relationships.tag_group if relationships else None
        return group.data.id if group and group.data else None


class _TagChange(msgspec.Struct, gc=False):
    type: Literal["tag"]
    id: str
    attributes: _Name


class TagChangeDocument(msgspec.Struct, gc=False):
    data: _TagChange


class _Group(msgspec.Struct, gc=False):
    name: str
    exclusive: bool | None = None


class _NewGroup(msgspec.Struct, gc=False):
    type: Literal["tag-group"]
    attributes: _Group


class NewGroupDocument(msgspec.Struct, gc=False):
    data: _NewGroup


class _GroupChange(msgspec.Struct, gc=False):
    type: Literal["tag-group"]
    id: str
    attributes: _Name


class GroupChangeDocument(msgspec.Struct, gc=False):
    data: _GroupChange


class _Bearer(msgspec.Struct, gc=False):
    type: str
    id: str


class BearersDocument(msgspec.Struct, gc=False):
    data: list[_Bearer]

    def ids(self, type_: str) -> dict[str, int]:
        """Id -> its first position in the body."""
        found: dict[str, int] = {}
        for at, one in enumerate(self.data):
            if one.type != type_:
                raise Rejected(f"The type must be {type_!r}, not {one.type!r}.", field=f"/data/{at}/type")
            found.setdefault(one.id, at)
        return found


new_tag = msgspec.json.Decoder(NewTagDocument)
tag_change = msgspec.json.Decoder(TagChangeDocument)
new_group = msgspec.json.Decoder(NewGroupDocument)
group_change = msgspec.json.Decoder(GroupChangeDocument)
bearers = msgspec.json.Decoder(BearersDocument)


def checked_name(name: str) -> str:
    plain = name.strip()
    if not plain:
        raise Rejected("A name is needed.", field=NAME)
    if len(plain) > MAX_NAME:
        raise Rejected(f"A name has at most {MAX_NAME} characters.", field=NAME)
    return plain


def check_id(body_id: str, path_id: str) -> None:
    if body_id != path_id:
        raise Rejected(f"The id in the body is {body_id}, in the path {path_id}.", field="/data/id")
