"""From a data source's record to the objects that it speaks of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from cdp.documents.ingestion_logs import RecordError
from cdp.documents.object_types import Field, Kind, ObjectType, Path, Property, Relationship
from cdp.errors import Rejected
from cdp.jsonapi.times import parse_instant
from cdp.model.profile import normal_email, normal_phone
from functions.custom_objects.bodies import MAX_ID_BYTES
from functions.custom_objects.paths import follow, show

_MAX_IDENTIFIER_CHARS = 255
_INT64 = 2**63
Identity = tuple[str, str]
_NAMES: dict[Kind, str] = {
    "boolean": "true or false",
    "float": "a number",
    "int": "a whole number of at most 64 bits",
    "string": "a string",
    "timestamp": "a date and time in ISO 8601",
}


class Mapped(NamedTuple):
    """What a record says of one object. `properties` by number as text; None: it has none.

    `owner`: identifiers of its profile in matching order, empty for nobody; None: it does not say.
    """

    record_id: str
    properties: dict[str, Any]
    owner: tuple[Identity, ...] | None
    errors: tuple[RecordError, ...] = ()


def read(type_: ObjectType, source_id: str, record: Any) -> Iterator[Mapped]:
    """The objects of the type in the record: one per place at which the type looks for an id."""
    known = {one.id: one for one in type_.properties}
    for id_path in _id_paths(type_, source_id):
        id_, errors = _id(follow(id_path, record), id_path)
        properties: dict[str, Any] = {}
        for field in type_.fields:
            if (field.source_id, field.id_path) == (source_id, id_path):
                errors += _read_field(field, known[field.property_id], type_, record, properties)
        owner = None
        relationship = type_.relationship
        if relationship and (relationship.source_id, relationship.id_path) == (source_id, id_path):
            owner, wrong = _owner(relationship, record)
            errors += wrong
        yield Mapped(id_, {**properties, **type_.constants}, owner, tuple(errors))


def _id_paths(type_: ObjectType, source_id: str) -> list[Path]:
    readers: list[Field | Relationship] = [*type_.fields]
    if type_.relationship:
        readers.append(type_.relationship)
    return list(dict.fromkeys(one.id_path for one in readers if one.source_id == source_id))


def _id(value: Any, path: Path) -> tuple[str, list[RecordError]]:
    text = _text(value)
    if not text or not text.strip():
        return "", [
            RecordError("missing_id", "The record has no id (a string or a whole number) here.", show(path))
        ]
    if len(text.encode()) > MAX_ID_BYTES:
        return "", [RecordError("too_long", f"An id has at most {MAX_ID_BYTES} bytes.", show(path))]
    return text, []


def _read_field(
    field: Field, known: Property, type_: ObjectType, record: Any, properties: dict[str, Any]
) -> list[RecordError]:
    value = follow(field.data_path, record)
    properties[str(known.id)] = None
    if value is None:
        if known.name in type_.required:
            return [RecordError("missing", "The property is required.", known.name)]
        return []
    typed = as_kind(known.type, value)
    if typed is None:
        return [RecordError(f"{known.type}_type", f"The value should be {_NAMES[known.type]}.", known.name)]
    properties[str(known.id)] = typed
    return []


def as_kind(kind: Kind, value: Any) -> Any:
    """The value as one of this kind (an instant as RFC 3339 text in UTC), or None if it is none."""
    match kind:
        case "string":
            return value if isinstance(value, str) else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case "timestamp":
            at = parse_instant(value) if isinstance(value, str) else None
            return None if at is None else at.isoformat()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if kind == "float":
        return _number(value)
    return value if isinstance(value, int) and -_INT64 <= value < _INT64 else None


def _number(value: int | float) -> int | float | None:
    """Finite, and of a kind that JSON writers know: a long whole number becomes a float."""
    try:
        number = float(value)
    except OverflowError:
        return None
    if not math.isfinite(number):
        return None
    return value if -_INT64 <= value < _INT64 else number


def _owner(relationship: Relationship, record: Any) -> tuple[tuple[Identity, ...], list[RecordError]]:
    found, errors = [], []
    for kind, path in relationship.paths:
        value = follow(path, record)
        text = _text(value)
        if value is None or (text is not None and not text.strip()):
            continue
        try:
            found.append((kind, _normal(kind, text, show(path))))
        except Rejected as error:
            errors.append(RecordError("invalid_identifier", error.message, error.field or show(path)))
    return tuple(dict.fromkeys(found)), errors


def _normal(kind: str, text: str | None, where: str) -> str:
    if text is None:
        raise Rejected("An identifier is a string or a whole number.", field=where)
    if kind == "email":
        return normal_email(text, where)
    if kind == "phone_number":
        return normal_phone(text, where)
    if len(text) > _MAX_IDENTIFIER_CHARS:
        raise Rejected(f"An identifier has at most {_MAX_IDENTIFIER_CHARS} characters.", field=where)
    return text


def _text(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def size(properties: dict[str, Any]) -> int:
    """Bytes of the properties as they are stored."""
    return len(msgspec.json.encode(properties))
