"""The operations on the actions of flows."""

from __future__ import annotations

from collections.abc import Mapping

from cdp.documents import flows
from cdp.documents.flows import Action, Definition, Flow, Whole
from cdp.errors import Rejected
from cdp.jsonapi.documents import collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import INSTANT, TEXT, Filters
from cdp.jsonapi.paging import Page
from cdp.ports import Table
from cdp.resources.at_hand import page_of
from functions.messages.flows.actions import WITH_STATUS
from functions.messages.flows.bodies import AT, DEFINITION, NewActionData, action_change, new_action
from functions.messages.flows.changes import Anchor, action_of, inserted, removed, replaced
from functions.messages.flows.changing import changed, held
from functions.messages.flows.shown import FLOW, MESSAGE, Sent, View, sent

_TIME = INSTANT("equals", "greater-or-equal", "greater-than", "less-or-equal", "less-than")
MESSAGE_FILTERS = Filters(
    {
        "id": TEXT("any"),
        "name": TEXT("contains", "ends-with", "equals", "starts-with"),
        "created": _TIME,
        "updated": _TIME,
    }
)
MESSAGE_SORTS = ("created", "id", "name", "updated")
PAGE = (50, 50)
INCLUDE = ("flow", "flow-messages")
_PLACES = f"{AT}/anchor-action, {DEFINITION}/links/next and /data/relationships/flow"


class Actions:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "POST /api/flow-actions": self.create,
            "GET /api/flow-actions/{id}": self.one,
            "PATCH /api/flow-actions/{id}": self.update,
            "DELETE /api/flow-actions/{id}": self.delete,
            "GET /api/flow-actions/{id}/flow": self.flow,
            "GET /api/flow-actions/{id}/relationships/flow": self.flow_id,
            "GET /api/flow-actions/{id}/flow-messages": self.messages,
            "GET /api/flow-actions/{id}/relationships/flow-messages": self.message_ids,
        }

    def create(self, request: Request) -> Response:
        body = new_action.read(request)
        made: list[Action] = []

        def change(old: Whole) -> Definition:
            definition, action = _inserted(old, body, request)
            made.append(action)
            return definition

        flow_id, pointer = _place(body)
        try:
            flow, _ = changed(self._table, request, flow_id, change)
        except Rejected as error:
            error.field = pointer if error.status == 404 else error.field
            raise
        resource = View(request, self._table).action(flow.id, made[-1])
        location = f"{request.base_url}/api/flow-actions/{made[-1].id}"
        return Response(201, document=single(request, resource), headers={"location": location})

    def one(self, request: Request) -> Response:
        wanted, view = request.params.include(INCLUDE), View(request, self._table)
        flow, action = self._action(request)
        included = None
        if wanted:
            included = [view.flow(flow, view.tags(flow))] if "flow" in wanted else []
            included += [view.message(one) for one in sent(action) if "flow-messages" in wanted]
        return Response(document=single(request, view.action(flow.id, action), included))

    def update(self, request: Request) -> Response:
        body, id_ = action_change.read(request), request.path["id"]
        flow, definition = changed(
            self._table,
            request,
            id_,
            lambda old: replaced(old.definition, id_, body.attributes.definition, request.now, DEFINITION),
            what="flow action",
        )
        resource = View(request, self._table).action(flow.id, action_of(definition, id_))
        return Response(document=single(request, resource))

    def delete(self, request: Request) -> Response:
        id_ = request.path["id"]
        changed(
            self._table,
            request,
            id_,
            lambda old: removed(old.definition, id_, request.now),
            what="flow action",
        )
        return Response(204)

    def flow(self, request: Request) -> Response:
        flow, _ = self._action(request)
        view = View(request, self._table)
        return Response(document=single(request, view.flow(flow, view.tags(flow))))

    def flow_id(self, request: Request) -> Response:
        flow, _ = self._action(request)
        return Response(document=single(request, identifier(FLOW, flow.id)))

    def messages(self, request: Request) -> Response:
        page, view = self._messages(request), View(request, self._table)
        return Response(document=collection(request, [view.message(one) for one in page.rows], page))

    def message_ids(self, request: Request) -> Response:
        page = self._messages(request)
        return Response(document=collection(request, [identifier(MESSAGE, one.id) for one in page.rows], page))

    def _messages(self, request: Request) -> Page[Sent]:
        return page_of(
            sent(self._action(request)[1]),
            request.params,
            filters=MESSAGE_FILTERS,
            sorts=MESSAGE_SORTS,
            size=PAGE,
        )

    def _action(self, request: Request) -> tuple[Flow, Action]:
        flow, definition, _ = held(self._table, request, request.path["id"], "flow action")
        return flow, action_of(definition, request.path["id"])


def _place(body: NewActionData) -> tuple[str, str]:
    """The flow that the new action goes into, and the pointer that names it."""
    given = body.attributes.definition
    links = given.get("links") if isinstance(given, dict) else None
    target = links.get("next") if isinstance(links, dict) else None
    anchor = body.attributes.anchor
    if sum(bool(way) for way in (anchor, target, body.flow_id)) != 1:
        raise Rejected(f"Exactly one of {_PLACES} says where the action goes.", field=DEFINITION)
    if anchor is not None:
        return flows.flow_id_of(anchor.data.id), f"{AT}/anchor-action/data/id"
    if body.flow_id is not None:
        return body.flow_id, "/data/relationships/flow/data/id"
    if not isinstance(target, str):
        raise Rejected("The link must name the action that is to follow.", field=f"{DEFINITION}/links/next")
    return flows.flow_id_of(target), f"{DEFINITION}/links/next"


def _inserted(old: Whole, body: NewActionData, request: Request) -> tuple[Definition, Action]:
    given, anchor = body.attributes, None
    if given.anchor is not None:
        data = given.anchor.data
        action_of(old.definition, data.id)
        at = f"{AT}/anchor-action/data/attributes/definition"
        anchor = Anchor(data.id, data.attributes.definition, at)
    definition, action = inserted(
        old.definition, old.flow.id, given.definition, anchor, request.now, DEFINITION
    )
    if old.flow.status == "live" and action.type not in WITH_STATUS and not given.allow_live_action:
        raise Rejected("The flow is live, and so would the action be at once.", field=f"{AT}/allow_live_action")
    return definition, action
