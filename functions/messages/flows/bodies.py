"""Bodies of the operations on flows. Pure."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

import msgspec

from cdp.documents.flows import Status
from cdp.errors import Rejected

AT = "/data/attributes"
DEFINITION = f"{AT}/definition"
MAX_NAME = 255
A = TypeVar("A")


class NewFlow(msgspec.Struct, frozen=True):
    name: str
    definition: Any


class NewFlowData(msgspec.Struct, frozen=True):
    type: Literal["flow"]
    attributes: NewFlow


class FlowChange(msgspec.Struct, frozen=True):
    status: Status


class FlowChangeData(msgspec.Struct, frozen=True):
    type: Literal["flow"]
    id: str
    attributes: FlowChange


class ActionChange(msgspec.Struct, frozen=True):
    definition: Any


class ActionChangeData(msgspec.Struct, frozen=True):
    type: Literal["flow-action"]
    id: str
    attributes: ActionChange


class AnchorDefinition(msgspec.Struct, frozen=True):
    definition: Any


class AnchorData(msgspec.Struct, frozen=True):
    type: Literal["flow-action"]
    id: str
    attributes: AnchorDefinition


class Anchored(msgspec.Struct, frozen=True):
    data: AnchorData


class NewAction(msgspec.Struct, frozen=True):
    definition: Any
    allow_live_action: bool | None = False
    anchor: Anchored | None = msgspec.field(default=None, name="anchor-action")


class FlowIdentifier(msgspec.Struct, frozen=True):
    type: Literal["flow"]
    id: str


class OfFlow(msgspec.Struct, frozen=True):
    data: FlowIdentifier | None = None


class ActionRelationships(msgspec.Struct, frozen=True):
    flow: OfFlow | None = None


class NewActionData(msgspec.Struct, frozen=True):
    type: Literal["flow-action"]
    attributes: NewAction
    relationships: ActionRelationships | None = None

    @property
    def flow_id(self) -> str | None:
        """The flow that this is the first action of."""
        flow = self.relationships.flow if self.relationships else None
        return flow.data.id if flow and flow.data else None


class Document(msgspec.Struct, Generic[A], frozen=True):
    data: A


new_flow = msgspec.json.Decoder(Document[NewFlowData])
flow_change = msgspec.json.Decoder(Document[FlowChangeData])
action_change = msgspec.json.Decoder(Document[ActionChangeData])
new_action = msgspec.json.Decoder(Document[NewActionData])


def checked_name(name: str) -> str:
    plain = name.strip()
    if not 1 <= len(plain) <= MAX_NAME:
        raise Rejected(f"A flow's name has 1 to {MAX_NAME} characters.", field=f"{AT}/name")
    return plain


def check_id(body_id: str, path_id: str) -> None:
    if body_id != path_id:
        raise Rejected(f"The id in the body is {body_id}, in the path {path_id}.", field="/data/id")
