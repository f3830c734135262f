"""The room's HTTP operations: request in, document out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from cdp.errors import Rejected
from cdp.jsonapi.front import Request, Response
from cdp.jsonapi.times import format_instant, parse_instant
from cdp.ports import Engine, Table
from functions.reports import runs
from functions.reports.catalogue import BY_KIND
from functions.reports.endpoints import ENDPOINTS
from functions.reports.export import to_csv
from functions.reports.periods import in_calendar
from functions.reports.report import Endpoint, Report, Scope
from functions.reports.scoping import scope_of

Json = dict[str, object]
A = TypeVar("A")
_BASE = "/data/attributes"


class Data(msgspec.Struct, Generic[A], frozen=True):
    type: str
    attributes: A


class Body(msgspec.Struct, Generic[A], frozen=True):
    data: Data[A]


class RunAttributes(msgspec.Struct, frozen=True):
    report_type: str
    definition: msgspec.Raw
    as_of: str | None = None


_report = msgspec.json.Decoder(Body[dict[str, Any]])
_run = msgspec.json.Decoder(Body[RunAttributes])


class Reports:
    """Operations over one engine and one table."""

    def __init__(self, table: Table, engine: Engine) -> None:
        self._table = table
        self._engine = engine

    def operations(self) -> dict[str, Callable[[Request], Response]]:
        return {
            **{f"POST /api/{one.resource}s": partial(self.report, one) for one in ENDPOINTS},
            "POST /api/custom-report-runs": self.run,
            "GET /api/custom-report-runs/{id}": self.stored,
            "GET /api/custom-report-runs/{id}/export": self.export,
        }

    def report(self, endpoint: Endpoint[Any, Any], request: Request) -> Response:
        """The attributes are the parameters; names that the kind does not know are passed over."""
        given = _attributes(request, _report, endpoint.resource)
        report = endpoint.report
        scope = self._scope(request, given.get("as_of"), report)
        known = {field.encode_name for field in msgspec.structs.fields(report.params)}
        with _pointing(_BASE):
            params = report.read({name: value for name, value in given.items() if name in known})
            answer = endpoint.answer(params, scope, self._rows(request, report, params, scope))
        attributes: Json = {
            **answer.attributes,
            "computed_at": format_instant(request.now),
            "timezone": answer.timezone or scope.timezone,
            "data_through": None if answer.data_through is None else format_instant(answer.data_through),
        }
        return Response(document=_document(request, endpoint.resource, attributes, answer.following))

    def run(self, request: Request) -> Response:
        given = _attributes(request, _run, "custom-report-run")
        report = BY_KIND.get(given.report_type)
        if report is None:
            known = ", ".join(BY_KIND)
            raise Rejected(f"report_type must be one of {known}.", field=f"{_BASE}/report_type")
        scope = self._scope(request, given.as_of, report)
        definition = msgspec.json.decode(given.definition)
        base = f"{_BASE}/definition"
        with _pointing(base):
            params = report.read(definition)
            rows = self._rows(request, report, params, scope)
            result = report.table(params, scope, rows)
        chunks = runs.parts(result)
        run = runs.Run(
            id=runs.new_id(),
            report_type=report.kind,
            definition=definition,
            as_of=scope.as_of,
            started_at=request.now,
            completed_at=request.now,
            timezone=scope.timezone,
            currency=scope.currency,
            columns=result.columns,
            data_through=result.data_through,
            parts=len(chunks),
        )
        runs.save(self._table, request.account_id, run, chunks)
        return Response(201, _run_document(request, run, result.rows))

    def stored(self, request: Request) -> Response:
        run, rows = runs.load(self._table, request.account_id, request.path["id"])
        return Response(document=_run_document(request, run, rows))

    def export(self, request: Request) -> Response:
        run, rows = runs.load(self._table, request.account_id, request.path["id"])
        headers = {
            "content-type": "text/csv; charset=utf-8",
            "content-disposition": f'attachment; filename="{run.report_type}-{run.id}.csv"',
        }
        return Response(200, body=to_csv(run.columns, rows), headers=headers)

    def _rows(self, request: Request, report: Report[Any, Any], params: Any, scope: Scope) -> list[Any]:
        query = report.query(params, scope)
        return report.rows(self._engine.run(request.account_id, query).to_pylist())

    def _scope(self, request: Request, as_of: object, report: Report[Any, Any]) -> Scope:
        at = request.now if as_of is None else parse_instant(as_of) if isinstance(as_of, str) else None
        if at is None:
            raise Rejected(f"{as_of!r} is not a date and time.", field=f"{_BASE}/as_of")
        in_calendar(at, f"{_BASE}/as_of")
        return scope_of(self._table, self._engine, request.account_id, at, report.needs)


def _attributes(request: Request, decoder: msgspec.json.Decoder[Body[A]], type_: str) -> A:
    data = request.decode(decoder).data
    if data.type != type_:
        raise Rejected(f"type must be {type_}.", field="/data/type")
    return data.attributes


@contextmanager
def _pointing(base: str) -> Iterator[None]:
    """Report kinds point into their parameters; here the pointer becomes one into the body."""
    try:
        yield
    except Rejected as error:
        if error.field is not None and not error.field.startswith("/data"):
            error.field = base + ("" if error.field == "/" else error.field)
        raise


def _document(request: Request, type_: str, attributes: Json, following: str | None) -> dict[str, Any]:
    url = f"{request.base_url}{request.raw_path}"
    data = {"type": type_, "id": str(uuid.uuid4()), "attributes": attributes, "links": {"self": url}}
    following = None if following is None else f"{url}?page%5Bcursor%5D={following}"
    return {"data": data, "links": {"self": url, "next": following, "prev": None}}


def _run_document(request: Request, run: runs.Run, rows: list[list[runs.Cell]]) -> Json:
    url = f"{request.base_url}/api/custom-report-runs/{run.id}"
    attributes: Json = {
        "report_type": run.report_type,
        "definition": run.definition,
        "status": "complete",
        "columns": [{"name": column.name, "type": column.type} for column in run.columns],
        "rows": rows,
        "as_of": format_instant(run.as_of),
        "started_at": format_instant(run.started_at),
        "completed_at": format_instant(run.completed_at),
        "expires_at": format_instant(run.completed_at + runs.KEPT),
        "computed_at": format_instant(run.completed_at),
        "timezone": run.timezone,
        "currency": run.currency,
        "data_through": None if run.data_through is None else format_instant(run.data_through),
    }
    data = {"type": "custom-report-run", "id": run.id, "attributes": attributes, "links": {"self": url}}
    return {"data": data, "links": {"self": url}}
