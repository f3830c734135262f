"""The lake's schema in the words of Iceberg and Arrow."""

from __future__ import annotations

import pyarrow as pa
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import (
    DoubleType,
    IntegerType,
    LongType,
    NestedField,
    PrimitiveType,
    StringType,
    TimestamptzType,
)

from cdp.lake.tables import Kind, LakeTable

_ICEBERG: dict[Kind, PrimitiveType] = {
    "int32": IntegerType(),
    "int64": LongType(),
    "double": DoubleType(),
    "string": StringType(),
    "timestamptz": TimestamptzType(),
}
_ARROW: dict[Kind, pa.DataType] = {
    "int32": pa.int32(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
}
_PARTITION_FIELD_ID = 1000

TABLE_PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    "write.parquet.compression-level": "1",
    "write.parquet.row-group-limit": "20000",
    # Appends must fail on a concurrent commit, so that the key check is done again on what came in between.
    "commit.retry.num-retries": "0",
    "commit.manifest-merge.enabled": "true",
    "commit.manifest.min-count-to-merge": "20",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "5",
    # `append` and `compact` keep this many snapshots; see IcebergLake.
    "regulars.snapshots-kept": "4",
}


def iceberg_schema(table: LakeTable) -> Schema:
    """Columns are optional for Iceberg: DuckDB writes none as required. `append` refuses nulls itself."""
    return Schema(*[NestedField(c.id, c.name, _ICEBERG[c.kind], required=False, doc=c.doc) for c in table.columns])


def partition_spec(table: LakeTable) -> PartitionSpec:
    return PartitionSpec(
        PartitionField(table.column("month").id, _PARTITION_FIELD_ID, IdentityTransform(), name="month")
    )


def arrow_schema(table: LakeTable) -> pa.Schema:
    """The Arrow schema in which rows are handed to `Lake.append`."""
    return pa.schema([pa.field(c.name, _ARROW[c.kind], nullable=not c.required) for c in table.columns])
