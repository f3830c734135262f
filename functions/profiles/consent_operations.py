"""The operations on subscription and suppression jobs: accept one, show its course and its errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from cdp import events
from cdp.code.hops import chain
from cdp.documents import jobs, lists, memberships, profiles, segments
from cdp.documents.jobs import Job
from cdp.errors import Rejected, Unavailable, not_found
from cdp.events import ConsentAccepted
from cdp.jsonapi import jobs as job_resource
from cdp.jsonapi.documents import Json, Resources, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import TEXT, Condition, Filters, one_of
from cdp.jsonapi.paging import Slice, read_page
from cdp.model.ids import profile_no
from cdp.ports import Queue, Table
from functions.profiles import consent_bodies
from functions.profiles.consent_bodies import BROWSER, KINDS, SUPPRESS, UNSUPPRESS, Order
from functions.profiles.job_rows import place_of, shown_errors

PAGE = 20
_READ = 200
FILTERS = Filters(
    {
        "status": one_of(("queued", "processing", "complete", "cancelled"), "equals"),
        "list_id": TEXT("equals"),
        "segment_id": TEXT("equals"),
    }
)


class _Row(NamedTuple):
    job: Job
    position: tuple[str, str, str]


class ConsentJobs:
    def __init__(self, table: Table, queue: Queue) -> None:
        self._table, self._queue = table, queue

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        found: dict[str, Operation] = {"POST /client/subscriptions": self.client}
        for kind in KINDS:
            found[f"POST /api/{kind}s"] = partial(self.accept, kind)
            found[f"GET /api/{kind}s/{{id}}"] = partial(self.one, kind)
            found[f"GET /api/{kind}s/{{id}}/import-errors"] = partial(self.errors, kind)
        for kind in (SUPPRESS, UNSUPPRESS):
            found[f"GET /api/{kind}s"] = partial(self.listed, kind)
        return found

    def accept(self, kind: str, request: Request) -> Response:
        """The job is durable before the answer; a queue that refuses leaves it cancelled."""
        order = self._read(kind, request)
        self._check_ids(request.account_id, order)
        total = len(order.rows)
        groups = [id_ for id_ in (order.list_id, order.segment_id) if id_ is not None]
        if kind in (SUPPRESS, UNSUPPRESS):
            total += sum(memberships.count(self._table, request.account_id, group) for group in groups)
        job = Job(
            jobs.new_id(),
            kind,
            request.now,
            total_count=total,
            list_ids=(order.list_id,) if order.list_id else (),
            segment_ids=(order.segment_id,) if order.segment_id else (),
        )
        jobs.save(self._table, request.account_id, job)
        try:
            self._send(request, kind, job.id)
        except Unavailable:
            jobs.save(self._table, request.account_id, replace(job, status="cancelled"))
            raise
        headers = {"location": f"{request.base_url}/api/{kind}s/{job.id}"}
        if kind in (SUPPRESS, UNSUPPRESS):
            return Response(202, document=single(request, _resource(kind, request, job)), headers=headers)
        return Response(202, headers=headers)

    def client(self, request: Request) -> Response:
        """From a browser: nothing is told of the profile, and no job is shown."""
        order = self._read(BROWSER, request)
        if order.list_id is None:
            raise Rejected("A list is required.", field="/data/relationships/list/data")
        self._send(request, BROWSER, jobs.new_id())
        return Response(202)

    def _send(self, request: Request, kind: str, job_id: str) -> None:
        hops, source = chain(request.headers)
        message = ConsentAccepted(
            request.account_id, request.now.isoformat(), kind, job_id, msgspec.Raw(request.body), hops, source
        )
        self._queue.send([events.encode(message)])

    def _read(self, kind: str, request: Request) -> Order:
        order = consent_bodies.read(kind, request.body, request.now)
        groups: tuple[tuple[str, str | None, Callable[[Table, str, str], object | None]], ...] = (
            ("list", order.list_id, lists.get),
            ("segment", order.segment_id, segments.get),
        )
        for name, id_, get in groups:
            if id_ is not None and get(self._table, request.account_id, id_) is None:
                raise Rejected(
                    f"A {name} with id {id_} does not exist.", field=f"/data/relationships/{name}/data/id"
                )
        return order

    def _check_ids(self, account_id: str, order: Order) -> None:
        named = [(row, profile_no(account_id, row.resource.id)) for row in order.rows if row.resource.id]
        numbers = sorted({no for _, no in named if no is not None})
        stored = profiles.get_many(self._table, account_id, numbers)
        known = {no for no, one in zip(numbers, stored, strict=True) if one is not None}
        for row, no in named:
            if no not in known:
                raise Rejected(f"A profile with id {row.resource.id} does not exist.", field=f"{row.pointer}/id")

    def listed(self, kind: str, request: Request) -> Response:
        conditions = request.params.filter(FILTERS)
        sort = request.params.sort(("created",), "-created")
        page = read_page(
            lambda part: self._jobs(request.account_id, kind, conditions, part),
            lambda row: row.position,
            sort=sort,
            size=request.params.page_size(PAGE, 100),
            cursor=request.params.cursor(sort),
        )
        data = [_resource(kind, request, row.job) for row in page.rows]
        return Response(document=collection(request, data, page))

    def _jobs(
        self, account_id: str, kind: str, conditions: tuple[Condition, ...], part: Slice
    ) -> list[_Row]:
        status = next((str(c.value) for c in conditions if c.field == "status"), None)
        after = place_of(part.after)
        rows: list[_Row] = []
        while len(rows) < part.limit:
            found = jobs.page(
                self._table, account_id, kind, status=status, descending=part.descending, limit=_READ, after=after
            )
            rows += (_Row(*one) for one in found if _holds(one[0], conditions))
            if len(found) < _READ:
                break
            after = found[-1][1]
        return rows[: part.limit]

    def one(self, kind: str, request: Request) -> Response:
        return Response(document=single(request, _resource(kind, request, self._job(kind, request))))

    def errors(self, kind: str, request: Request) -> Response:
        return shown_errors(request, self._table, self._job(kind, request))

    def _job(self, kind: str, request: Request) -> Job:
        id_ = request.path["id"]
        job = jobs.get(self._table, request.account_id, kind, id_)
        if job is None:
            raise not_found(kind, id_)
        return job


def _holds(job: Job, conditions: tuple[Condition, ...]) -> bool:
    held = {"status": (job.status,), "list_id": job.list_ids, "segment_id": job.segment_ids}
    return all(condition.value in held[condition.field] for condition in conditions)


def _resource(kind: str, request: Request, job: Job) -> Json:
    attributes = {**job_resource.attributes(job), "skipped_count": job.skipped_count}
    related = {
        "lists": [identifier("list", id_) for id_ in job.list_ids],
        "segments": [identifier("segment", id_) for id_ in job.segment_ids],
    }
    return Resources(request, kind, f"{kind}s", fields=request.params.fields(kind)).make(job.id, attributes, related)
