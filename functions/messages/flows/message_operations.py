"""The operations on the messages of flows."""

from __future__ import annotations

from collections.abc import Mapping

from cdp.documents.flows import Action
from cdp.errors import not_found
from cdp.jsonapi.documents import identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.ports import Table
from functions.messages.flows.changing import held
from functions.messages.flows.shown import ACTION, Sent, View, sent

INCLUDE = ("flow-action", "template")


class Messages:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/flow-messages/{id}": self.one,
            "GET /api/flow-messages/{id}/flow-action": self.action,
            "GET /api/flow-messages/{id}/relationships/flow-action": self.action_id,
            "GET /api/flow-messages/{id}/template": self.template,
            "GET /api/flow-messages/{id}/relationships/template": self.template_id,
        }

    def one(self, request: Request) -> Response:
        wanted, view = request.params.include(INCLUDE), View(request, self._table)
        flow_id, action, message = self._message(request)
        included = None
        if wanted:
            included = [view.action(flow_id, action)] if "flow-action" in wanted else []
            template = view.template(message) if "template" in wanted else None
            included += [] if template is None else [template]
        return Response(document=single(request, view.message(message), included))

    def action(self, request: Request) -> Response:
        flow_id, action, _ = self._message(request)
        return Response(document=single(request, View(request, self._table).action(flow_id, action)))

    def action_id(self, request: Request) -> Response:
        _, action, _ = self._message(request)
        return Response(document=single(request, identifier(ACTION, action.id)))

    def template(self, request: Request) -> Response:
        """Null, if the message has no template, or none that exists."""
        _, _, message = self._message(request)
        return Response(document=single(request, View(request, self._table).template(message)))

    def template_id(self, request: Request) -> Response:
        """Null, if the message has no template."""
        _, _, message = self._message(request)
        id_ = message.template_id
        return Response(document=single(request, None if id_ is None else identifier("template", id_)))

    def _message(self, request: Request) -> tuple[str, Action, Sent]:
        id_ = request.path["id"]
        flow, definition, _ = held(self._table, request, id_, "flow message")
        for action in definition.actions:
            for message in sent(action):
                if message.id == id_:
                    return flow.id, action, message
        raise not_found("flow message", id_)
