"""Bodies of the operations on flows. Pure."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from cdp.documents.flows import Status
from cdp.jsonapi.bodies import Body, Changed, New, ToOneOrNone

AT = "/data/attributes"
DEFINITION = f"{AT}/definition"


class NewFlow(msgspec.Struct, frozen=True):
    name: str
    definition: Any


class FlowChange(msgspec.Struct, frozen=True):
    status: Status


class ActionDefinition(msgspec.Struct, frozen=True):
    definition: Any


class AnchorData(msgspec.Struct, frozen=True):
    type: Literal["flow-action"]
    id: str
    attributes: ActionDefinition


class Anchored(msgspec.Struct, frozen=True):
    data: AnchorData


class NewAction(msgspec.Struct, frozen=True):
    definition: Any
    allow_live_action: bool | None = False
    anchor: Anchored | None = msgspec.field(default=None, name="anchor-action")


class ActionRelationships(msgspec.Struct, frozen=True):
    flow: ToOneOrNone[Literal["flow"]] | None = None


class NewActionData(New[NewAction], frozen=True, kw_only=True):
    relationships: ActionRelationships | None = None

    @property
    def flow_id(self) -> str | None:
        """The flow that this is the first action of."""
        flow = self.relationships.flow if self.relationships else None
        return flow.id if flow else None


new_flow = Body("flow", New[NewFlow])
flow_change = Body("flow", Changed[FlowChange])
action_change = Body("flow-action", Changed[ActionDefinition])
new_action = Body("flow-action", NewActionData)
