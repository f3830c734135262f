"""Flows as they are read for a request, and changed together with their definition."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from cdp.documents import flows
from cdp.documents.flows import Definition, Flow, Status, Whole
from cdp.errors import Unavailable, not_found
from cdp.jsonapi.front import Request
from cdp.ports import Table
from functions.messages.flows.definition import messages

_ATTEMPTS = 8


def held(table: Table, request: Request, id_: str, what: str = "flow") -> Whole:
    """The flow that has this id, or that an action or message of this id belongs to."""
    found = flows.whole(table, request.account_id, flows.flow_id_of(id_) if what != "flow" else id_)
    if found is None:
        raise not_found(what, id_)
    return found


def changed(
    table: Table,
    request: Request,
    id_: str,
    change: Callable[[Whole], Definition],
    *,
    what: str = "flow",
    status: Status | None = None,
) -> tuple[Flow, Definition]:
    """The flow after the change; `change` may be asked again when somebody else was faster."""
    for _ in range(_ATTEMPTS):
        old = held(table, request, id_, what)
        definition = change(old)
        if definition == old.definition and status in (None, old.flow.status):
            return old.flow, definition
        flow = replace(
            old.flow,
            status=status or old.flow.status,
            messages=messages(definition.actions),
            updated=request.now,
        )
        if flows.save(table, request.account_id, flow, definition, old.version):
            return flow, definition
    raise Unavailable("the flow is being changed by others at the same moment")
