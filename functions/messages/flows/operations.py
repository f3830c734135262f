"""The operations on flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from cdp.documents import daily, flows, tags
from cdp.documents.flows import FLOWS, Definition, Flow, Status, TriggerType
from cdp.documents.named import Stored
from cdp.documents.tags import Tag
from cdp.errors import Unavailable, not_found
from cdp.jsonapi.bodies import checked_name
from cdp.jsonapi.documents import Json, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import BOOLEAN, INSTANT, TEXT, Field, Filters, one_of
from cdp.jsonapi.paging import Page
from cdp.ports import Table
from cdp.resources.at_hand import page_of
from cdp.resources.named import Listing
from functions.messages.flows import definition as definitions
from functions.messages.flows import older, triggers
from functions.messages.flows.action_operations import Actions
from functions.messages.flows.actions import KINDS, STATUSES
from functions.messages.flows.bodies import DEFINITION, flow_change, new_flow
from functions.messages.flows.changes import with_status
from functions.messages.flows.changing import changed, held
from functions.messages.flows.message_operations import Messages
from functions.messages.flows.shown import ACTION, View

_TIME = INSTANT("equals", "greater-or-equal", "greater-than", "less-or-equal", "less-than")
FILTERS = Filters(
    {
        "id": TEXT("any"),
        "name": TEXT("contains", "ends-with", "equals", "starts-with"),
        "status": one_of(get_args(Status), "equals"),
        "archived": BOOLEAN("equals"),
        "created": _TIME,
        "updated": _TIME,
        "trigger_type": one_of(get_args(TriggerType), "equals"),
    }
)
SORTS = ("created", "id", "name", "status", "trigger_type", "updated")


def _kind(value: object) -> str | None:
    """A type of action, as the definition has it or in capitals (SEND_EMAIL), as older clients do."""
    name = older.kind_of(value) if isinstance(value, str) else ""
    return name if name in KINDS else None


ACTION_FILTERS = Filters(
    {
        "id": TEXT("any"),
        "action_type": Field(_kind, "a type of action", frozenset(("any", "equals"))),
        "status": one_of(STATUSES, "equals"),
        "created": _TIME,
        "updated": _TIME,
    }
)
ACTION_SORTS = ("created", "action_type", "id", "status", "updated")
PAGE = (50, 50)
INCLUDE = ("flow-actions", "tags")
PER_DAY = 100


class Flows:
    """`per_day`: how many flows an account may make in a day; 0: any number."""

    def __init__(self, table: Table, *, per_day: int = 0) -> None:
        self._table, self._per_day = table, per_day

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/flows": self.listed,
            "POST /api/flows": self.create,
            "GET /api/flows/{id}": self.one,
            "PATCH /api/flows/{id}": self.update,
            "DELETE /api/flows/{id}": self.delete,
            "GET /api/flows/{id}/flow-actions": self.actions,
            "GET /api/flows/{id}/relationships/flow-actions": self.action_ids,
            "GET /api/flows/{id}/tags": self.tags,
            "GET /api/flows/{id}/relationships/tags": self.tag_ids,
            **Actions(self._table).operations(),
            **Messages(self._table).operations(),
        }

    def listed(self, request: Request) -> Response:
        wanted, view = request.params.include(INCLUDE), View(request, self._table)
        page = Listing(
            FLOWS, self._table, request.account_id, request.params, filters=FILTERS, sorts=SORTS, size=PAGE
        ).page()
        held_: Mapping[str, Definition] = {}
        if "flow-actions" in wanted:
            held_ = flows.definitions(self._table, request.account_id, [one.id for one in page.rows])
        borne = {one.id: view.tags(one) for one in page.rows}
        data, included = [], []
        for one in page.rows:
            actions = held_[one.id].actions if one.id in held_ else None
            data.append(view.flow(one, borne[one.id], actions))
            included += [view.action(one.id, action) for action in actions or ()]
        return Response(document=collection(request, data, page, _included(view, wanted, included, borne)))

    def create(self, request: Request) -> Response:
        given = new_flow.read(request).attributes
        view = View(request, self._table)
        view.asks_definition  # noqa: B018  an unknown additional field is refused before anything is made
        name = checked_name(given.name)
        id_ = flows.new_id(self._table, request.account_id)
        definition = definitions.new(given.definition, id_, request.now, DEFINITION)
        daily.count(self._table, request.account_id, "flows", request.now, self._per_day)
        flow = _new(id_, name, definition, request)
        if not flows.save(self._table, request.account_id, flow, definition, 0):
            raise Unavailable("the flow's id was taken at the same moment")
        resource = view.flow(flow, [], definition.actions, definition)
        location = f"{request.base_url}/api/flows/{id_}"
        return Response(201, document=single(request, resource), headers={"location": location})

    def one(self, request: Request) -> Response:
        wanted, view = request.params.include(INCLUDE), View(request, self._table)
        flow, definition, _ = held(self._table, request, request.path["id"])
        borne = view.tags(flow)
        resource = view.flow(flow, borne, definition.actions, definition if view.asks_definition else None)
        actions = [view.action(flow.id, one) for one in definition.actions]
        included = _included(view, wanted, actions, {flow.id: borne})
        return Response(document=single(request, resource, included))

    def update(self, request: Request) -> Response:
        body = flow_change.read(request)
        status, view = body.attributes.status, View(request, self._table)
        flow, definition = changed(
            self._table,
            request,
            body.id,
            lambda old: with_status(old.definition, status, request.now),
            status=status,
        )
        return Response(document=single(request, view.flow(flow, view.tags(flow), definition.actions)))

    def delete(self, request: Request) -> Response:
        id_ = request.path["id"]
        while stored := self._stored(request):
            if flows.remove(self._table, request.account_id, stored):
                break
        tags.forget(self._table, request.account_id, "flow", id_)
        return Response(204)

    def actions(self, request: Request) -> Response:
        page, view = self._actions(request), View(request, self._table)
        data = [view.action(request.path["id"], one) for one in page.rows]
        return Response(document=collection(request, data, page))

    def action_ids(self, request: Request) -> Response:
        page = self._actions(request)
        return Response(document=collection(request, [identifier(ACTION, one.id) for one in page.rows], page))

    def tags(self, request: Request) -> Response:
        view = View(request, self._table)
        return Response(document=collection(request, view.shown_tags(view.tags(self._stored(request).thing))))

    def tag_ids(self, request: Request) -> Response:
        borne = View(request, self._table).tags(self._stored(request).thing)
        return Response(document=collection(request, [identifier("tag", one.id) for one in borne]))

    def _actions(self, request: Request) -> Page[flows.Action]:
        return page_of(
            held(self._table, request, request.path["id"]).definition.actions,
            request.params,
            filters=ACTION_FILTERS,
            sorts=ACTION_SORTS,
            size=PAGE,
            names={"action_type": "type"},
        )

    def _stored(self, request: Request) -> Stored[Flow]:
        stored = FLOWS.get(self._table, request.account_id, request.path["id"])
        if stored is None:
            raise not_found("flow", request.path["id"])
        return stored


def _new(id_: str, name: str, definition: Definition, request: Request) -> Flow:
    given = list(definition.triggers)
    kind, named = triggers.named(given) or (None, None)
    return Flow(
        id=id_,
        name=name,
        status="draft",
        archived=False,
        trigger_type=triggers.called(given),
        created=request.now,
        updated=request.now,
        messages=definitions.messages(definition.actions),
        trigger_kind=kind,
        trigger_id=named,
    )


def _included(
    view: View, wanted: tuple[str, ...], actions: list[Json], borne: Mapping[str, list[Tag]]
) -> list[Json] | None:
    if not wanted:
        return None
    found = actions if "flow-actions" in wanted else []
    if "tags" in wanted:
        found = found + view.shown_tags(one for of_one in borne.values() for one in of_one)
    return found
