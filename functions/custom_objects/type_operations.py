"""The operations on object types, their records and their logs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from cdp import events
from cdp.documents import data_sources, ingestion_logs, jobs, object_types, records
from cdp.documents.ingestion_logs import Entry
from cdp.documents.object_types import MAX_TYPES, ObjectType
from cdp.documents.records import Record
from cdp.errors import Rejected, not_found
from cdp.events import RecordsAccepted
from cdp.jsonapi.cursors import Part
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.documents import Json, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import INSTANT, TEXT, Condition, Filters, one_of
from cdp.jsonapi.paging import Page, Slice, read_page
from cdp.jsonapi.params import Sort
from cdp.ports import Queue, Table
from functions.custom_objects import bodies, resources
from functions.custom_objects.definitions import named_sources, object_type, type_body
from functions.custom_objects.source_operations import BY_ID, MAX_PAGE, PAGE

LOG_PAGE = 50
TYPE_FILTERS = Filters({"namespace": TEXT("equals")})
LOG_FILTERS = Filters(
    {
        "record_id": TEXT("equals"),
        "status": one_of(("error", "info", "warning"), "any", "equals"),
        "event_type": one_of(("validation_error",), "any", "equals"),
        "timestamp": INSTANT("greater-or-equal", "less-than"),
    }
)
_MICROSECOND = timedelta(microseconds=1)
_SCHEMAS = ("current-schema", "draft-schema")
_RELATED = (*_SCHEMAS, "object-types", "profile-object-types", "schema-versions")
_NEWEST = Sort("timestamp", descending=True)
_TYPE = "/api/object-types/{id}"


class _Row(NamedTuple):
    record: Record
    position: tuple[str, str, str]


class _LogRow(NamedTuple):
    entry: Entry
    position: tuple[str, str, str]


class Types:
    def __init__(self, table: Table, queue: Queue) -> None:
        self._table, self._queue = table, queue

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/object-types": self.listed,
            "POST /api/object-types": self.create,
            f"GET {_TYPE}": self.one,
            f"DELETE {_TYPE}": self.delete,
            f"GET {_TYPE}/object-records": self.records,
            f"GET {_TYPE}/relationships/object-records": self.record_ids,
            f"GET {_TYPE}/object-ingestion-logs": self.logs,
            f"GET {_TYPE}/relationships/object-ingestion-logs": self.log_ids,
            "GET /api/object-records/{id}": self.record,
        }

    def listed(self, request: Request) -> Response:
        conditions = request.params.filter(TYPE_FILTERS)
        include = request.params.include(_SCHEMAS)
        found = [
            one
            for one in object_types.every(self._table, request.account_id)
            if all(one.namespace == condition.value for condition in conditions)
        ]
        included = [part for one in found for part in _included(request, one, include)] if include else None
        data = [resources.object_type(request, one) for one in found]
        return Response(document=collection(request, data, included=included))

    def create(self, request: Request) -> Response:
        sent = type_body.read(request).attributes
        made = object_type(sent, request.now)
        for source_id, pointer in named_sources(sent):
            if data_sources.get(self._table, request.account_id, source_id) is None:
                raise Rejected(f"A data source with id {source_id} does not exist.", field=pointer)
        if len(object_types.every(self._table, request.account_id)) >= MAX_TYPES:
            raise Rejected(f"An account has at most {MAX_TYPES} object types.", field="/data")
        object_types.save(self._table, request.account_id, made)
        return Response(201, document=single(request, resources.object_type(request, made)))

    def one(self, request: Request) -> Response:
        include = request.params.include(_RELATED)
        found = self._type(request.account_id, request.path["id"])
        included = _included(request, found, include) if include else None
        return Response(document=single(request, resources.object_type(request, found), included))

    def delete(self, request: Request) -> Response:
        """Hidden at once; its records are deleted by the room's inbox."""
        found = self._type(request.account_id, request.path["id"])
        deleted = msgspec.structs.replace(found, deleted_at=request.now)
        object_types.save(self._table, request.account_id, deleted)
        body = msgspec.Raw(msgspec.json.encode(found.id))
        message = RecordsAccepted(
            request.account_id, request.now.isoformat(), bodies.DROP, jobs.new_id(), body
        )
        self._queue.send([events.encode(message)])
        return Response(204)

    def record(self, request: Request) -> Response:
        type_id, _, id_ = request.path["id"].partition(bodies.SEPARATOR)
        type_ = object_types.get(self._table, request.account_id, type_id)
        stored = records.get(self._table, request.account_id, [(type_id, id_)])[0] if type_ and id_ else None
        if type_ is None or stored is None or stored.record.deleted:
            raise not_found("object record", request.path["id"])
        return Response(document=single(request, resources.record(request, stored.record, type_)))

    def records(self, request: Request) -> Response:
        type_, page = self._records(request)
        data = [resources.record(request, row.record, type_) for row in page.rows]
        return Response(document=collection(request, data, page))

    def record_ids(self, request: Request) -> Response:
        _, page = self._records(request)
        data = [identifier(resources.RECORD, resources.record_id(row.record)) for row in page.rows]
        return Response(document=collection(request, data, page))

    def logs(self, request: Request) -> Response:
        include = request.params.include((resources.RECORD, resources.TYPE))
        type_, page = self._logs(request)
        included = self._log_included(request, type_, page, include) if include else None
        data = [resources.log(request, row.entry) for row in page.rows]
        return Response(document=collection(request, data, page, included))

    def log_ids(self, request: Request) -> Response:
        _, page = self._logs(request)
        data = [identifier(resources.LOG, row.entry.id) for row in page.rows]
        return Response(document=collection(request, data, page))

    def _records(self, request: Request) -> tuple[ObjectType, Page[_Row]]:
        type_ = self._type(request.account_id, request.path["id"])

        def read(part: Slice) -> list[_Row]:
            found = records.page(
                self._table,
                request.account_id,
                type_.id,
                descending=part.descending,
                limit=part.limit,
                after=_place(part.after),
            )
            return [_Row(*one) for one in found]

        size = request.params.page_size(PAGE, MAX_PAGE)
        cursor = request.params.cursor(BY_ID)
        return type_, read_page(read, lambda row: row.position, sort=BY_ID, size=size, cursor=cursor)

    def _logs(self, request: Request) -> tuple[ObjectType, Page[_LogRow]]:
        """Newest first, 50 a page."""
        type_ = self._type(request.account_id, request.path["id"])
        conditions = request.params.filter(LOG_FILTERS)
        wanted = _Wanted.of(conditions)

        def read(part: Slice) -> list[_LogRow]:
            if wanted is None:
                return []
            found = ingestion_logs.page(
                self._table,
                request.account_id,
                type_.id,
                record_id=wanted.record_id,
                start=wanted.start,
                end=wanted.end,
                descending=part.descending,
                limit=part.limit,
                after=_place(part.after),
            )
            return [_LogRow(*one) for one in found]

        cursor = request.params.cursor(_NEWEST)
        return type_, read_page(read, lambda row: row.position, sort=_NEWEST, size=LOG_PAGE, cursor=cursor)

    def _log_included(
        self, request: Request, type_: ObjectType, page: Page[_LogRow], include: tuple[str, ...]
    ) -> list[Json]:
        found = [resources.object_type(request, type_)] if resources.TYPE in include else []
        if resources.RECORD in include:
            names = sorted({(type_.id, row.entry.record_id) for row in page.rows if row.entry.record_id})
            stored = records.get(self._table, request.account_id, names)
            found += [
                resources.record(request, one.record, type_)
                for one in stored
                if one and not one.record.deleted
            ]
        return found

    def _type(self, account_id: str, id_: str) -> ObjectType:
        found = object_types.get(self._table, account_id, id_)
        if found is None:
            raise not_found("object type", id_)
        return found


class _Wanted(NamedTuple):
    """Which entries of a log: those of one record, of [start, end)."""

    record_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    @staticmethod
    def of(conditions: tuple[Condition, ...]) -> _Wanted | None:
        """None: nothing can match (there are errors only)."""
        wanted = _Wanted()
        for one in conditions:
            if one.field == "status" and "error" not in one.values:
                return None
            if one.field == "record_id":
                if wanted.record_id not in (None, one.value):
                    return None
                wanted = wanted._replace(record_id=str(one.value))
            if isinstance(one.value, datetime):
                wanted = wanted._bounded(one.operator, one.value)
        return wanted

    def _bounded(self, operator: str, at: datetime) -> _Wanted:
        if operator == "greater-or-equal":
            return self._replace(start=max(self.start or at, at))
        end = at if operator == "less-than" else at + _MICROSECOND
        return self._replace(end=min(self.end or end, end))


def _included(request: Request, one: ObjectType, include: tuple[str, ...]) -> list[Json]:
    wanted = "current-schema" if one.active else "draft-schema"
    found = [resources.schema(request, one)] if {wanted, "schema-versions"} & set(include) else []
    return found + (resources.profile_type(request, one) if "profile-object-types" in include else [])


def _place(position: tuple[Part, ...] | None) -> tuple[str, str, str] | None:
    match position:
        case None:
            return None
        case (str(key), str(pk), str(sk)):
            return key, pk, sk
    raise cursor_refused("The cursor does not belong to this collection.")
