"""Results of Athena as Arrow tables.

Athena writes a result as CSV in which every value stands in quotes and null is nothing at all, so that null
and the empty string differ. Types are told beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import pyarrow as pa
from pyarrow import csv

_TYPES = {
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "float": pa.float32(),
    "double": pa.float64(),
    "char": pa.string(),
    "varchar": pa.string(),
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
_ZONED = "timestamp with time zone"
_INSTANT = pa.timestamp("us", tz="UTC")
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")


def arrow_type(name: str) -> pa.DataType:
    """Arrow's type for one of Athena's; arrays, maps and rows have none here."""
    if name == _ZONED:
        return _INSTANT
    if match := _DECIMAL.fullmatch(name):
        return pa.decimal128(int(match[1]), int(match[2]))
    try:
        return _TYPES[re.sub(r"\(\d+\)", "", name)]
    except KeyError as error:
        raise ValueError(f"a result column of Athena's type {name!r}; cast it in the query") from error


def read(text: bytes, types: Mapping[str, str]) -> pa.Table:
    """The rows of a result; `types` are Athena's, in the order of the columns."""
    wanted = {name: arrow_type(kind) for name, kind in types.items()}
    read_as = {name: pa.string() if kind == _INSTANT else kind for name, kind in wanted.items()}
    if not text.strip():
        return pa.schema(list(wanted.items())).empty_table()
    found = csv.read_csv(
        pa.BufferReader(text),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=read_as,
            include_columns=list(wanted),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["true"],
            false_values=["false"],
        ),
    )
    columns = [
        _instants(column) if kind == _INSTANT else column
        for column, kind in zip(found.columns, wanted.values(), strict=True)
    ]
    return pa.table(columns, schema=pa.schema(list(wanted.items())))


def _instants(column: pa.ChunkedArray) -> pa.Array:
    """From "2026-01-02 03:04:05.678 Europe/Berlin"."""
    return pa.array([None if text is None else _instant(text) for text in column.to_pylist()], _INSTANT)


def _instant(text: str) -> datetime:
    local, _, zone = text.rpartition(" ")
    if zone == "UTC":
        return datetime.fromisoformat(f"{local}+00:00")
    if zone[0] in "+-":
        return datetime.fromisoformat(f"{local}{zone}").astimezone(UTC)
    return datetime.fromisoformat(local).replace(tzinfo=_zone(zone)).astimezone(UTC)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
