"""Runs of reports: made, read again, listed, exported (SPEC §13.5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from cdp.errors import Rejected
from cdp.jsonapi.bodies import ATTRIBUTES, Body, New
from cdp.jsonapi.documents import Json, collection
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.paging import Slice, read_page
from cdp.jsonapi.times import format_instant, parse_instant
from cdp.ports import Table
from functions.reports import runs
from functions.reports.export import to_csv
from functions.reports.periods import in_calendar
from functions.reports.requests import pointing
from functions.reports.running import Runner, begun, kind
from functions.reports.runs import Run
from functions.reports.stored.custom_reports import stored

TYPE = "custom-report-run"
PAGE = (20, 100)
_ONE = "/api/custom-report-runs/{id}"


class Given(msgspec.Struct, frozen=True):
    """A stored report, or a type and a definition."""

    custom_report_id: str | None = None
    report_type: str | None = None
    definition: dict[str, Any] | None = None
    as_of: str | None = None


_run = Body(TYPE, New[Given])


class CustomReportRuns:
    def __init__(self, table: Table, runner: Runner) -> None:
        self._table, self._runner = table, runner

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "POST /api/custom-report-runs": self.run,
            f"GET {_ONE}": self.one,
            f"GET {_ONE}/export": self.export,
            "GET /api/custom-reports/{id}/runs": self.history,
        }

    def run(self, request: Request) -> Response:
        given = _run.read(request).attributes
        run, base = self._begun(request, given)
        report = kind(run.report_type, f"{ATTRIBUTES}/report_type")
        with pointing(base, inside=given.custom_report_id is None):
            done, rows = self._runner.run(request.account_id, report, run)
        shown = _resource(request, done, rows)
        return Response(201, {"data": shown, "links": shown["links"]})

    def _begun(self, request: Request, given: Given) -> tuple[Run, str]:
        """The run, and where faults of its definition point to."""
        as_of = _moment(given.as_of, request.now)
        if given.custom_report_id is not None:
            if given.report_type is not None or given.definition is not None:
                raise Rejected(
                    "Give either custom_report_id, or report_type and definition.", field=f"{ATTRIBUTES}/custom_report_id"
                )
            at = f"{ATTRIBUTES}/custom_report_id"
            report = stored(self._table, request.account_id, given.custom_report_id, at).thing
            run = begun(runs.new_id(), report.report_type, report.definition, as_of, request.now)
            return msgspec.structs.replace(run, custom_report_id=report.id), at
        for name in ("report_type", "definition"):
            if getattr(given, name) is None:
                raise Rejected(f"A run without custom_report_id needs {name}.", field=f"{ATTRIBUTES}/{name}")
        run = begun(runs.new_id(), given.report_type or "", given.definition, as_of, request.now)
        return run, f"{ATTRIBUTES}/definition"

    def one(self, request: Request) -> Response:
        shown = _resource(request, *runs.load(self._table, request.account_id, request.path["id"]))
        return Response(document={"data": shown, "links": shown["links"]})

    def export(self, request: Request) -> Response:
        run, rows = runs.load(self._table, request.account_id, request.path["id"])
        headers = {
            "content-type": "text/csv; charset=utf-8",
            "content-disposition": f'attachment; filename="{run.report_type}-{run.id}.csv"',
        }
        return Response(200, body=to_csv(run.columns, rows), headers=headers)

    def history(self, request: Request) -> Response:
        """Newest first, without the rows."""
        id_ = stored(self._table, request.account_id, request.path["id"]).thing.id
        sort = request.params.sort(("started_at",), "-started_at")

        def read(part: Slice) -> list[Run]:
            after = None if part.after is None else str(part.after[0])
            return runs.history(
                self._table, request.account_id, id_, descending=part.descending, limit=part.limit, after=after
            )

        page = read_page(
            read, runs.position, sort=sort, size=request.params.page_size(*PAGE), cursor=request.params.cursor(sort)
        )
        return Response(document=collection(request, [_resource(request, run) for run in page.rows], page))


def _moment(text: str | None, now: datetime) -> datetime:
    if text is None:
        return now
    at = parse_instant(text)
    if at is None:
        raise Rejected(f"{text!r} is not a date and time.", field=f"{ATTRIBUTES}/as_of")
    in_calendar(at, f"{ATTRIBUTES}/as_of")
    return at


def _resource(request: Request, run: Run, rows: list[list[runs.Cell]] | None = None) -> Json:
    url = f"{request.base_url}/api/custom-report-runs/{run.id}"
    fault = None if run.fault is None else {"detail": run.fault.detail, "source": {"pointer": run.fault.pointer}}
    attributes: Json = {
        "custom_report_id": run.custom_report_id,
        "report_type": run.report_type,
        "definition": run.definition,
        "status": "complete" if run.fault is None else "failed",
        "error": fault,
        "trigger": run.trigger,
        "columns": [{"name": column.name, "type": column.type} for column in run.columns],
        "row_count": run.row_count,
        "as_of": format_instant(run.as_of),
        "started_at": format_instant(run.started_at),
        "completed_at": format_instant(run.completed_at),
        "expires_at": format_instant(run.completed_at + runs.KEPT),
        "computed_at": format_instant(run.completed_at),
        "timezone": run.timezone,
        "currency": run.currency,
        "data_through": None if run.data_through is None else format_instant(run.data_through),
    }
    if rows is not None:
        attributes["rows"] = rows
    return {"type": TYPE, "id": run.id, "attributes": attributes, "links": {"self": url}}
