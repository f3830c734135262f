"""The operations of the room: accept a request of events, show a bulk job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from cdp import events
from cdp.code.hops import chain
from cdp.documents import jobs, profiles
from cdp.documents.jobs import Job
from cdp.errors import Rejected, not_found
from cdp.events import EventsAccepted
from cdp.jsonapi import jobs as job_resource
from cdp.jsonapi.documents import Resources, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.model.ids import profile_no
from cdp.ports import Queue, Table
from cdp.spec import Auth
from functions.ingest.parse import Checked, check
from functions.ingest.receipt import job_id, read_job_id

JOB = "event-bulk-create-job"


@dataclass(frozen=True)
class Ingest:
    table: Table
    record_queue: Queue

    def operations(self) -> Mapping[str, Operation]:
        return {
            "POST /api/events": self.accept_event,
            "POST /client/events": self.accept_event,
            "POST /client/event-bulk-create": self.accept_client_bulk,
            "POST /api/event-bulk-create-jobs": self.accept_bulk,
            "GET /api/event-bulk-create-jobs/{id}": self.show_job,
        }

    def accept_event(self, request: Request) -> Response:
        self._accept(request, "event", None)
        return Response(202)

    def accept_client_bulk(self, request: Request) -> Response:
        self._accept(request, "client-bulk", None)
        return Response(202)

    def accept_bulk(self, request: Request) -> Response:
        """The job is told by the Location header; the public API's clients expect no body."""
        checked = check("bulk", request.body, request.now)
        id_ = job_id(request.account_id, request.now, checked.events)
        self._accept(request, "bulk", id_, checked)
        return Response(202, headers={"location": f"{request.base_url}/api/{JOB}s/{id_}"})

    def _accept(self, request: Request, shape: str, job: str | None, checked: Checked | None = None) -> None:
        checked = checked or check(shape, request.body, request.now)
        if checked.profile_ids:
            self._check_ids(request.account_id, checked)
        hops, source = chain(request.headers)
        message = EventsAccepted(
            request.account_id,
            request.now.isoformat(),
            shape,
            msgspec.Raw(request.body),
            job,
            browser=request.route.auth is Auth.PUBLIC,
            hops=hops,
            source_function=source,
        )
        self.record_queue.send([events.encode(message)])

    def _check_ids(self, account_id: str, checked: Checked) -> None:
        numbers = [profile_no(account_id, id_) for id_, _ in checked.profile_ids]
        stored = iter(profiles.get_many(self.table, account_id, [no for no in numbers if no is not None]))
        for no, (id_, pointer) in zip(numbers, checked.profile_ids, strict=True):
            if no is None or next(stored) is None:
                raise Rejected(f"A profile with id {id_} does not exist.", field=pointer)

    def show_job(self, request: Request) -> Response:
        id_ = request.path["id"]
        known = read_job_id(request.account_id, id_)
        if known is None:
            raise not_found(JOB, id_)
        accepted_at, count = known
        job = jobs.get(self.table, request.account_id, JOB, id_) or Job(id_, JOB, accepted_at, total_count=count)
        resources = Resources(request, JOB, f"{JOB}s")
        return Response(document=single(request, resources.make(id_, job_resource.attributes(job))))
