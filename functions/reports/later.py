"""Reports that take longer than a caller waits: kept as they were asked, run by a job, their answer kept 30 days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from cdp import events
from cdp.documents import jobs
from cdp.documents.jobs import Job, RowError
from cdp.errors import Rejected, TooSlow, not_found
from cdp.events import ReportDue
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.jobs import attributes
from cdp.ports import Engine, Item, Key, Put, Queue, Table
from cdp.query.sql import Query
from functions.reports import parts
from functions.reports.spec import SPEC

KIND = "report-job"
_WHOLE = 100  # the work of a job is counted in per cent


class Asked(msgspec.Struct, frozen=True):
    """A request as it came, so that the job answers just what was asked; `at` is when."""

    route: str
    path: dict[str, str]
    raw_path: str
    raw_query: str
    body: bytes
    headers: dict[str, str]
    at: datetime


class Kept(msgspec.Struct, frozen=True):
    """What the job's answer is: its resource and where the answer is to be had."""

    type: str
    id: str
    status: int


_asked = msgspec.json.Decoder(Asked)
_kept = msgspec.json.Decoder(Kept)


class Later:
    """Makes a job of what is too slow, and shows jobs and their answers."""

    def __init__(self, table: Table, queue: Queue) -> None:
        self._table, self._queue = table, queue

    def operations(self) -> Mapping[str, Operation]:
        return {
            "GET /api/report-jobs/{id}": self.job,
            "GET /api/report-jobs/{id}/report": self.answer,
        }

    def patient(self, operation: Operation) -> Operation:
        """The operation, or a job if it is too slow."""

        def call(request: Request) -> Response:
            try:
                return operation(request)
            except TooSlow:
                return self._postpone(request)

        return call

    def _postpone(self, request: Request) -> Response:
        job = Job(jobs.new_id(), KIND, request.now, total_count=_WHOLE)
        asked = Asked(
            request.route.key, dict(request.path), request.raw_path, request.raw_query, request.body,
            {name: value for name, value in request.headers.items() if name in _HEADERS}, request.now,
        )  # fmt: skip
        item = Item(_key(request.account_id, job.id, "asked"), msgspec.json.encode(asked), expires_at=_expiry(request.now))
        self._table.write([[Put(item)]])
        jobs.save(self._table, request.account_id, job)
        self._queue.send([events.encode(ReportDue(request.account_id, job.id))])
        url = f"{request.base_url}/api/report-jobs/{job.id}"
        return Response(202, self._document(request, job), headers={"location": url})

    def job(self, request: Request) -> Response:
        return Response(document=self._document(request, self._job(request)))

    def answer(self, request: Request) -> Response:
        """The document that the report would have answered at once."""
        job = self._job(request)
        chunks = parts.load(self._table, _partition(request.account_id, job.id))
        if job.status != "complete" or not chunks:
            why = job.errors[0].detail if job.errors else "The report is not finished yet."
            raise Rejected(why, status=404, code="not_found", title="Not found.")
        return Response(document=msgspec.Raw(b"".join(chunks)))

    def _job(self, request: Request) -> Job:
        found = jobs.get(self._table, request.account_id, KIND, request.path["id"])
        if found is None:
            raise not_found(KIND, request.path["id"])
        return found

    def _document(self, request: Request, job: Job) -> dict[str, Any]:
        url = f"{request.base_url}/api/report-jobs/{job.id}"
        shown = {**attributes(job), "errors": [_error(one) for one in job.errors]}
        item = self._table.get([_key(request.account_id, job.id, "kept")])[0]
        kept = None if item is None else _kept.decode(item.body)
        related = f"{url}/report" if kept is None or kept.type != "custom-report-run" else (
            f"{request.base_url}/api/custom-report-runs/{kept.id}"
        )  # fmt: skip
        report = {"data": kept and {"type": kept.type, "id": kept.id}, "links": {"related": related}}
        data = {"type": KIND, "id": job.id, "attributes": shown, "relationships": {"report": report}}
        return {"data": {**data, "links": {"self": url}}, "links": {"self": url}}


class Finisher:
    """Runs the jobs. `operations` makes the room's operations over an engine that has time."""

    def __init__(
        self, table: Table, engine: Engine, operations: Callable[[Engine], Mapping[str, Operation]]
    ) -> None:
        self._table, self._engine, self._operations = table, engine, operations
        self._routes = {route.key: route for route in SPEC.routes}

    def finish(self, due: ReportDue, now: datetime) -> None:
        """Safe to repeat: a finished job is left alone, and a run that nobody heard of is made again."""
        item = self._table.get([_key(due.account_id, due.job_id, "asked")])[0]
        job = jobs.get(self._table, due.account_id, KIND, due.job_id)
        if item is None or job is None or job.status in ("complete", "cancelled"):
            return
        asked = _asked.decode(item.body)
        begun = job = msgspec.structs.replace(job, status="processing", started_at=job.started_at or now)
        jobs.save(self._table, due.account_id, begun)

        def tell(part: float) -> None:
            done = min(_WHOLE - 1, int(part * _WHOLE))
            jobs.save(self._table, due.account_id, msgspec.structs.replace(begun, completed_count=done))

        request = Request(
            self._routes[asked.route], due.account_id, asked.path, asked.raw_query, asked.body, asked.headers,
            asked.raw_path, asked.at,
        )  # fmt: skip
        engine = Telling(self._engine, tell)
        try:
            response = self._operations(engine)[asked.route](request)
        except Rejected as error:
            failed = RowError(error.code, error.title, error.message, error.field or "")
            job = msgspec.structs.replace(job, failed_count=_WHOLE, errors=(failed,))
        else:
            self._keep(due, response, now)
            job = msgspec.structs.replace(job, completed_count=_WHOLE)
        job = msgspec.structs.replace(job, status="complete", completed_at=max(now, datetime.now(UTC)))
        jobs.save(self._table, due.account_id, job)

    def _keep(self, due: ReportDue, response: Response, now: datetime) -> None:
        document = response.document
        partition, expiry = _partition(due.account_id, due.job_id), _expiry(now)
        parts.save(self._table, partition, parts.cut(msgspec.json.encode(document)), expiry)
        kept = Kept(document["data"]["type"], document["data"]["id"], response.status)
        item = Item(_key(due.account_id, due.job_id, "kept"), msgspec.json.encode(kept), expires_at=expiry)
        self._table.write([[Put(item)]])


class Limited:
    """An engine that gives up after some seconds."""

    def __init__(self, engine: Engine, limit_s: float) -> None:
        self.dialect = engine.dialect
        self._engine, self._limit_s = engine, limit_s

    def run(
        self, account_id: str, query: Query, *, limit_s: float | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Any:  # fmt: skip
        return self._engine.run(account_id, query, limit_s=self._limit_s, progress=progress)


class Telling:
    """An engine that tells how far its queries are."""

    def __init__(self, engine: Engine, progress: Callable[[float], None]) -> None:
        self.dialect = engine.dialect
        self._engine, self._progress = engine, progress

    def run(
        self, account_id: str, query: Query, *, limit_s: float | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Any:  # fmt: skip
        return self._engine.run(account_id, query, limit_s=limit_s, progress=self._progress)


_HEADERS = ("host", "x-forwarded-host", "x-forwarded-proto", "revision")


def _error(error: RowError) -> dict[str, Any]:
    return {"code": error.code, "title": error.title, "detail": error.detail, "source": {"pointer": error.pointer}}


def _expiry(now: datetime) -> int:
    return int((now + jobs.KEPT).timestamp())


def _partition(account_id: str, job_id: str) -> str:
    return f"{account_id}#report-job#{job_id}"


def _key(account_id: str, job_id: str, what: str) -> Key:
    return Key(_partition(account_id, job_id), what)
