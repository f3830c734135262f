"""Compaction: small files of a month become one file in the sorted layout; what nobody needs is removed.

Which files: sorted by rows, all up to the largest one that has at most twice the rows of all smaller ones
together. So a row is rewritten O(log n) times however often compaction runs, and a
month has O(log n) files. `everything` rewrites every month that has more than one file.

Of `LakeTable.newest_only` rows that another one of the same files supersedes go, so a month has no more than one of
each profile in the end; the newest stays wherever it lies, and says the same as before.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.manifest import DataFile

from cdp.errors import Unavailable
from cdp.lake import sorted_files
from cdp.lake.evolution import bring_up_to_date
from cdp.lake.snapshots import COMPACTION, VACUUMED, delete, expire_snapshots, remove_orphans
from cdp.lake.tables import LakeTable
from cdp.ports import Compacted

if TYPE_CHECKING:
    import duckdb
    from pyiceberg.table import Table

log = logging.getLogger("regulars.lake")

GRACE_S = 600  # a reader may still hold a list of files that it planned this long ago
_ATTEMPTS = 10


def compact(
    stored: Table, table: LakeTable, connect: Callable[[], duckdb.DuckDBPyConnection], *, everything: bool
) -> Compacted:
    """Rewrite month by month, each in a commit of its own, then expire snapshots and remove orphans."""
    bring_up_to_date(stored, table)
    months = _files_by_month(stored)
    before = sum(map(len, months.values()))
    after = before
    rewritten = rows = 0
    for files in months.values():
        chosen = files if everything and len(files) > 1 else tail(files, lambda file: file.record_count)
        if len(chosen) < 2:
            continue
        if not _rewrite(stored, table, chosen, connect):
            continue
        rewritten += 1
        after -= len(chosen) - 1
        rows += sum(file.record_count for file in chosen)
    expire_snapshots(stored)
    remove_orphans(stored, grace_s=GRACE_S)
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
) -> bool:
    """One file in place of these; False if somebody else has replaced or removed some of them meanwhile."""
    month = files[0].partition[0]
    vacuumed = stored.properties.get(VACUUMED)
    with connect() as connection:
        source, values = _source(table, sorted_files.local(files))
        merged = sorted_files.write(connection, stored, table, month, source, values)
        kept = _kept(connection, table, source, values, files)
    if merged.record_count != kept:
        raise RuntimeError(f"compaction of {table.name} month {month} would lose rows")
    for _ in range(_ATTEMPTS):
        if stored.properties.get(VACUUMED) != vacuumed:
            break  # the vacuum takes our file for one that nobody needs
        try:
            _commit(stored, files, merged)
        except (CommitFailedException, FileNotFoundError):  # others came in between; our files may still be there
            stored.refresh()
        except ValidationException:
            break
        else:
            return True
    else:
        raise Unavailable(f"table {table.name} gets too many appends to compact it now", retry_after_s=5)
    log.info("compaction of %s month %s gives way to a change of its rows", table.name, month)
    delete(stored, merged.file_path)
    return False


def _source(table: LakeTable, files: list[str]) -> tuple[str, list[Any]]:
    """SQL of the rows that stay, and its values."""
    rows = sorted_files.relation(table)
    if not table.newest_only:
        return rows, [files]
    kind = f'"{table.sort[0]}"'
    named = ", ".join("?" * len(table.newest_only))
    newest = f"row_number() OVER (PARTITION BY {kind}, profile_no ORDER BY revision DESC) = 1"
    some = (
        f"(SELECT * FROM {rows} WHERE {kind} NOT IN ({named}) UNION ALL "
        f"SELECT * FROM {rows} WHERE {kind} IN ({named}) QUALIFY {newest})"
    )
    return some, [files, *table.newest_only, files, *table.newest_only]


def _kept(
    connection: duckdb.DuckDBPyConnection, table: LakeTable, source: str, values: list[Any], files: list[DataFile]
) -> int:
    """How many rows are to stay."""
    if not table.newest_only:
        return sum(file.record_count for file in files)
    found = connection.execute(f"SELECT count(*) FROM {source}", values).fetchone()
    return 0 if found is None else int(found[0])


def _commit(stored: Table, files: list[DataFile], merged: DataFile) -> None:
    with (
        stored.transaction() as transaction,
        transaction.update_snapshot({COMPACTION: "true"}).overwrite() as overwrite,
    ):
        for file in files:
            overwrite.delete_data_file(file)
        overwrite.append_data_file(merged)
