"""Templates of messages (SPEC §2.4). What a list of them shows and what they hold are two items, so that a page of
many reads few bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from cdp.documents.named import Collection, Stored
from cdp.model.ids import new_short_id
from cdp.ports import Delete, Item, Key, Put, Table

EditorType = Literal["CODE", "USER_DRAGGABLE", "SYSTEM_DRAGGABLE"]
_ATTEMPTS = 5


class Template(msgspec.Struct, frozen=True):
    id: str
    name: str
    editor_type: EditorType
    created: datetime
    updated: datetime


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """`definition` is that of the drag-and-drop editor, as it was sent."""

    html: str = ""
    text: str | None = None
    amp: str | None = None
    definition: dict[str, Any] | None = None


class UniversalContent(msgspec.Struct, frozen=True):
    """A block or section that templates share; `definition` as it was sent."""

    id: str
    name: str
    definition: dict[str, Any]
    created: datetime
    updated: datetime

    @property
    def content_type(self) -> str:
        return str(self.definition["content_type"])

    @property
    def type(self) -> str:
        return str(self.definition["type"])


TEMPLATES: Collection[Template] = Collection("templates", Template)
UNIVERSAL: Collection[UniversalContent] = Collection("universal-content", UniversalContent)
_content = msgspec.json.Decoder(Content)


def get(table: Table, account_id: str, id_: str) -> Template | None:
    stored = TEMPLATES.get(table, account_id, id_)
    return None if stored is None else stored.thing


def contents(table: Table, account_id: str, ids: Sequence[str]) -> dict[str, Content]:
    """What those of the templates hold that exist."""
    items = table.get([_key(account_id, id_) for id_ in ids])
    found = zip(ids, items, strict=True)
    return {id_: _content.decode(item.body) for id_, item in found if item is not None}


def create(
    table: Table, account_id: str, name: str, editor_type: EditorType, content: Content, now: datetime
) -> Template:
    for _ in range(_ATTEMPTS):
        made = Template(new_short_id(), name, editor_type, now, now)
        if table.write([[TEMPLATES.put(account_id, made, 0), _put(account_id, made.id, content)]])[0]:
            return made
    raise RuntimeError("no free template id was found")


def save(table: Table, account_id: str, thing: Template, version: int, content: Content) -> bool:
    """Write a changed template; False if somebody else was faster."""
    return table.write([[TEMPLATES.put(account_id, thing, version), _put(account_id, thing.id, content)]])[0]


def remove(table: Table, account_id: str, stored: Stored[Template]) -> bool:
    """Remove a template; False if somebody else was faster."""
    content = Delete(_key(account_id, stored.thing.id))
    return table.write([[TEMPLATES.delete(account_id, stored), content]])[0]


def _put(account_id: str, id_: str, content: Content) -> Put:
    return Put(Item(_key(account_id, id_), msgspec.json.encode(content)))


def _key(account_id: str, id_: str) -> Key:
    return Key(f"{account_id}#template-content#{id_}", "content")
