"""Compaction: small files of a month become one file in the sorted layout; what nobody needs is removed.

Which files: sorted by rows, all up to the largest one that has at most twice the rows of all smaller ones
together. So a row is rewritten O(log n) times however often compaction runs, and a
month has O(log n) files. `everything` rewrites every month that has more than one file.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pyiceberg.io.pyarrow import parquet_file_to_data_file
from pyiceberg.manifest import DataFile

from cdp.errors import Unavailable
from cdp.lake.tables import LakeTable
from cdp.ports import Compacted

if TYPE_CHECKING:
    import duckdb
    from pyiceberg.table import Table

ROW_GROUP_ROWS = 20_000
GRACE_S = 600  # a reader may still hold a list of files that it planned this long ago
_ATTEMPTS = 10


def compact(
    stored: Table, table: LakeTable, connect: Callable[[], duckdb.DuckDBPyConnection], *, everything: bool
) -> Compacted:
    """Rewrite month by month, each in a commit of its own, then expire snapshots and remove orphans."""
    from cdp.lake.iceberg import expire_snapshots

    months = _files_by_month(stored)
    before = sum(map(len, months.values()))
    after = before
    rewritten = rows = 0
    for files in months.values():
        chosen = files if everything and len(files) > 1 else tail(files, lambda file: file.record_count)
        if len(chosen) < 2:
            continue
        _rewrite(stored, table, chosen, connect)
        rewritten += 1
        after -= len(chosen) - 1
        rows += sum(file.record_count for file in chosen)
    expire_snapshots(stored)
    remove_orphans(stored)
    return Compacted(table.name, rewritten, before, after, rows)


def tail(files: list[DataFile], size: Callable[[DataFile], int]) -> list[DataFile]:
    """The files worth merging, smallest first (see the module's docstring)."""
    ordered = sorted(files, key=size)
    total = chosen = 0
    for position, file in enumerate(ordered):
        if position and size(file) <= 2 * total:
            chosen = position + 1
        total += size(file)
    return ordered[:chosen]


def _files_by_month(stored: Table) -> dict[int, list[DataFile]]:
    months: dict[int, list[DataFile]] = defaultdict(list)
    for task in stored.scan().plan_files():
        months[task.file.partition[0]].append(task.file)
    return dict(sorted(months.items()))


def _rewrite(
    stored: Table, table: LakeTable, files: list[DataFile], connect: Callable[[], duckdb.DuckDBPyConnection]
) -> None:
    from pyiceberg.exceptions import CommitFailedException

    from cdp.lake.iceberg import COMPACTION

    month = files[0].partition[0]
    path = f"{stored.location()}/data/month={month}/sorted-{uuid.uuid4()}.parquet"
    with connect() as connection:
        connection.execute(_copy(table, path), [[file.file_path.removeprefix("file://") for file in files]])
    merged = parquet_file_to_data_file(stored.io, stored.metadata, path)
    if merged.record_count != sum(file.record_count for file in files):
        raise RuntimeError(f"compaction of {table.name} month {month} would change the number of rows")
    for _ in range(_ATTEMPTS):
        try:
            with (
                stored.transaction() as transaction,
                transaction.update_snapshot({COMPACTION: "true"}).overwrite() as overwrite,
            ):
                for file in files:
                    overwrite.delete_data_file(file)
                overwrite.append_data_file(merged)
        except CommitFailedException:  # an append came in between; our files are still there
            stored.refresh()
        else:
            return
    raise Unavailable(f"table {table.name} gets too many appends to compact it now", retry_after_s=5)


def _copy(table: LakeTable, path: str) -> str:
    """Names come from our own schema and the path from a UUID: nothing of a user's stands in this text."""
    columns = ", ".join(f'"{c.name}"' for c in table.columns)
    order = ", ".join(f'"{name}"' for name in table.sort)
    ids = ", ".join(f"{c.name}: {c.id}" for c in table.columns)
    target = path.removeprefix("file://").replace("'", "''")
    return (
        f"COPY (SELECT {columns} FROM read_parquet(?, hive_partitioning = false) ORDER BY {order}) TO '{target}' "
        f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROW_GROUP_ROWS}, FIELD_IDS {{{ids}}})"
    )


def remove_orphans(stored: Table, *, grace_s: int = GRACE_S) -> int:
    """Delete files under the table's location that no snapshot refers to and that are older than the grace."""
    needed = set(_referenced(stored))
    removed = 0
    for path, modified_s in _listed(stored):
        if path not in needed and modified_s < time.time() - grace_s and not path.endswith(".metadata.json"):
            stored.io.delete(path)
            removed += 1
    return removed


def _referenced(stored: Table) -> Iterator[str]:
    for snapshot in stored.metadata.snapshots:
        yield snapshot.manifest_list
        for manifest in snapshot.manifests(stored.io):
            yield manifest.manifest_path
            for entry in manifest.fetch_manifest_entry(stored.io):
                yield entry.data_file.file_path


def _listed(stored: Table) -> Iterator[tuple[str, float]]:
    """(location, modification time in epoch seconds) of every file under the table's location."""
    from pyarrow.fs import FileSelector, FileSystem, FileType
    from pyiceberg.io.pyarrow import PyArrowFileIO

    io = stored.io
    if not isinstance(io, PyArrowFileIO):
        raise TypeError(f"orphans are listed through Arrow file systems, not {type(io).__name__}")
    scheme, netloc, path = io.parse_location(stored.location())
    file_system: FileSystem = io.fs_by_scheme(scheme, netloc)
    lead = stored.location().removesuffix(path) if scheme != "file" else "file://"
    for info in file_system.get_file_info(FileSelector(path, recursive=True, allow_not_found=True)):
        if info.type == FileType.File and info.mtime_ns is not None:
            yield lead + info.path, info.mtime_ns / 1e9
