"""The DuckDB engine, the same in both homes: file lists from the lake's port, queries from `cdp.query.sql`.

Nothing is installed or loaded at run time, configuration is locked, and a query can read the lake's folders
only. Each call works in a session of its own, so calls may come from several threads.

DuckDB hands rows out while it makes them and stops whenever a megabyte of them waits: queries with many rows ran on
one thread only. Some sessions are made beforehand and may have an eighth of the memory waiting (docs/adr/0112).
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from cdp.errors import TooSlow, Unavailable
from cdp.lake.tables import DUCKDB_TYPES, EVENTS, LakeTable
from cdp.query.sql import Direct, Query, Scan, compile, months_between

_ATTEMPTS = 3
_ROOMY = 8  # sessions; all together have as much waiting as DuckDB's limit
_VIEWS = 64  # that a session keeps
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
        _confine(self._connection, directories)
        self._roomy = [_roomy(self._connection, memory_mb // _ROOMY) for _ in range(_ROOMY)]
        self._telling = _roomy(self._connection, memory_mb // _ROOMY)
        self._telling.cursor.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        self._tell_lock = threading.Lock()
        self._connection.execute("SET GLOBAL lock_configuration = true")  # nor can a session's settings change now

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
        rows = None if query.direct is None else self._direct(account_id, query.direct, limit_s)
        if rows is not None:
            return rows
        compiled = compile(query, "duckdb")
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._session(telling=progress is not None) as session:
                    for scan in compiled.scans:
                        session.show(scan, self._lake.files(account_id, scan.table, scan.months))
                    with _watched(session.cursor, limit_s, progress):
                        return session.cursor.execute(compiled.sql, dict(compiled.params)).to_arrow_table()
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

    def _direct(self, account_id: str, wanted: Direct, limit_s: float | None) -> pa.Table | None:
        """None: the query must be run."""
        ends = None if limit_s is None else time.monotonic() + limit_s

        def check() -> None:
            if ends is not None and time.monotonic() >= ends:
                raise TooSlow(f"the query was given up after {limit_s} s")

        files = self._lake.files(account_id, EVENTS, months_between(wanted.start, wanted.end))
        if not all(path.startswith("/") for path in files):
            return None
        try:
            return wanted.read(files, check)
        except FileNotFoundError:  # a compaction removed it: the query looks it up again
            return None

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
    def _session(self, *, telling: bool) -> Iterator[_Session]:
        """The one that tells its progress; or a roomy one, a new one while all are in use."""
        if telling:
            with self._tell_lock:
                yield self._telling
            return
        with self._lock:
            kept = self._roomy.pop() if self._roomy else None
        if kept is None:
            with self.cursor() as cursor:
                yield _Session(cursor)
            return
        try:
            yield kept
        finally:
            self._roomy.append(kept)

    def close(self) -> None:
        self._connection.close()


class _Session:
    """A cursor, and what its views stand for."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self.cursor = cursor
        self._views: dict[str, str] = {}

    def show(self, scan: Scan, files: Sequence[str]) -> None:
        """Let the scan's relation be these files."""
        source = _files(scan.table, files) if files else _nothing(scan.table)
        if self._views.get(scan.relation) == source:
            return
        if len(self._views) >= _VIEWS:
            for name in self._views:
                self.cursor.execute(f'DROP VIEW temp."{name}"')
            self._views = {}
        self.cursor.execute(f'CREATE OR REPLACE TEMP VIEW "{scan.relation}" AS {source}')
        self._views[scan.relation] = source


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


def _roomy(connection: duckdb.DuckDBPyConnection, waiting_mb: int) -> _Session:
    cursor = connection.cursor()
    cursor.execute(f"SET streaming_buffer_size = '{waiting_mb}MB'")
    return _Session(cursor)


def _confine(connection: duckdb.DuckDBPyConnection, directories: Sequence[str]) -> None:
    """Settings of every session, and what it may read."""
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL asof_loop_join_threshold = 0")  # ASOF joins fell into loops otherwise
    connection.execute("SET GLOBAL parquet_metadata_cache = true")  # data files never change
    if directories:
        connection.execute(
            "SET GLOBAL allowed_directories = $directories", {"directories": list(directories)}
        )
        connection.execute("SET GLOBAL enable_external_access = false")


def _spill_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"regulars-spill-{os.getpid()}"


def _files(table: LakeTable, files: Sequence[str]) -> str:
    """Rows of data files, columns by field id as Iceberg wants it."""
    paths = ", ".join(_text(path) for path in files)
    return f"SELECT {_columns(table)} FROM read_parquet([{paths}], schema = {_schema(table)})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@cache
def _columns(table: LakeTable) -> str:
    return ", ".join(column.name for column in table.columns)


@cache
def _schema(table: LakeTable) -> str:
    fields = ", ".join(
        f"{c.id}: {{name: {_text(c.name)}, type: {_text(DUCKDB_TYPES[c.kind])}, default_value: NULL}}"
        for c in table.columns
    )
    return f"MAP {{{fields}}}"


@cache
def _nothing(table: LakeTable) -> str:
    """No rows, but of the right types."""
    columns = ", ".join(f"CAST(NULL AS {DUCKDB_TYPES[c.kind]}) AS {c.name}" for c in table.columns)
    return f"SELECT {columns} WHERE false"
