"""POST /api/object-types: the body that makes a type with its schema, its mapping and its relationship. Pure.

Inside the schema an attribute that is not known is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from cdp.documents.object_types import Field, Kind, ObjectType, Property, Relationship, Value
from cdp.errors import Rejected
from cdp.jsonapi.bodies import Body, New
from cdp.model.ids import new_ulid
from functions.custom_objects.bodies import Text, Title, Visibility, in_namespace
from functions.custom_objects.mapping import as_kind
from functions.custom_objects.paths import parse

MAX_PROPERTIES = 200
Number = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
IDENTIFIERS = {
    "klaviyo-id": "id",
    "external-id": "external_id",
    "email": "email",
    "phone": "phone_number",
    "anonymous": "anonymous_id",
}  # in matching order


class _Strict(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    pass


class _Property(_Strict):
    id: Number
    name: Title
    type: Kind
    description: Text | None = None


class _Constant(_Strict, tag="constant"):
    id: Number
    value: Value


class _Place(_Strict):
    source_id: str
    id_path: str
    data_path: str


class _Simple(_Strict, tag="simple"):
    id: Number
    source: _Place


class _Related(_Strict):
    identifier_type: Literal["anonymous", "email", "external-id", "klaviyo-id", "phone"]
    path: str


class _ProfileSource(_Strict, tag="profile"):
    source_id: str
    id_path: str
    related_id_paths: list[_Related]
    update_strategy: Literal["additive", "replace_from_origin"] | None = None


class _ObjectSource(_Strict, tag="custom-object"):
    source_id: str
    id_path: str
    related_id_path: str
    update_strategy: Literal["additive", "replace_from_origin"] | None = None


class _ToProfile(_Strict):
    relationship_id: Title
    type: Literal["simple"]
    source: _ProfileSource | _ObjectSource


class _MappingAttributes(_Strict):
    property_mappings: list[_Constant | _Simple] = []
    relationship_mappings: list[_ToProfile] = []


class _Mapping(_Strict):
    type: Literal["source-mapping"]
    attributes: _MappingAttributes


class _ToMapping(_Strict):
    data: _Mapping


class _SchemaAttributes(_Strict, rename={"mapping": "source-mapping"}):
    properties: list[_Property] = []
    status: Literal["active", "draft"] | None = None
    required: list[str] = []
    mapping: _ToMapping | None = None


class _Schema(_Strict):
    type: Literal["object-schema"]
    attributes: _SchemaAttributes


class _ToSchema(_Strict):
    data: _Schema


class TypeAttributes(msgspec.Struct, gc=False, rename={"schema": "object-schema"}):
    title: Title
    description: Text | None = None
    visibility: Visibility | None = None
    namespace: str | None = None
    schema: _ToSchema | None = None


type_body = Body("object-type", New[TypeAttributes])
_SCHEMA = "/data/attributes/object-schema/data/attributes"
_MAPPINGS = f"{_SCHEMA}/source-mapping/data/attributes"


def object_type(sent: TypeAttributes, now: datetime) -> ObjectType:
    """The type that the body describes; that its data sources exist is for the caller to see."""
    schema = sent.schema.data.attributes if sent.schema else _SchemaAttributes()
    properties = _properties(schema)
    mapping = schema.mapping.data.attributes if schema.mapping else _MappingAttributes()
    constants, fields = _mappings(mapping, properties)
    return ObjectType(
        new_ulid(now),
        new_ulid(now),
        sent.title,
        now,
        active=schema.status == "active",
        description=sent.description or "",
        visibility=sent.visibility or "private",
        namespace=in_namespace(sent.namespace),
        properties=tuple(properties.values()),
        required=frozenset(schema.required),
        constants=constants,
        fields=tuple(fields),
        relationship=_relationship(mapping),
    )


def named_sources(sent: TypeAttributes) -> Iterator[tuple[str, str]]:
    """(id, pointer) of every data source that the body names."""
    schema = sent.schema
    mapping = schema.data.attributes.mapping if schema else None
    if mapping is None:
        return
    for position, one in enumerate(mapping.data.attributes.property_mappings):
        if isinstance(one, _Simple):
            yield one.source.source_id, f"{_MAPPINGS}/property_mappings/{position}/source/source_id"
    for position, related in enumerate(mapping.data.attributes.relationship_mappings):
        yield related.source.source_id, f"{_MAPPINGS}/relationship_mappings/{position}/source/source_id"


def _properties(schema: _SchemaAttributes) -> dict[int, Property]:
    where = f"{_SCHEMA}/properties"
    if len(schema.properties) > MAX_PROPERTIES:
        raise Rejected(f"A schema has at most {MAX_PROPERTIES} properties.", field=where)
    found: dict[int, Property] = {}
    names: set[str] = set()
    for position, one in enumerate(schema.properties):
        if one.id in found:
            raise Rejected(f"Two properties have the id {one.id}.", field=f"{where}/{position}/id")
        if one.name in names:
            raise Rejected(f"Two properties are called {one.name!r}.", field=f"{where}/{position}/name")
        names.add(one.name)
        found[one.id] = Property(one.id, one.name, one.type, one.description or "")
    for position, name in enumerate(schema.required):
        if name not in names:
            raise Rejected(f"No property is called {name!r}.", field=f"{_SCHEMA}/required/{position}")
    return found


def _mappings(
    mapping: _MappingAttributes, properties: dict[int, Property]
) -> tuple[dict[str, Value], list[Field]]:
    constants: dict[str, Value] = {}
    fields: list[Field] = []
    taken: set[int] = set()
    for position, one in enumerate(mapping.property_mappings):
        where = f"{_MAPPINGS}/property_mappings/{position}"
        if one.id not in properties:
            raise Rejected(f"No property has the id {one.id}.", field=f"{where}/id")
        if one.id in taken:
            raise Rejected(f"The property {one.id} is mapped twice.", field=f"{where}/id")
        taken.add(one.id)
        if isinstance(one, _Constant):
            constants[str(one.id)] = _constant(one, properties[one.id], f"{where}/value")
        else:
            id_path = parse(one.source.id_path, f"{where}/source/id_path")
            data_path = parse(one.source.data_path, f"{where}/source/data_path")
            fields.append(Field(one.id, one.source.source_id, id_path, data_path))
    return constants, fields


def _constant(one: _Constant, known: Property, pointer: str) -> Value:
    value: Value | None = as_kind(known.type, one.value)
    if value is None:
        raise Rejected(f"The value does not fit the property's type {known.type}.", field=pointer)
    return value


def _relationship(mapping: _MappingAttributes) -> Relationship | None:
    """At most one, and to the profile."""
    where = f"{_MAPPINGS}/relationship_mappings"
    if len(mapping.relationship_mappings) > 1:
        raise Rejected("An object type has at most one relationship.", field=f"{where}/1")
    for one in mapping.relationship_mappings:
        source = one.source
        if isinstance(source, _ObjectSource):
            raise Rejected("Only relationships to the profile are supported.", field=f"{where}/0/source/type")
        if source.update_strategy == "additive":
            raise Rejected(
                "A record has one profile: only 'replace_from_origin' is supported.",
                field=f"{where}/0/source/update_strategy",
            )
        return Relationship(
            one.relationship_id,
            source.source_id,
            parse(source.id_path, f"{where}/0/source/id_path"),
            _identifiers(source, f"{where}/0/source/related_id_paths"),
        )
    return None


def _identifiers(source: _ProfileSource, where: str) -> tuple[tuple[str, tuple[str | int, ...]], ...]:
    if not source.related_id_paths:
        raise Rejected("A relationship needs at least one identifier.", field=where)
    paths: dict[str, tuple[str | int, ...]] = {}
    for position, one in enumerate(source.related_id_paths):
        if one.identifier_type in paths:
            raise Rejected(
                "This kind of identifier is named twice.", field=f"{where}/{position}/identifier_type"
            )
        paths[one.identifier_type] = parse(one.path, f"{where}/{position}/path")
    return tuple((IDENTIFIERS[kind], paths[kind]) for kind in IDENTIFIERS if kind in paths)
