"""Resource `flow` (SPEC §2.4), also as what a metric, list or segment triggers."""

from __future__ import annotations

from collections.abc import Sequence

from cdp.documents import flows
from cdp.documents.flows import Flow, TriggerKind
from cdp.documents.tags import Tag
from cdp.jsonapi.documents import Asked, Json, Resources, collection, identifier
from cdp.jsonapi.front import Request, Response
from cdp.jsonapi.times import format_instant
from cdp.ports import Table

TYPE = "flow"
TRIGGERS = "flow-triggers"
RELATIONSHIPS = ("flow-actions", "tags")


def resources(asked: Asked, fields: frozenset[str] | None = None) -> Resources:
    return Resources(asked, TYPE, "flows", relationships=RELATIONSHIPS, fields=fields)


def attributes(flow: Flow) -> Json:
    return {
        "name": flow.name,
        "status": flow.status,
        "archived": flow.archived,
        "created": format_instant(flow.created),
        "updated": format_instant(flow.updated),
        "trigger_type": flow.trigger_type,
    }


def related(tags: Sequence[Tag]) -> Json:
    """The relationships whose data is cheap."""
    return {"tags": [identifier("tag", tag.id) for tag in tags]}


def triggered(request: Request, table: Table, kind: TriggerKind, ids: Sequence[str]) -> dict[str, list[Json]]:
    """By metric, list or segment: the flows that it starts. Of one it is an index read, else of all flows."""
    make = resources(request, request.params.fields(TYPE)).make
    found: dict[str, list[Json]] = {id_: [] for id_ in ids}
    if len(ids) == 1:
        known = flows.triggered_by(table, request.account_id, kind, ids[0])
    else:
        known = flows.all_of(table, request.account_id) if ids else []
    for flow in known:
        if flow.trigger_kind == kind and flow.trigger_id in found:
            found[flow.trigger_id].append(make(flow.id, attributes(flow)))
    return found


def identifiers(made: Sequence[Json]) -> Json:
    """The relationship to the flows that something starts."""
    return {TRIGGERS: [identifier(TYPE, str(flow["id"])) for flow in made]}


def triggers(request: Request, table: Table, kind: TriggerKind, id_: str) -> Response:
    """The answer of `/api/<kind>s/{id}/flow-triggers` and of its `/relationships/`."""
    found = triggered(request, table, kind, [id_])[id_]
    if request.route.path.endswith(f"/relationships/{TRIGGERS}"):
        found = [identifier(TYPE, str(flow["id"])) for flow in found]
    return Response(document=collection(request, found))
