from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cdp import connect
from cdp.documents.tags import GROUPS, TAGS, Tag, TagGroup
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.ports import Table
from functions.messages.campaigns.operations import Campaigns
from functions.messages.flows.operations import Flows
from functions.messages.forms.operations import Forms
from functions.messages.spec import SPEC
from functions.messages.templates.operations import Templates
from tests.unit.calls import Answer, Caller

ACCOUNT = "ABC234"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
OLDER, NEWER = {"revision": "2026-07-15"}, {"revision": "2026-10-15"}
EMAIL = {"channel": "email", "label": "Letter", "content": {"subject": "Hello", "from_email": "shop@shop.example"}}
SMS = {"channel": "sms", "content": {"body": "Hello"}, "render_options": {"shorten_links": True}}
PUSH = {"channel": "mobile_push", "content": {"body": "Hello"}, "kv_pairs": {"k": "v"}}
CAMPAIGN, MESSAGE = "/api/campaigns/{}", "/api/campaign-messages/{}"
AUDIENCE, VARIATION = "/api/campaign-audiences/{}", "/api/campaign-variations/{}"
DEFINITION = "/data/attributes/definition"


@dataclass
class Room:
    """The room under a clock that stands until it is moved."""

    table: Table
    now: datetime = NOW
    older: Caller = field(init=False)
    newer: Caller = field(init=False)

    def __post_init__(self) -> None:
        parts = (Campaigns(self.table), Flows(self.table), Forms(self.table), Templates(self.table))
        operations = {key: one for part in parts for key, one in part.operations().items()}
        throttle = Throttle(connect.limits("memory:"), 0)
        handler = serve(SPEC, operations, throttle=throttle, clock=lambda: self.now.timestamp())
        self.older = Caller(handler, SPEC, ACCOUNT, headers=OLDER)
        self.newer = Caller(handler, SPEC, ACCOUNT, headers=NEWER)

    def pass_time(self, **time: float) -> None:
        self.now += timedelta(**time)

    def create(self, name: str = "Sale", *definitions: dict[str, Any], **attributes: Any) -> Answer:
        """A campaign in the earlier shape, with an e-mail unless something else is given."""
        return self.older("POST", "/api/campaigns", older(name, *definitions, **attributes))

    def create_newer(
        self,
        audiences: Sequence[dict[str, Any]] = ({"temporary_id": "a", "included": ["LIST01"]},),
        messages: Sequence[dict[str, Any]] = ({"audience_temporary_id": "a"},),
        **definition: Any,
    ) -> Answer:
        attributes = {"definition": {"name": "Omni", **definition}, "audiences": audiences, "messages": messages}
        return self.newer("POST", "/api/campaigns", document("campaign", attributes))

    def template(self, name: str = "Welcome") -> str:
        attributes = {"name": name, "editor_type": "CODE", "html": "<p></p>"}
        id_: str = self.newer("POST", "/api/templates", document("template", attributes)).data["id"]
        return id_


def document(
    type_: str,
    attributes: dict[str, Any] | None = None,
    id_: str | None = None,
    **relationships: tuple[str, str],
) -> dict[str, Any]:
    """A body. Relationships are (type, id) by their name with underscores."""
    data: dict[str, Any] = {"type": type_}
    if attributes is not None:
        data["attributes"] = attributes
    if id_ is not None:
        data["id"] = id_
    if relationships:
        data["relationships"] = {
            name.replace("_", "-"): {"data": {"type": of, "id": one}} for name, (of, one) in relationships.items()
        }
    return {"data": data}


def older(name: str, *definitions: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    messages = [
        {"type": "campaign-message", "attributes": {"definition": definition}} for definition in definitions or (EMAIL,)
    ]
    given = {"audiences": {"included": ["LIST01"], "excluded": ["SEGM01"]}, **attributes}
    return document("campaign", {"name": name, "campaign-messages": {"data": messages}, **given})


def ids(answer: Answer, relationship: str) -> list[str]:
    """Of a relationship of the answer's resource."""
    return [one["id"] for one in answer.data["relationships"][relationship]["data"]]


def group(table: Table, id_: str, *, exclusive: bool = False) -> TagGroup:
    made = TagGroup(id_, f"group {id_}", exclusive=exclusive, default=False, created=NOW, updated=NOW)
    table.write([[GROUPS.put(ACCOUNT, made, 0)]])
    return made


def tag(table: Table, name: str, of: TagGroup) -> str:
    table.write([[TAGS.put(ACCOUNT, Tag(f"tag-{name}", name, of.id, NOW, NOW), 0)]])
    return f"tag-{name}"


def change(room: Room, path: str, type_: str, id_: str, **definition: Any) -> Answer:
    return room.newer("PATCH", path.format(id_), document(type_, {"definition": definition}, id_))


def variations_of(room: Room, message_id: str) -> list[Any]:
    found: list[Any] = room.newer.get(f"{MESSAGE.format(message_id)}/campaign-variations").data
    return found


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return connect.table(f"sqlite://{tmp_path}/documents.db")


@pytest.fixture
def room(table: Table) -> Room:
    return Room(table)
