"""Data files in the sorted layout, written by DuckDB: memory stays bounded whatever the size."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from pyiceberg.io.pyarrow import parquet_file_to_data_file

from cdp.lake.tables import DUCKDB_TYPES, LakeTable

if TYPE_CHECKING:
    import duckdb
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table

ROW_GROUP_ROWS = 20_000


def write(
    connection: duckdb.DuckDBPyConnection,
    stored: Table,
    table: LakeTable,
    month: int,
    source: str,
    values: list[Any],
) -> DataFile:
    """A new file of the month with the rows of `source` (SQL of ours behind FROM, `values` for its ?)."""
    path = f"{stored.location()}/data/month={month}/sorted-{uuid.uuid4()}.parquet"
    connection.execute(_copy(table, source, path), values)
    return parquet_file_to_data_file(stored.io, stored.metadata, path)


def relation(table: LakeTable) -> str:
    """SQL of the rows of files given as one `?`: columns go by field id, and one that a file lacks is null."""
    fields = ", ".join(
        f"{c.id}: {{name: '{c.name}', type: '{DUCKDB_TYPES[c.kind]}', default_value: NULL}}" for c in table.columns
    )
    return f"read_parquet(?, hive_partitioning = false, schema = MAP {{{fields}}})"


def local(files: list[DataFile]) -> list[str]:
    """The files' locations as DuckDB reads them."""
    return [file.file_path.removeprefix("file://") for file in files]


def _copy(table: LakeTable, source: str, path: str) -> str:
    """Names come from our own schema and the path from a UUID: nothing of a user's stands in this text."""
    columns = ", ".join(f'"{c.name}"' for c in table.columns)
    order = ", ".join(f'"{name}"' for name in table.sort)
    ids = ", ".join(f"{c.name}: {c.id}" for c in table.columns)
    target = path.removeprefix("file://").replace("'", "''")
    return (
        f"COPY (SELECT {columns} FROM {source} ORDER BY {order}) TO '{target}' "
        f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROW_GROUP_ROWS}, FIELD_IDS {{{ids}}})"
    )
