"""Engines over the lake on S3: DuckDB in the process, Athena beside it."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import sqlglot
from sqlglot import exp

from cdp.adapters.aws.clients import code_of, faults, glue, s3, session
from cdp.errors import TooSlow, Unavailable
from cdp.lake.tables import TABLES, LakeTable
from cdp.query.sql import Compiled, Query, compile, select

if TYPE_CHECKING:
    import pyarrow as pa

    from cdp.adapters.aws.lake import GlueLake
    from cdp.adapters.aws.storage import Access
    from cdp.ports import Lake
    from cdp.query.duckdb import DuckdbEngine


class DuckdbOnS3:
    """`cdp.ports.Engine`: DuckDB that may read the lake's bucket only, opened anew when credentials change."""

    dialect = "duckdb"

    def __init__(self, lake: GlueLake) -> None:
        self._lake = lake
        self._lock = threading.Lock()
        self._opened: tuple[Access, DuckdbEngine] | None = None

    def run(
        self,
        account_id: str,
        query: Query,
        *,
        limit_s: float | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> pa.Table:
        return self._engine().run(account_id, query, limit_s=limit_s, progress=progress)

    def _engine(self) -> DuckdbEngine:
        from cdp.adapters.aws.storage import access, open_s3
        from cdp.query.duckdb import DuckdbEngine

        at = access()
        with self._lock:
            if self._opened is None or self._opened[0] != at:
                engine = DuckdbEngine(
                    self._lake,
                    directories=[f"{self._lake.warehouse}/"],
                    prepare=lambda connection: open_s3(connection, at),
                )
                self._opened = (at, engine)
            return self._opened[1]


def duckdb_on_s3(lake: Lake) -> DuckdbOnS3:
    """An engine over a lake of `glue_lake`."""
    from cdp.adapters.aws.lake import GlueLake

    if not isinstance(lake, GlueLake):
        raise TypeError(f"{type(lake).__name__} has no files on S3")
    return DuckdbOnS3(lake)


# ---------------------------------------------------------------- Athena

_POLL_S = 0.25
_WHAT = "Athena"
_TYPES = {
    "int32": "INTEGER",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
}


class AthenaEngine:
    """`cdp.ports.Engine`. Values travel as execution parameters; a table that the account does not have yet is
    an empty one. The namespaces are those of `IcebergLake`: the prefix and the account id in hexadecimal."""

    dialect = "athena"

    def __init__(self, workgroup: str, *, database_prefix: str) -> None:
        self._workgroup = workgroup
        self._prefix = database_prefix

    def run(
        self,
        account_id: str,
        query: Query,
        *,
        limit_s: float | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> pa.Table:
        """Athena tells no progress."""
        database = self._prefix + account_id.encode().hex()
        there = _tables(database)
        query = without(query, [table for table in TABLES if table.name not in there])
        return self._rows(compile(query, "athena"), database if there else None, limit_s)

    def _rows(self, compiled: Compiled, database: str | None, limit_s: float | None) -> pa.Table:
        import awswrangler as wr

        from cdp.adapters.aws.athena_rows import read

        with faults(_WHAT):
            id_ = wr.athena.start_query_execution(
                compiled.sql,
                database=database,
                workgroup=self._workgroup,
                params=list(compiled.arguments) or None,
                paramstyle="qmark",
                boto3_session=session(),
            )
            assert isinstance(id_, str)  # noqa: S101 - it is one unless the call waits
            done = _wait(id_, limit_s)
            types = wr.athena.get_query_columns_types(id_, boto3_session=session())
            at = urlsplit(done["ResultConfiguration"]["OutputLocation"])
            text = s3().get_object(Bucket=at.netloc, Key=at.path.lstrip("/"))["Body"].read()
        return read(text, types)


def without(query: Query, missing: Sequence[LakeTable]) -> Query:
    """The query with empty tables in the place of those that are missing."""
    parts = {name: without(part, missing) for name, part in query.parts.items()}
    named = {node.name for node in sqlglot.parse_one(query.text, read="trino").find_all(exp.Table)}
    empty = {table.name: _empty(table) for table in missing if table.name in named - parts.keys()}
    return dataclasses.replace(query, parts=empty | parts)


def _empty(table: LakeTable) -> Query:
    columns = ", ".join(f"CAST(NULL AS {_TYPES[column.kind]}) AS {column.name}" for column in table.columns)
    return select(f"SELECT {columns} WHERE FALSE")


def _tables(database: str) -> set[str]:
    from botocore.exceptions import ClientError

    try:
        with faults(_WHAT):
            pages = glue().get_paginator("get_tables").paginate(DatabaseName=database)
            return {table["Name"] for page in pages for table in page["TableList"]}
    except ClientError as error:
        if code_of(error) == "EntityNotFoundException":
            return set()
        raise


def _wait(id_: str, limit_s: float | None) -> dict[str, Any]:
    """The finished execution; it is stopped after `limit_s`."""
    import awswrangler as wr

    ends = threading.Event()

    def stop() -> None:
        ends.set()
        wr.athena.stop_query_execution(id_, boto3_session=session())

    timer = None if limit_s is None else threading.Timer(limit_s, stop)
    if timer is not None:
        timer.start()
    try:
        return wr.athena.wait_query(id_, boto3_session=session(), athena_query_wait_polling_delay=_POLL_S)
    except (wr.exceptions.QueryFailed, wr.exceptions.QueryCancelled) as error:
        if ends.is_set():
            raise TooSlow(f"{_WHAT} was stopped after {limit_s} s") from error
        _fail(wr.athena.get_query_execution(id_, boto3_session=session()), error)
    finally:
        if timer is not None:
            timer.cancel()


def _fail(execution: dict[str, Any], cause: Exception) -> NoReturn:
    """`Unavailable` if Athena itself says that another try may succeed; else it is a bug in the query."""
    status = execution.get("Status", {})
    if status.get("AthenaError", {}).get("Retryable"):
        raise Unavailable(f"{_WHAT}: {cause}", retry_after_s=5) from cause
    raise RuntimeError(f"{_WHAT} refuses a query: {cause}") from cause
