"""The operations on data sources, and the jobs that bring and remove records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

import msgspec

from cdp import events
from cdp.documents import data_sources, jobs, object_types
from cdp.documents.data_sources import DataSource
from cdp.errors import Rejected, conflict, not_found
from cdp.events import RecordsAccepted
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.documents import collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.paging import Slice, read_page
from cdp.jsonapi.params import Sort
from cdp.model.ids import new_ulid
from cdp.ports import Queue, Table
from functions.custom_objects import bodies, resources

PAGE, MAX_PAGE = 20, 100
BY_ID = Sort("id")
_SOURCE_POINTER = "/data/relationships/data-source/data/id"


class Sources:
    def __init__(self, table: Table, queue: Queue) -> None:
        self._table, self._queue = table, queue

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/data-sources": self.listed,
            "POST /api/data-sources": self.create,
            "GET /api/data-sources/{id}": self.one,
            "DELETE /api/data-sources/{id}": self.delete,
            "POST /api/data-source-record-create-jobs": self.accept_one,
            "POST /api/data-source-record-bulk-create-jobs": self.accept_many,
            "POST /api/object-record-bulk-delete-jobs": self.accept_deletion,
        }

    def listed(self, request: Request) -> Response:
        def read(part: Slice) -> list[DataSource]:
            after = single_id(part)
            return data_sources.page(
                self._table, request.account_id, descending=part.descending, limit=part.limit, after=after
            )

        page = read_page(
            read,
            lambda one: (one.id,),
            sort=BY_ID,
            size=request.params.page_size(PAGE, MAX_PAGE),
            cursor=request.params.cursor(BY_ID),
        )
        data = [resources.source(request, one) for one in page.rows]
        return Response(document=collection(request, data, page))

    def create(self, request: Request) -> Response:
        sent = bodies.source.read(request).attributes
        namespace = bodies.in_namespace(sent.namespace)
        source = DataSource(
            new_ulid(request.now),
            sent.title,
            request.now,
            sent.visibility or "private",
            sent.description or "",
            namespace,
        )
        if not data_sources.create(self._table, request.account_id, source):
            raise conflict(f"A data source is called {sent.title!r} already.", field="/data/attributes/title")
        return Response(201, document=single(request, resources.source(request, source)))

    def one(self, request: Request) -> Response:
        return Response(document=single(request, resources.source(request, self._source(request))))

    def delete(self, request: Request) -> Response:
        source = self._source(request)
        for type_ in object_types.every(self._table, request.account_id):
            if source.id in type_.sources:
                raise conflict(f"The object type {type_.title!r} ({type_.id}) reads this data source.")
        data_sources.delete(self._table, request.account_id, source)
        return Response(204)

    def accept_one(self, request: Request) -> Response:
        return self._accept(request, bodies.single_job.read(request))

    def accept_many(self, request: Request) -> Response:
        return self._accept(request, bodies.bulk_job.read(request))

    def accept_deletion(self, request: Request) -> Response:
        """Records that do not exist are passed over; their type must."""
        names = bodies.record_names(bodies.delete_job.read(request))
        known = {one.id for one in object_types.every(self._table, request.account_id)}
        for position, (type_id, _) in enumerate(names):
            if type_id not in known:
                pointer = f"/data/relationships/object-records/data/{position}/id"
                raise Rejected(f"An object type with id {type_id} does not exist.", field=pointer)
        self._queue.send([events.encode(_message(request, bodies.DELETE))])
        return Response(202)

    def _accept(self, request: Request, job: bodies.SingleJob | bodies.BulkJob) -> Response:
        """The job is durable before the answer."""
        bodies.check_records(job)
        source_id = job.relationships.source.id
        if data_sources.get(self._table, request.account_id, source_id) is None:
            raise Rejected(f"A data source with id {source_id} does not exist.", field=_SOURCE_POINTER)
        self._queue.send([events.encode(_message(request, job.type))])
        return Response(204)

    def _source(self, request: Request) -> DataSource:
        id_ = request.path["id"]
        found = data_sources.get(self._table, request.account_id, id_)
        if found is None:
            raise not_found("data source", id_)
        return found


def _message(request: Request, kind: str) -> RecordsAccepted:
    received_at = request.now.astimezone(UTC).isoformat(timespec="microseconds")
    return RecordsAccepted(request.account_id, received_at, kind, jobs.new_id(), msgspec.Raw(request.body))


def single_id(part: Slice) -> str | None:
    """The id behind which the page begins."""
    match part.after:
        case None:
            return None
        case (str(id_),):
            return id_
    raise cursor_refused("The cursor does not belong to this collection.")
