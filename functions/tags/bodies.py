"""Bodies of the operations on tags and tag groups. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from cdp.errors import Rejected
from cdp.jsonapi.bodies import Body, Changed, New, ToOneOrNone

GROUP_ID = "/data/relationships/tag-group/data/id"
NAME = "/data/attributes/name"


class _Name(msgspec.Struct, gc=False):
    name: str


class _TagRelationships(msgspec.Struct, gc=False, rename="kebab"):
    tag_group: ToOneOrNone[Literal["tag-group"]] | None = None


class _NewTag(New[_Name], frozen=True, kw_only=True):
    relationships: _TagRelationships | None = None

    @property
    def group_id(self) -> str | None:
        """The group asked for; None: the default one."""
        group = self.relationships.tag_group if self.relationships else None
        return group.id if group else None


class _Group(msgspec.Struct, gc=False):
    name: str
    exclusive: bool | None = None


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


new_tag = Body("tag", _NewTag)
tag_change = Body("tag", Changed[_Name])
new_group = Body("tag-group", New[_Group])
group_change = Body("tag-group", Changed[_Name])
bearers = msgspec.json.Decoder(BearersDocument)
