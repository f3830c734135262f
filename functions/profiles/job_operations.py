"""The operations on bulk imports: accept one, show its course, its profiles and its errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from cdp import events
from cdp.documents import imports, jobs, lists, profiles
from cdp.documents.jobs import Job
from cdp.errors import Rejected, Unavailable, not_found
from cdp.events import ProfilesAccepted
from cdp.jsonapi import jobs as job_resource
from cdp.jsonapi.documents import Json, Resources, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import Filters, one_of
from cdp.jsonapi.paging import Page, Slice, read_page
from cdp.model.ids import profile_id
from cdp.ports import Queue, Table
from cdp.resources import list as list_resource
from cdp.resources import profile as shown
from functions.profiles.bodies import ImportJob, import_job
from functions.profiles.importing import KIND
from functions.profiles.job_rows import page_of_rows, place_of, row_of, shown_errors

MAX_ROWS = 10_000
PAGE, MAX_PAGE = 20, 100
FILTERS = Filters({"status": one_of(("queued", "processing", "complete", "cancelled"), "any", "equals")})
_JOBS = "/api/profile-bulk-import-jobs"
_RELATIONSHIPS = ("lists", "profiles", "import-errors")


class _JobRow(NamedTuple):
    job: Job
    position: tuple[str, str, str]


class Imports:
    def __init__(self, table: Table, queue: Queue) -> None:
        self._table, self._queue = table, queue

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            f"GET {_JOBS}": self.listed,
            f"POST {_JOBS}": self.accept,
            f"GET {_JOBS}/{{id}}": self.one,
            f"GET {_JOBS}/{{id}}/lists": self.lists,
            f"GET {_JOBS}/{{id}}/relationships/lists": self.list_ids,
            f"GET {_JOBS}/{{id}}/profiles": self.profiles,
            f"GET {_JOBS}/{{id}}/relationships/profiles": self.profile_ids,
            f"GET {_JOBS}/{{id}}/import-errors": self.errors,
        }

    def accept(self, request: Request) -> Response:
        """The job is durable before the answer; a queue that refuses leaves it cancelled."""
        document = import_job.read(request)
        _check(document)
        list_ids = tuple(dict.fromkeys(document.list_ids))
        for position, found in enumerate(lists.get_many(self._table, request.account_id, document.list_ids)):
            if found is None:
                raise Rejected(
                    f"A list with id {document.list_ids[position]} does not exist.",
                    field=f"/data/relationships/lists/data/{position}/id",
                )
        job = Job(jobs.new_id(), KIND, request.now, total_count=len(document.rows), list_ids=list_ids)
        jobs.save(self._table, request.account_id, job)
        message = ProfilesAccepted(
            request.account_id, request.now.isoformat(), job.id, msgspec.Raw(request.body)
        )
        try:
            self._queue.send([events.encode(message)])
        except Unavailable:
            jobs.save(self._table, request.account_id, msgspec.structs.replace(job, status="cancelled"))
            raise
        return Response(202, document=single(request, _resource(request, job)))

    def listed(self, request: Request) -> Response:
        conditions = request.params.filter(FILTERS)
        wanted = {"queued", "processing", "complete", "cancelled"}
        for condition in conditions:
            wanted &= {str(value) for value in condition.values}
        sort = request.params.sort(("created_at",), "-created_at")
        page = read_page(
            lambda part: self._jobs(request.account_id, wanted, part),
            lambda row: row.position,
            sort=sort,
            size=request.params.page_size(PAGE, MAX_PAGE),
            cursor=request.params.cursor(sort),
        )
        return Response(
            document=collection(request, [_resource(request, row.job) for row in page.rows], page)
        )

    def _jobs(self, account_id: str, wanted: set[str], part: Slice) -> list[_JobRow]:
        """One status is an index of its own; several are merged out of theirs."""
        after = place_of(part.after)
        found: list[_JobRow] = []
        for status in wanted:
            rows = jobs.page(
                self._table,
                account_id,
                KIND,
                status=status,
                descending=part.descending,
                limit=part.limit,
                after=after,
            )
            found += (_JobRow(job, position) for job, position in rows)
        return sorted(found, key=lambda row: row.position, reverse=part.descending)[: part.limit]

    def one(self, request: Request) -> Response:
        job = self._job(request)
        included = self._lists(request, job) if request.params.include(("lists",)) else None
        return Response(document=single(request, _resource(request, job), included))

    def lists(self, request: Request) -> Response:
        return Response(document=collection(request, self._lists(request, self._job(request))))

    def list_ids(self, request: Request) -> Response:
        listed = [identifier(list_resource.TYPE, str(one["id"])) for one in self._lists(request, self._job(request))]
        return Response(document=collection(request, listed))

    def _lists(self, request: Request, job: Job) -> list[Json]:
        """Those of the job's lists that still exist."""
        make = list_resource.resources(request, request.params.fields(list_resource.TYPE)).make
        found = lists.get_many(self._table, request.account_id, job.list_ids)
        return [make(one.id, list_resource.attributes(one)) for one in found if one is not None]

    def profiles(self, request: Request) -> Response:
        page = self._rows(request)
        params, account_id = request.params, request.account_id
        make = shown.resources(request, params.fields(shown.TYPE)).make
        additional = params.additional(shown.TYPE, shown.ADDITIONAL)
        stored = profiles.get_many(self._table, account_id, [no for _, no in page.rows])
        data = [
            make(one.profile.id(account_id), shown.attributes(one.profile, additional))
            for one in stored
            if one
        ]
        return Response(document=collection(request, data, page))

    def profile_ids(self, request: Request) -> Response:
        page = self._rows(request)
        data = [identifier(shown.TYPE, profile_id(request.account_id, no)) for _, no in page.rows]
        return Response(document=collection(request, data, page))

    def errors(self, request: Request) -> Response:
        return shown_errors(request, self._table, self._job(request))

    def _rows(self, request: Request) -> Page[tuple[int, int]]:
        """(row, profile number) of the job's profiles."""
        job = self._job(request)

        def read(part: Slice) -> list[tuple[int, int]]:
            return imports.profile_numbers(
                self._table,
                request.account_id,
                job.id,
                descending=part.descending,
                limit=part.limit,
                after=row_of(part.after),
            )

        return page_of_rows(request, read)

    def _job(self, request: Request) -> Job:
        id_ = request.path["id"]
        job = jobs.get(self._table, request.account_id, KIND, id_)
        if job is None:
            raise not_found(KIND, id_)
        return job


def _check(document: ImportJob) -> None:
    rows = document.rows
    if not 1 <= len(rows) <= MAX_ROWS:
        raise Rejected(
            f"An import has 1 to {MAX_ROWS} profiles, not {len(rows)}.",
            field="/data/attributes/profiles/data",
        )


def _resource(request: Request, job: Job) -> Json:
    resources = Resources(
        request,
        KIND,
        "profile-bulk-import-jobs",
        relationships=_RELATIONSHIPS,
        fields=request.params.fields(KIND),
    )
    related = {"lists": [identifier(list_resource.TYPE, id_) for id_ in job.list_ids]}
    return resources.make(job.id, job_resource.attributes(job), related)
