"""The lake on S3: Iceberg tables with the Glue catalog."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cdp.adapters.aws.clients import code_of, faults, glue
from cdp.adapters.aws.storage import access, arrow_properties, open_s3
from cdp.lake.iceberg import IcebergLake

if TYPE_CHECKING:
    import duckdb
    from pyiceberg.catalog import Catalog

_MEMORY_LIMIT = "1GB"
_WHAT = "the lake"


class GlueLake(IcebergLake):
    """`cdp.ports.Lake` under `warehouse` (s3://bucket/prefix); an account is a Glue database."""

    def __init__(self, warehouse: str, *, database_prefix: str) -> None:
        self.warehouse = warehouse.rstrip("/")
        super().__init__(
            self._glue, _connect, prefix=database_prefix, passing=lambda: (BotoCoreError, ClientError, OSError)
        )

    def _glue(self) -> Catalog:
        from pyiceberg.catalog.glue import GlueCatalog

        return GlueCatalog("glue", client=glue(), warehouse=self.warehouse, **arrow_properties())

    def accounts(self) -> list[str]:
        with faults(_WHAT):
            return super().accounts()

    def drop(self, account_id: str) -> None:
        try:
            with faults(_WHAT):
                super().drop(account_id)
        except ClientError as error:
            if code_of(error) != "EntityNotFoundException":  # somebody else has just dropped it
                raise


def glue_lake(warehouse: str, *, database_prefix: str) -> GlueLake:
    return GlueLake(warehouse, database_prefix=database_prefix)


def _connect() -> duckdb.DuckDBPyConnection:
    """A connection for reading keys and for compaction."""
    import duckdb

    connection = duckdb.connect(
        config={
            "threads": 2,
            "memory_limit": _MEMORY_LIMIT,
            "temp_directory": f"{tempfile.gettempdir()}/regulars-lake-spill",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        }
    )
    open_s3(connection, access())
    return connection
