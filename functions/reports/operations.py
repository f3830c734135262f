"""The room's HTTP operations: request in, document out."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from cdp.errors import Rejected
from cdp.jsonapi.bodies import ATTRIBUTES, Body, New
from cdp.jsonapi.cursors import PARAMETER
from cdp.jsonapi.front import Request, Response
from cdp.jsonapi.times import format_instant, parse_instant
from cdp.ports import Engine, Table
from functions.reports.endpoints import ENDPOINTS
from functions.reports.periods import in_calendar
from functions.reports.report import Answer, Endpoint, Report, Scope
from functions.reports.requests import pointing
from functions.reports.scoping import scope_of

Json = dict[str, object]
_BODIES = {one.resource: Body(one.resource, New[dict[str, Any]]) for one in ENDPOINTS}


class Reports:
    """Operations over one engine and one table."""

    def __init__(self, table: Table, engine: Engine) -> None:
        self._table = table
        self._engine = engine

    def operations(self) -> dict[str, Callable[[Request], Response]]:
        return {
            **{f"POST /api/{one.resource}s": partial(self.report, one) for one in ENDPOINTS},
        }

    def report(self, endpoint: Endpoint[Any, Any], request: Request) -> Response:
        """The attributes are the parameters; names that the kind does not know are passed over."""
        given = _BODIES[endpoint.resource].read(request).attributes
        if cursor := request.params.first("page_cursor") or request.params.first(PARAMETER):
            given = {**given, "page_cursor": cursor}
        report = endpoint.report
        scope = self._scope(request, given.get("as_of"), report)
        known = {field.encode_name for field in msgspec.structs.fields(report.params)}
        with pointing(ATTRIBUTES):
            params = report.read({name: value for name, value in given.items() if name in known})
            answer = endpoint.answer(params, scope, self._rows(request, report, params, scope))
        attributes: Json = {
            **answer.attributes,
            "computed_at": format_instant(request.now),
            "timezone": answer.timezone or scope.timezone,
            "data_through": None if answer.data_through is None else format_instant(answer.data_through),
        }
        shown = request.params.fields(endpoint.resource)
        if shown is not None:
            attributes = {name: value for name, value in attributes.items() if name in shown}
        return Response(document=_document(request, endpoint.resource, attributes, answer))

    def _rows(self, request: Request, report: Report[Any, Any], params: Any, scope: Scope) -> list[Any]:
        query = report.query(params, scope)
        return report.rows(self._engine.run(request.account_id, query))

    def _scope(self, request: Request, as_of: object, report: Report[Any, Any]) -> Scope:
        at = request.now if as_of is None else parse_instant(as_of) if isinstance(as_of, str) else None
        if at is None:
            raise Rejected(f"{as_of!r} is not a date and time.", field=f"{ATTRIBUTES}/as_of")
        in_calendar(at, f"{ATTRIBUTES}/as_of")
        return scope_of(self._table, self._engine, request.account_id, at, report.needs)


def _document(request: Request, type_: str, attributes: Json, answer: Answer) -> dict[str, Any]:
    url = f"{request.base_url}{request.raw_path}"
    data: Json = {"type": type_, "id": str(uuid.uuid4()), "attributes": attributes, "links": {"self": url}}
    if answer.relationships:
        data["relationships"] = {
            name: {"data": [{"type": kind, "id": id_} for id_ in ids]}
            for name, (kind, ids) in answer.relationships.items()
        }
    following = None if answer.following is None else f"{url}?page%5Bcursor%5D={answer.following}"
    return {"data": data, "links": {"self": url, "next": following, "prev": None}}
