"""Resources `flow`, `flow-action` and `flow-message` as one request shows them (SPEC §2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from cdp.documents import tags, templates
from cdp.documents.flows import Action, Definition, Flow
from cdp.documents.tags import Tag
from cdp.documents.templates import Content
from cdp.jsonapi.documents import Json, Resources, identifier
from cdp.jsonapi.front import Request
from cdp.jsonapi.times import format_instant
from cdp.ports import Table
from cdp.resources import flow as flow_shown
from cdp.resources import tag as tag_shown
from functions.messages.flows import older
from functions.messages.flows.actions import CHANNELS
from functions.messages.flows.definition import senders, shown
from functions.messages.templates import shown as template_shown

FLOW, ACTION, MESSAGE = flow_shown.TYPE, "flow-action", "flow-message"
DEFINITION = "definition"


class Sent(NamedTuple):
    """A message of an action, with what it holds."""

    id: str
    name: str
    channel: str
    template_id: str | None
    created: datetime
    updated: datetime
    action_id: str
    content: dict[str, Any]


def sent(action: Action) -> list[Sent]:
    """What the action sends, an experiment's main message first."""
    return [
        Sent(
            id=message["id"],
            name=message["name"],
            channel=CHANNELS[sender["type"]],
            template_id=message.get("template_id"),
            created=action.created,
            updated=action.updated,
            action_id=action.id,
            content=message,
        )
        for sender in senders(action.definition)
        for message in (sender["data"]["message"],)
    ]


class View:
    """Makes the resources of one request."""

    def __init__(self, request: Request, table: Table) -> None:
        self._request, self._table = request, table
        params = request.params
        self._flow_fields = params.fields(FLOW)
        self._flows = flow_shown.resources(request, self._flow_fields)
        self._actions = Resources(
            request,
            ACTION,
            "flow-actions",
            relationships=("flow", "flow-messages"),
            fields=params.fields(ACTION),
        )
        self._messages = Resources(
            request,
            MESSAGE,
            "flow-messages",
            relationships=("flow-action", "template"),
            fields=params.fields(MESSAGE),
        )

    @property
    def asks_definition(self) -> bool:
        """Does the request want the definition of a flow?"""
        fields = self._flow_fields or ()
        named = any(name.partition(".")[0] == DEFINITION for name in fields)
        return bool(self._request.params.additional(FLOW, (DEFINITION,))) or named

    def flow(
        self,
        flow: Flow,
        borne: Sequence[Tag],
        actions: Sequence[Action] | None = None,
        definition: Definition | None = None,
    ) -> Json:
        """With its definition, and the identifiers of its actions, where they are given."""
        attributes = flow_shown.attributes(flow)
        if definition is not None:
            attributes[DEFINITION] = shown(definition)
        related = flow_shown.related(borne)
        if actions is not None:
            related["flow-actions"] = [identifier(ACTION, action.id) for action in actions]
        return self._flows.make(flow.id, attributes, related)

    def action(self, flow_id: str, action: Action) -> Json:
        attributes: Json = {
            "created": format_instant(action.created),
            "updated": format_instant(action.updated),
            DEFINITION: action.definition,
            **older.of_action(action),
        }
        messages = [identifier(MESSAGE, one.id) for one in sent(action)]
        related = {"flow": identifier(FLOW, flow_id), "flow-messages": messages}
        return self._actions.make(action.id, attributes, related)

    def message(self, message: Sent) -> Json:
        attributes: Json = {
            "channel": message.channel,
            "created": format_instant(message.created),
            "updated": format_instant(message.updated),
            DEFINITION: message.content,
            **older.of_message(message.content),
        }
        related: Json = {"flow-action": identifier(ACTION, message.action_id)}
        if message.template_id is not None:
            related["template"] = identifier(template_shown.TYPE, message.template_id)
        return self._messages.make(message.id, attributes, related)

    def template(self, message: Sent) -> Json | None:
        """The template of the message, if it has one that exists."""
        account_id, id_ = self._request.account_id, message.template_id
        found = None if id_ is None else templates.get(self._table, account_id, id_)
        if found is None:
            return None
        content = templates.contents(self._table, account_id, [found.id]).get(found.id, Content())
        fields = self._request.params.fields(template_shown.TYPE)
        return template_shown.resource(self._request, found, content, fields)

    def tags(self, flow: Flow) -> list[Tag]:
        return tags.of(self._table, self._request.account_id, "flow", flow.id)

    def shown_tags(self, borne: Iterable[Tag]) -> list[Json]:
        fields = self._request.params.fields(tag_shown.TYPE)
        return [tag_shown.resource(self._request, one, fields) for one in borne]
