"""The operations on transformations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cdp import events
from cdp.documents import transformations
from cdp.documents.transformations import Kept, Transformation
from cdp.errors import not_found
from cdp.events import TransformationDue
from cdp.jsonapi.documents import Json, Resources, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.times import format_instant
from cdp.ports import Queue, Table
from cdp.transformations.definition import Format, Merge, Standardize, method_of, result_of
from functions.transform import bodies
from functions.transform.listing import page_of

TYPE = "data-transformation"
_ALL, _ONE = "/api/data-transformations", "/api/data-transformations/{id}"
_WATCH_S = 60  # a request that dies between its writes is followed up after this time


class Transformations:
    def __init__(self, table: Table, queue: Queue) -> None:
        self._table, self._queue = table, queue

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            f"GET {_ALL}": self.listed,
            f"POST {_ALL}": self.create,
            f"GET {_ONE}": self.one,
            f"PATCH {_ONE}": self.update,
            f"DELETE {_ONE}": self.delete,
        }

    def listed(self, request: Request) -> Response:
        page = page_of(request, transformations.all_of(self._table, request.account_id))
        make = _maker(request)
        return Response(document=collection(request, [make(kept) for kept in page.rows], page))

    def one(self, request: Request) -> Response:
        return Response(document=single(request, _maker(request)(self._kept(request))))

    def create(self, request: Request) -> Response:
        given = bodies.transformation.read(request).attributes
        name, active = bodies.plain(given)
        definition = bodies.definition(_fields(given, "prebuilt"), bodies.AT)
        name = name or f"{method_of(definition).capitalize()} {definition.property}"
        wanted = transformations.new(name, definition, request.now, active=active is not False)
        self._watch(request.account_id, wanted)
        kept = self._started(request, transformations.create(self._table, request.account_id, wanted))
        resource = _maker(request)(kept)
        headers = {"location": str(resource["links"]["self"])}  # type: ignore[index]
        return Response(201, document=single(request, resource), headers=headers)

    def update(self, request: Request) -> Response:
        given = bodies.transformation.read(request).attributes
        held = self._kept(request).transformation
        name, active = bodies.plain(given)
        wanted = msgspec.structs.replace(
            held,
            name=name or held.name,
            active=held.active if active is None else active,
            definition=bodies.changed(held.definition, _fields(given), bodies.AT),
            updated=request.now,
        )
        again = wanted.active and (not held.active or wanted.definition != held.definition)
        if again:
            self._watch(request.account_id, wanted)
        kept = self._started(request, transformations.replace(self._table, request.account_id, held, wanted, again=again))
        return Response(document=single(request, _maker(request)(kept)))

    def delete(self, request: Request) -> Response:
        if not transformations.delete(self._table, request.account_id, request.path["id"]):
            raise not_found(TYPE, request.path["id"])
        return Response(204)

    def _watch(self, account_id: str, wanted: Transformation) -> None:
        """A message that comes late goes ahead of the write: a fault between write and start leaves none unstarted."""
        self._queue.send([events.encode(TransformationDue(account_id, wanted.id))], delay_s=_WATCH_S)

    def _started(self, request: Request, kept: Kept) -> Kept:
        """Start the back-fill, if there is one to do."""
        if kept.status == "in_progress":
            self._queue.send([events.encode(TransformationDue(request.account_id, kept.transformation.id))])
        return kept

    def _kept(self, request: Request) -> Kept:
        id_ = request.path["id"]
        kept = transformations.get(self._table, request.account_id, id_)
        if kept is None:
            raise not_found(TYPE, id_)
        return kept


def _fields(given: Mapping[str, Any], *more: str) -> dict[str, Any]:
    return {name: given[name] for name in (*bodies.FIELDS, *more) if name in given}


def _maker(request: Request) -> Callable[[Kept], Json]:
    resources = Resources(request, TYPE, "data-transformations", fields=request.params.fields(TYPE))
    return lambda kept: resources.make(kept.transformation.id, _attributes(kept))


def _attributes(kept: Kept) -> Json:
    one, progress = kept.transformation, kept.progress
    definition = one.definition
    return {
        "name": one.name,
        "method": method_of(definition),
        "property": None if isinstance(definition, Merge) else definition.property,
        "properties": definition.properties if isinstance(definition, Merge) else None,
        "options": _options(definition.options) if isinstance(definition, Format | Standardize) else None,
        "rules": definition.rules if isinstance(definition, Standardize) else None,
        "result": result_of(definition.property),
        "active": one.active,
        "status": kept.status,
        "processed": progress.processed,
        "total": progress.total,
        "created": format_instant(one.created),
        "updated": format_instant(one.updated),
        "completed_at": None if progress.completed_at is None else format_instant(progress.completed_at),
    }


def _options(options: msgspec.Struct) -> Json:
    """With the defaults, which the stored form leaves out."""
    return {name: getattr(options, name) for name in options.__struct_fields__}
