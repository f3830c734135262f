"""The room's resources as they are shown."""

from __future__ import annotations

from collections.abc import Mapping

from cdp.documents.data_sources import DataSource
from cdp.documents.ingestion_logs import Entry
from cdp.documents.object_types import ObjectType
from cdp.documents.records import Record
from cdp.jsonapi.documents import Json, Resources, identifier
from cdp.jsonapi.front import Request
from cdp.jsonapi.times import format_instant
from functions.custom_objects.bodies import SEPARATOR

SOURCE, TYPE, RECORD, LOG = "data-source", "object-type", "object-record", "object-ingestion-log"
SCHEMA, PROFILE = "object-schema", "profile-object-type"


def source(request: Request, one: DataSource) -> Json:
    make = Resources(request, SOURCE, "data-sources", fields=request.params.fields(SOURCE)).make
    return make(
        one.id,
        {
            "title": one.title,
            "visibility": one.visibility,
            "description": one.description,
            "namespace": one.namespace,
        },
    )


def object_type(request: Request, one: ObjectType) -> Json:
    make = Resources(request, TYPE, "object-types", fields=request.params.fields(TYPE)).make
    schemas = [identifier(SCHEMA, one.schema_id)]
    related: dict[str, object] = {
        "current-schema" if one.active else "draft-schema": schemas[0],
        "schema-versions": schemas,
        "object-types": [],
        "profile-object-types": [identifier(PROFILE, id_) for id_ in profile_relationship(one)],
    }
    return make(one.id, _attributes(one), related)


def _attributes(one: ObjectType) -> Json:
    created = format_instant(one.created_at)
    return {
        "title": one.title,
        "description": one.description,
        "status": _status(one),
        "namespace": one.namespace,
        "created_at": created,
        "updated_at": created,
    }


def schema(request: Request, one: ObjectType) -> Json:
    make = Resources(request, SCHEMA, "object-schemas", fields=request.params.fields(SCHEMA)).make
    properties = [
        {"id": p.id, "name": p.name, "type": p.type, "description": p.description} for p in one.properties
    ]
    return make(
        one.schema_id,
        {
            "title": one.title,
            "description": one.description,
            "status": _status(one),
            "properties": properties,
            "required": sorted(one.required),
            "published_at": format_instant(one.created_at) if one.active else None,
            "visibility": one.visibility,
        },
    )


def profile_relationship(one: ObjectType) -> list[str]:
    """Ids of the type's relationships to the profile: one or none."""
    return [f"profile{SEPARATOR}{one.relationship.id}"] if one.relationship else []


def profile_type(request: Request, one: ObjectType) -> list[Json]:
    make = Resources(request, PROFILE, "profile-object-types", fields=request.params.fields(PROFILE)).make
    if one.relationship is None:
        return []
    meta = {"relationship_id": one.relationship.id, "name": one.relationship.id, "description": None}
    return [make(id_, {"meta": meta}) for id_ in profile_relationship(one)]


def record_id(one: Record) -> str:
    return f"{one.type_id}{SEPARATOR}{one.id}"


def record(request: Request, one: Record, type_: ObjectType) -> Json:
    make = Resources(request, RECORD, "object-records", fields=request.params.fields(RECORD)).make
    names: Mapping[str, str] = {str(p.id): p.name for p in type_.properties}
    shown = {names[id_]: value for id_, value in one.properties.items() if id_ in names}
    return make(record_id(one), {"record_properties": shown})


def log(request: Request, one: Entry) -> Json:
    make = Resources(request, LOG, "object-ingestion-logs", fields=request.params.fields(LOG)).make
    errors = [
        {"code": e.code, "message": e.message, "property": e.property, "invalid_value": None}
        for e in one.errors
    ]
    count = f"{len(errors)} validation error{'' if len(errors) == 1 else 's'}"
    related: dict[str, object] = {"object-type": identifier(TYPE, one.type_id)}
    if one.record_id:
        related["object-record"] = identifier(RECORD, f"{one.type_id}{SEPARATOR}{one.record_id}")
    return make(
        one.id,
        {
            "status": "error",
            "event_type": "validation_error",
            "timestamp": format_instant(one.at),
            "summary": f"{count} for {one.record_id}"
            if one.record_id
            else f"{count} for a record without an id",
            "errors": errors,
        },
        related,
    )


def _status(one: ObjectType) -> str:
    return "active" if one.active else "draft"
