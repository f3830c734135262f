"""The operations on bulk jobs: accept one, show one, list those of a type (SPEC §1.7, §1.9)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Generic, NamedTuple, TypeVar
from uuid import NAMESPACE_URL, uuid5

from msgspec import Raw
from msgspec.structs import replace

from cdp import events
from cdp.documents import jobs
from cdp.documents.catalog_things import Thing
from cdp.documents.jobs import Job, RowError
from cdp.errors import Rejected, Unavailable, not_found
from cdp.events import CatalogJobAccepted
from cdp.jsonapi import jobs as job_resource
from cdp.jsonapi.cursors import Part
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.documents import Json, Resources, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import Filters, one_of
from cdp.jsonapi.paging import Slice, read_page
from cdp.jsonapi.params import Sort
from cdp.ports import Queue, Table
from cdp.resources.catalog import identifiers
from functions.catalog.kinds import Kind
from functions.catalog.spec import ACTIONS, job_type
from functions.catalog.steps import When

MAX_ROWS = 100
MAX_IN_PROGRESS = 500
PAGE = 100
FILTERS = Filters({"status": one_of(("queued", "processing", "complete", "cancelled"), "equals")})
_RETRY_S = 10
_SORT = Sort("created_at")
T = TypeVar("T", bound=Thing)


class _Row(NamedTuple):
    job: Job
    position: tuple[str, str, str]


class Jobs(Generic[T]):
    """The jobs of one kind of things."""

    def __init__(self, kind: Kind[T], table: Table, queue: Queue) -> None:
        self._kind, self._table, self._queue = kind, table, queue

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        found: dict[str, Operation] = {}
        for action in ACTIONS:
            path = f"/api/{job_type(self._kind.name, action)}s"
            found[f"GET {path}"] = partial(self.listed, action)
            found[f"POST {path}"] = partial(self.accept, action)
            found[f"GET {path}/{{job_id}}"] = partial(self.one, action)
        return found

    def accept(self, action: str, request: Request) -> Response:
        """The job is durable before the answer; a queue that refuses leaves it cancelled."""
        type_ = job_type(self._kind.name, action)
        rows = self._kind.jobs[action](request.body)
        at = f"/data/attributes/{self._kind.collection}/data"
        if not 1 <= len(rows) <= MAX_ROWS:
            raise Rejected(f"A job has 1 to {MAX_ROWS} {self._kind.collection}, not {len(rows)}.", field=at)
        for n, row in enumerate(rows):
            row.step(f"{at}/{n}", When(request.now))
        self._check_room(request.account_id, type_)
        job = Job(jobs.new_id(), type_, request.now, total_count=len(rows))
        jobs.save(self._table, request.account_id, job)
        message = CatalogJobAccepted(
            request.account_id, request.now.isoformat(), type_, job.id, Raw(request.body)
        )
        try:
            self._queue.send([events.encode(message)])
        except Unavailable:
            jobs.save(self._table, request.account_id, replace(job, status="cancelled"))
            raise
        headers = {"location": f"{request.base_url}/api/{type_}s/{job.id}"}
        return Response(202, document=single(request, self._shown(request, job)), headers=headers)

    def _check_room(self, account_id: str, type_: str) -> None:
        page = partial(jobs.page, self._table, account_id, type_, limit=MAX_IN_PROGRESS)
        if len(page(status="queued")) + len(page(status="processing")) >= MAX_IN_PROGRESS:
            raise Rejected(
                f"{MAX_IN_PROGRESS} jobs of this type are in progress already.",
                status=429,
                code="throttled",
                title="Throttled.",
                meta={"retry_after_s": _RETRY_S},
            )

    def listed(self, action: str, request: Request) -> Response:
        type_ = job_type(self._kind.name, action)
        wanted = {str(condition.value) for condition in request.params.filter(FILTERS)}
        page = read_page(
            lambda part: self._jobs(request.account_id, type_, wanted, part),
            lambda row: row.position,
            sort=_SORT,
            size=request.params.page_size(PAGE, PAGE),
            cursor=request.params.cursor(_SORT),
        )
        data = [self._shown(request, row.job) for row in page.rows]
        return Response(document=collection(request, data, page))

    def _jobs(self, account_id: str, type_: str, wanted: set[str], part: Slice) -> list[_Row]:
        if len(wanted) > 1:
            return []  # no job has two statuses
        found = jobs.page(
            self._table,
            account_id,
            type_,
            status=next(iter(wanted), None),
            descending=part.descending,
            limit=part.limit,
            after=_place(part.after),
        )
        return [_Row(*one) for one in found]

    def one(self, action: str, request: Request) -> Response:
        type_ = job_type(self._kind.name, action)
        job = jobs.get(self._table, request.account_id, type_, request.path["job_id"])
        if job is None:
            raise not_found(type_, request.path["job_id"])
        known = () if action == "delete" else (self._kind.collection,)
        included = self._things(request, job) if request.params.include(known) else None
        return Response(document=single(request, self._shown(request, job), included))

    def _things(self, request: Request, job: Job) -> list[Json]:
        """Those of the job that still exist."""
        fields = request.params.fields(self._kind.type)
        stored = self._kind.things.get_many(self._table, request.account_id, job.things)
        return [self._kind.shown(request, one.thing, fields) for one in stored if one is not None]

    def _shown(self, request: Request, job: Job) -> Json:
        made = Resources(request, job.kind, f"{job.kind}s", fields=request.params.fields(job.kind))
        attributes = job_resource.attributes(job)
        del attributes["started_at"]  # the public API has none here
        attributes["errors"] = [_error(job, error) for error in job.errors]
        return made.make(job.id, attributes, {self._kind.collection: identifiers(self._kind.type, job.things)})


def _error(job: Job, error: RowError) -> Json:
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{job.id}{error.pointer}{error.detail}")),
        "code": error.code,
        "title": error.title,
        "detail": error.detail,
        "source": {"pointer": error.pointer},
    }


def _place(position: tuple[Part, ...] | None) -> tuple[str, str, str] | None:
    match position:
        case None:
            return None
        case (str(key), str(pk), str(sk)):
            return key, pk, sk
    raise cursor_refused("The cursor does not belong to this collection.")
