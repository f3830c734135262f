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


def triggered(request: Request, table: Table, kind: TriggerKind, id_: str) -> list[Json]:
    """The flows that a metric, list or segment starts."""
    make = resources(request, request.params.fields(TYPE)).make
    found = flows.triggered_by(table, request.account_id, kind, id_)
    return [make(flow.id, attributes(flow)) for flow in found]


def triggers(request: Request, table: Table, kind: TriggerKind, id_: str) -> Response:
    """The answer of `/api/<kind>s/{id}/flow-triggers` and of its `/relationships/`."""
    if "/relationships/" in request.raw_path:
        found = flows.triggered_by(table, request.account_id, kind, id_)
        return Response(document=collection(request, [identifier(TYPE, flow.id) for flow in found]))
    return Response(document=collection(request, triggered(request, table, kind, id_)))
