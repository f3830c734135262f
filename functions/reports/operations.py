"""The room's HTTP operations: request in, document out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import msgspec

from cdp.documents import accounts, metrics
from cdp.errors import Rejected
from cdp.jsonapi.errors import from_validation_error
from cdp.jsonapi.front import Request, Response
from cdp.jsonapi.times import format_instant, parse_instant
from cdp.ports import Engine, Table
from cdp.query.sql import select
from functions.reports import aggregate_results, runs
from functions.reports.catalogue import BY_KIND
from functions.reports.export import to_csv
from functions.reports.kinds import metric_aggregate, rfm, rfm_results
from functions.reports.orders import PLACED
from functions.reports.periods import in_calendar
from functions.reports.report import KnownMetric, Report, Scope

Json = dict[str, object]
A = TypeVar("A")
_BASE = "/data/attributes"


class Data(msgspec.Struct, Generic[A], frozen=True):
    type: str
    attributes: A


class Body(msgspec.Struct, Generic[A], frozen=True):
    data: Data[A]


class AggregateAttributes(metric_aggregate.Params, frozen=True):
    as_of: str | None = None


class RfmAttributes(rfm.Params, frozen=True, forbid_unknown_fields=False):
    as_of: str | None = None


class RunAttributes(msgspec.Struct, frozen=True):
    report_type: str
    definition: msgspec.Raw
    as_of: str | None = None


_aggregate = msgspec.json.Decoder(Body[AggregateAttributes])
_rfm = msgspec.json.Decoder(Body[RfmAttributes])
_run = msgspec.json.Decoder(Body[RunAttributes])


class Reports:
    """Operations over one engine and one table."""

    def __init__(self, table: Table, engine: Engine) -> None:
        self._table = table
        self._engine = engine

    def operations(self) -> dict[str, Callable[[Request], Response]]:
        return {
            "POST /api/metric-aggregates": self.aggregate,
            "POST /api/rfm-reports": self.rfm,
            "POST /api/custom-report-runs": self.run,
            "GET /api/custom-report-runs/{id}": self.stored,
            "GET /api/custom-report-runs/{id}/export": self.export,
        }

    def aggregate(self, request: Request) -> Response:
        params = _attributes(request, _aggregate, "metric-aggregate")
        scope = self._scope(request, params.as_of)
        with _pointing(_BASE):
            rows = self._rows(request, metric_aggregate.REPORT, params, scope)
            shown, following = aggregate_results.attributes(params, scope, rows)
        newest = max((row.newest for row in rows), default=None)
        extra: Json = {
            "computed_at": format_instant(request.now),
            "timezone": params.timezone or "UTC",
            "data_through": None if newest is None else format_instant(newest),
        }
        document = _document(request, "metric-aggregate", str(uuid.uuid4()), {**shown, **extra})
        url = f"{request.base_url}{request.raw_path}"
        links = {
            "self": url,
            "next": None if following is None else f"{url}?page%5Bcursor%5D={following}",
            "prev": None,
        }
        return Response(document={**document, "links": links})

    def rfm(self, request: Request) -> Response:
        params = _attributes(request, _rfm, "rfm-report")
        scope = self._scope(request, params.as_of)
        with _pointing(_BASE):
            rows = self._rows(request, rfm.REPORT, params, scope)
            shown = rfm_results.attributes(params, scope, rows)
        shown |= {"computed_at": format_instant(request.now), "timezone": scope.timezone}
        return Response(document=_document(request, "rfm-report", str(uuid.uuid4()), shown))

    def run(self, request: Request) -> Response:
        given = _attributes(request, _run, "custom-report-run")
        report = BY_KIND.get(given.report_type)
        if report is None:
            known = ", ".join(BY_KIND)
            raise Rejected(f"report_type must be one of {known}.", field=f"{_BASE}/report_type")
        scope = self._scope(request, given.as_of)
        definition = msgspec.json.decode(given.definition)
        base = f"{_BASE}/definition"
        with _pointing(base):
            try:
                params = report.read(definition)
            except msgspec.ValidationError as error:
                raise from_validation_error(error) from error
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

    def _scope(self, request: Request, as_of: str | None) -> Scope:
        at = request.now if as_of is None else parse_instant(as_of)
        if at is None:
            raise Rejected(f"{as_of!r} is not a date and time.", field=f"{_BASE}/as_of")
        in_calendar(at, f"{_BASE}/as_of")
        account = accounts.get(self._table, request.account_id)
        known = [
            KnownMetric(m.id, m.no, m.name) for m in metrics.all_metrics(self._table, request.account_id)
        ]
        return Scope(
            timezone=account.timezone,
            currency=account.currency,
            as_of=at,
            metrics=tuple(self._most_used_first(request.account_id, known)),
            rates=account.exchange_rates,
            week_starts_monday=account.week_starts_monday,
        )

    def _most_used_first(self, account_id: str, known: list[KnownMetric]) -> list[KnownMetric]:
        """Several services may have a Placed Order: the one with the most events leads."""
        placed = [metric.no for metric in known if metric.name == PLACED]
        if len(placed) < 2:
            return known
        text = "SELECT metric_id, count(*) AS n FROM events WHERE metric_id IN (:metrics) GROUP BY 1"
        counted = self._engine.run(account_id, select(text, metrics=placed)).to_pylist()
        uses = {row["metric_id"]: row["n"] for row in counted}
        return sorted(known, key=lambda metric: -uses.get(metric.no, 0))


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


def _document(request: Request, type_: str, id_: str, attributes: Json) -> dict[str, Any]:
    url = f"{request.base_url}{request.raw_path}"
    data = {"type": type_, "id": id_, "attributes": attributes, "links": {"self": url}}
    return {"data": data, "links": {"self": url}}


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
