"""The DuckDB engine, the same in both homes: file lists from the lake's port, queries from `cdp.query.sql`.

Nothing is installed or loaded at run time, configuration is locked, and a query can read the lake's folders
only. Each call works on a cursor of its own, so calls may come from several threads.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa
from sqlglot import exp

from cdp.errors import TooSlow, Unavailable
from cdp.lake.tables import DUCKDB_TYPES, LakeTable
from cdp.query.sql import Query, Scan, compile

_ATTEMPTS = 3
_LOOK_S = 1.0  # between two looks at a query that is watched
Prepare = Callable[[duckdb.DuckDBPyConnection], None]
Progress = Callable[[float], None]


class Files(Protocol):
    """What the engine asks of the lake."""

    def files(
        self, account_id: str, table: LakeTable, months: tuple[int, int] | None = None
    ) -> list[str]: ...


class DuckdbEngine:
    """Runs queries over the data files of one account.

    `directories` are the only places that queries may read when given. `prepare` is called once with the new
    connection, before it is locked: the place to load an extension and name a secret.
    """

    dialect = "duckdb"

    def __init__(
        self,
        lake: Files,
        *,
        directories: Sequence[str] = (),
        threads: int = 2,
        memory_mb: int = 1024,
        spill: Path | None = None,
        prepare: Prepare | None = None,
    ) -> None:
        self._lake = lake
        self._lock = threading.Lock()
        self._connection = _connect(threads, memory_mb, spill or _spill_folder())
        if prepare is not None:
            prepare(self._connection)
        self._telling = self._connection.cursor()  # settings of a session cannot be changed later
        self._telling.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        self._tell_lock = threading.Lock()
        _confine(self._connection, directories)

    def run(
        self, account_id: str, query: Query, *, limit_s: float | None = None, progress: Progress | None = None
    ) -> pa.Table:
        """The query's rows. A file that a compaction removed meanwhile is looked up again. Queries that tell their
        progress run one after the other."""
        if limit_s is not None and limit_s <= 0:
            raise TooSlow("no time was given")
        if query.duckdb is not None:
            ends = None if limit_s is None else time.monotonic() + limit_s
            return query.duckdb(lambda part: self.run(account_id, part, limit_s=_left(ends), progress=progress))
        compiled = compile(query, "duckdb")
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self.cursor() if progress is None else self._telling_cursor() as cursor:
                    for scan in compiled.scans:
                        cursor.execute(_view(scan, self._lake.files(account_id, scan.table, scan.months)))
                    with _watched(cursor, limit_s, progress):
                        return cursor.execute(compiled.sql, dict(compiled.params)).to_arrow_table()
            except duckdb.InterruptException as error:
                raise TooSlow(f"the query was given up after {limit_s} s") from error
            except duckdb.IOException as error:
                if attempt == _ATTEMPTS:
                    raise Unavailable(f"the lake could not be read: {error}") from error
            except duckdb.OutOfMemoryException as error:
                raise Unavailable(
                    f"the query needs more memory or spill space: {error}", retry_after_s=10
                ) from error
        raise AssertionError("unreachable")

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A session of one's own on the shared database."""
        with self._lock:
            cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def _telling_cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._tell_lock:
            yield self._telling

    def close(self) -> None:
        self._connection.close()


def _left(ends: float | None) -> float | None:
    """Seconds until then."""
    return None if ends is None else ends - time.monotonic()


@contextmanager
def _watched(
    cursor: duckdb.DuckDBPyConnection, limit_s: float | None, progress: Progress | None
) -> Iterator[None]:
    """A thread beside the query, if anybody wants one."""
    if limit_s is None and progress is None:
        yield
        return
    done = threading.Event()
    ends = float("inf") if limit_s is None else time.monotonic() + limit_s

    def watch() -> None:
        while not done.wait(max(0.0, min(_LOOK_S, ends - time.monotonic()))):
            if time.monotonic() >= ends:
                cursor.interrupt()
                return
            if progress is not None:
                progress(max(0.0, cursor.query_progress()) / 100)

    watcher = threading.Thread(target=watch, name="query-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _connect(threads: int, memory_mb: int, spill: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        ":memory:",
        config={
            "threads": threads,
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "preserve_insertion_order": False,
        },
    )


def _confine(connection: duckdb.DuckDBPyConnection, directories: Sequence[str]) -> None:
    """Session settings for every cursor, then no way to change them."""
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL asof_loop_join_threshold = 0")  # ASOF joins fell into loops otherwise
    connection.execute("SET GLOBAL parquet_metadata_cache = true")  # data files never change
    if directories:
        connection.execute(
            "SET GLOBAL allowed_directories = $directories", {"directories": list(directories)}
        )
        connection.execute("SET GLOBAL enable_external_access = false")
    connection.execute("SET GLOBAL lock_configuration = true")


def _spill_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"regulars-spill-{os.getpid()}"


def _view(scan: Scan, files: Sequence[str]) -> str:
    """The relation of a scan: its files, read by field id as Iceberg wants it; typed and empty without files."""
    source = _files(scan.table, files) if files else _nothing(scan.table)
    view = exp.Create(
        this=exp.to_table(scan.relation), kind="VIEW", expression=source, replace=True,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
    )  # fmt: skip
    return view.sql("duckdb")


def _files(table: LakeTable, files: Sequence[str]) -> exp.Select:
    schema = exp.ToMap(
        this=exp.Struct(
            expressions=[
                exp.PropertyEQ(
                    this=exp.Literal.number(column.id), expression=_field(column.name, DUCKDB_TYPES[column.kind])
                )
                for column in table.columns
            ]
        )
    )
    paths = exp.Array(expressions=[exp.Literal.string(path) for path in files])
    reader = exp.Anonymous(
        this="read_parquet", expressions=[paths, exp.EQ(this=exp.to_identifier("schema"), expression=schema)]
    )
    return exp.select(*(exp.column(column.name) for column in table.columns)).from_(exp.Table(this=reader))


def _field(name: str, kind: str) -> exp.Struct:
    values = {"name": exp.Literal.string(name), "type": exp.Literal.string(kind), "default_value": exp.Null()}
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(key), expression=value) for key, value in values.items()
        ]
    )


def _nothing(table: LakeTable) -> exp.Select:
    columns = [
        exp.alias_(exp.cast(exp.Null(), DUCKDB_TYPES[c.kind], dialect="duckdb"), c.name) for c in table.columns
    ]
    return exp.select(*columns).where(exp.false())
