"""Bodies of the operations on sources and records, checked against the limits of SPEC §1.7. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from cdp.documents.data_sources import NAMESPACE
from cdp.errors import Rejected
from cdp.jsonapi.bodies import Body, New, Resource, ToMany, ToOne

MAX_RECORDS = 500
MAX_RECORD_BYTES = 512_000
MAX_ID_BYTES = 255  # of a record: it is part of sort keys
SEPARATOR = ":::"  # between the type and the record in the id of an object record
BULK, SINGLE = "data-source-record-bulk-create-job", "data-source-record-create-job"
DELETE, DROP = "object-record-bulk-delete-job", "object-type"
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Text = Annotated[str, msgspec.Meta(max_length=2000)]
Visibility = Literal["private", "shared"]


class SourceAttributes(msgspec.Struct, gc=False):
    title: Title
    visibility: Visibility | None = None
    description: Text | None = None
    namespace: str | None = None


class _RecordAttributes(msgspec.Struct, gc=False):
    record: msgspec.Raw


class _Record(msgspec.Struct, gc=False):
    type: Literal["data-source-record"]
    attributes: _RecordAttributes


class _One(msgspec.Struct, gc=False):
    data: _Record


class _Many(msgspec.Struct, gc=False):
    data: list[_Record]


class _SingleAttributes(msgspec.Struct, gc=False, rename={"record": "data-source-record"}):
    record: _One


class _BulkAttributes(msgspec.Struct, gc=False, rename={"records": "data-source-records"}):
    records: _Many


class _Relationships(msgspec.Struct, gc=False, rename={"source": "data-source"}):
    source: ToOne[Literal["data-source"]]


class SingleJob(New[_SingleAttributes], frozen=True, kw_only=True):
    """POST /api/data-source-record-create-jobs."""

    relationships: _Relationships

    @property
    def rows(self) -> list[_Record]:
        return [self.attributes.record.data]


class BulkJob(New[_BulkAttributes], frozen=True, kw_only=True):
    """POST /api/data-source-record-bulk-create-jobs."""

    relationships: _Relationships

    @property
    def rows(self) -> list[_Record]:
        return self.attributes.records.data


class _ToRecords(msgspec.Struct, gc=False, rename={"records": "object-records"}):
    records: ToMany[Literal["object-record"]]


class DeleteJob(Resource, frozen=True, kw_only=True):
    """POST /api/object-record-bulk-delete-jobs."""

    relationships: _ToRecords


source = Body("data-source", New[SourceAttributes])
single_job = Body(SINGLE, SingleJob)
bulk_job = Body(BULK, BulkJob)
delete_job = Body(DELETE, DeleteJob)


def in_namespace(namespace: str | None) -> str:
    """The account's own namespace; there are no applications that could own another."""
    if namespace not in (None, NAMESPACE):
        raise Rejected(f"The namespace can only be {NAMESPACE!r}.", field="/data/attributes/namespace")
    return NAMESPACE


def check_records(job: SingleJob | BulkJob) -> None:
    """Their number, and each one's size and shape."""
    bulk = isinstance(job, BulkJob)
    where = (
        "/data/attributes/data-source-records/data" if bulk else "/data/attributes/data-source-record/data"
    )
    if not 1 <= len(job.rows) <= MAX_RECORDS:
        raise Rejected(f"A job has 1 to {MAX_RECORDS} records, not {len(job.rows)}.", field=where)
    for position, row in enumerate(job.rows):
        pointer = f"{where}/{position}/attributes/record" if bulk else f"{where}/attributes/record"
        if len(bytes(row.attributes.record)) > MAX_RECORD_BYTES:
            raise Rejected(
                f"The record is larger than {MAX_RECORD_BYTES} bytes.",
                field=pointer, status=413, code="payload_too_large", title="Payload too large.",
            )  # fmt: skip
        record_of(row, pointer)


def record_of(row: _Record, pointer: str = "") -> dict[str, Any]:
    """The record itself."""
    try:
        return _object.decode(row.attributes.record)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Rejected("A record is a JSON object.", field=pointer) from error


def record_names(job: DeleteJob) -> list[tuple[str, str]]:
    """(type id, record id) of the records to delete."""
    where = "/data/relationships/object-records/data"
    named = job.relationships.records.ids
    if not 1 <= len(named) <= MAX_RECORDS:
        raise Rejected(f"A job names 1 to {MAX_RECORDS} records, not {len(named)}.", field=where)
    names = []
    for position, one in enumerate(named):
        type_id, separator, id_ = one.partition(SEPARATOR)
        if not (type_id and separator and id_) or len(id_.encode()) > MAX_ID_BYTES:
            raise Rejected(
                f"{one!r} is not the id of an object record: <object type id>{SEPARATOR}<record id>.",
                field=f"{where}/{position}/id",
            )
        names.append((type_id, id_))
    return names


_object = msgspec.json.Decoder(dict[str, Any])
