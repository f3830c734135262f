"""Replacement: rows of some profiles leave a table, and others may stand in their place, in one commit.

Only files that hold such rows are written anew, a month's into one. What stays of them is written once, by
DuckDB; a commit of somebody else in between costs no more than the few rows that are put in, as long as the
files are still there. A file that was compacted away meanwhile means to begin anew.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile
from pyiceberg.types import IntegerType

from cdp.lake import sorted_files
from cdp.lake.evolution import bring_up_to_date
from cdp.lake.schema import arrow_schema
from cdp.lake.snapshots import NEW_KEYS, VACUUMED, delete
from cdp.lake.tables import LakeTable

if TYPE_CHECKING:
    import duckdb
    from pyiceberg.table import Table

Numbers = npt.NDArray[np.int32]
Connect = Callable[[], "duckdb.DuckDBPyConnection"]
_THOSE = "profile_no IN (SELECT unnest(?::INTEGER[]))"


@dataclass
class Draft:
    """A replacement that is ready to be committed: files to remove, what stays of them, and the rows taken out."""

    table: LakeTable
    taken: pa.Table
    removed: list[DataFile]
    staying: list[DataFile]
    vacuumed: str | None  # the table's mark when the first of the files was written
    put: list[DataFile] = field(default_factory=list)

    def commit(self, stored: Table, rows: pa.Table, connect: Connect) -> None:
        """One compare-and-swap; raises `CommitFailedException` (try again) or `ValidationException` (too late)."""
        for file in self.put:  # of an attempt that failed
            delete(stored, file.file_path)
        self.put = _written(stored, self.table, rows, connect)
        paths = json.dumps([file.file_path for file in self.put])
        with (
            stored.transaction() as transaction,
            transaction.update_snapshot({NEW_KEYS: paths}).overwrite() as overwrite,
        ):
            for file in self.removed:
                overwrite.delete_data_file(file)
            for file in (*self.staying, *self.put):
                overwrite.append_data_file(file)

    def stands(self, stored: Table) -> bool:
        """Are the files written so far still sure to be there?"""
        return stored.properties.get(VACUUMED) == self.vacuumed

    def discard(self, stored: Table) -> None:
        """Remove what was written for a commit that will not be."""
        for file in (*self.staying, *self.put):
            delete(stored, file.file_path)
        self.staying, self.put = [], []


def prepare(stored: Table, table: LakeTable, numbers: Numbers, connect: Connect) -> Draft | None:
    """Write what stays of the files that hold rows of these profiles; None if there is no such row."""
    bring_up_to_date(stored, table)
    vacuumed = stored.properties.get(VACUUMED)
    with connect() as connection:
        held = _holding(connection, _possible(stored, table, numbers), numbers)
        if not held:
            return None
        months: dict[int, list[tuple[DataFile, int]]] = defaultdict(list)
        for file, rows in held:
            months[file.partition[0]].append((file, rows))
        staying = []
        for month, files in months.items():
            left = sum(file.record_count - rows for file, rows in files)
            if left:
                staying.append(_rest(connection, stored, table, month, [file for file, _ in files], numbers))
                if staying[-1].record_count != left:
                    raise RuntimeError(f"replacing rows of {table.name} month {month} would lose or add others")
    taken = read(connect, table, [file for file, _ in held], numbers, [c.name for c in table.columns])
    return Draft(table, taken, [file for file, _ in held], staying, vacuumed)


def read(
    connect: Connect,
    table: LakeTable,
    files: Sequence[DataFile],
    numbers: Numbers,
    columns: Sequence[str],
) -> pa.Table:
    """These columns of the profiles' rows, in any order."""
    schema = pa.schema([arrow_schema(table).field(name) for name in columns])
    if not files:
        return schema.empty_table()
    chosen = ", ".join(f'"{name}"' for name in columns)
    values: list[Any] = [sorted_files.local(list(files)), numbers.tolist()]
    with connect() as connection:
        found = connection.execute(f"SELECT {chosen} FROM {sorted_files.relation(table)} WHERE {_THOSE}", values)
        return found.to_arrow_table().cast(schema)


def data_files(stored: Table) -> list[DataFile]:
    return [task.file for task in stored.scan().plan_files()]


def _possible(stored: Table, table: LakeTable, numbers: Numbers) -> list[DataFile]:
    """Files whose bounds do not rule out all of the (ascending) numbers."""
    column = table.column("profile_no").id
    found = []
    for file in data_files(stored):
        low, high = (file.lower_bounds or {}).get(column), (file.upper_bounds or {}).get(column)
        if low is not None and high is not None:
            first = np.searchsorted(numbers, from_bytes(IntegerType(), low))
            if first == len(numbers) or numbers[first] > from_bytes(IntegerType(), high):
                continue
        found.append(file)
    return found


def _holding(
    connection: duckdb.DuckDBPyConnection, files: list[DataFile], numbers: Numbers
) -> list[tuple[DataFile, int]]:
    """The files that hold rows of the profiles, with how many; reads one column, and of it what statistics leave."""
    if not files:
        return []
    text = (
        "SELECT filename, count(*) FROM read_parquet(?, hive_partitioning = false, filename = true) "
        f"WHERE {_THOSE} GROUP BY 1"
    )
    rows = dict(connection.execute(text, [sorted_files.local(files), numbers.tolist()]).fetchall())
    return [(f, rows[path]) for f, path in zip(files, sorted_files.local(files), strict=True) if path in rows]


def _rest(
    connection: duckdb.DuckDBPyConnection,
    stored: Table,
    table: LakeTable,
    month: int,
    files: list[DataFile],
    numbers: Numbers,
) -> DataFile:
    values = [sorted_files.local(files), numbers.tolist()]
    source = f"{sorted_files.relation(table)} WHERE NOT {_THOSE}"
    return sorted_files.write(connection, stored, table, month, source, values)


def _written(stored: Table, table: LakeTable, rows: pa.Table, connect: Connect) -> list[DataFile]:
    """The rows as files, one a month."""
    if not rows.num_rows:
        return []
    written = []
    with connect() as connection:
        connection.register("put", rows)
        for month in sorted(set(rows["month"].to_pylist())):
            source = "put WHERE month = ?"
            written.append(sorted_files.write(connection, stored, table, month, source, [month]))
    return written
