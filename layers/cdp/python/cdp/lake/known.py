"""The key sets of the tables that a process writes, kept in step with what others commit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from cdp.lake.keys import Keys, KeySet
from cdp.lake.snapshots import appends_since, files_with_new_keys, snapshot_id
from cdp.lake.tables import LakeTable

if TYPE_CHECKING:
    import duckdb
    from pyiceberg.table import Table

_SETS_KEPT = 64
_At = tuple[str, str]  # account id, table name


class KnownKeys:
    """Key sets of the tables used last. Not for several threads at once."""

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._connect = connect
        self._sets: OrderedDict[_At, KeySet] = OrderedDict()

    def of(self, account_id: str, table: LakeTable, stored: Table) -> KeySet:
        """All keys of the table as `stored` shows it; `FileNotFoundError` if that is older than a vacuum."""
        at = (account_id, table.name)
        known = self._sets.pop(at, None) or KeySet()
        missed = appends_since(stored, known.snapshot_id)
        if missed is None:
            known = KeySet()
            paths = [task.file.file_path for task in stored.scan().plan_files()]
        else:
            paths = [path for snapshot in missed for path in files_with_new_keys(stored, snapshot)]
        if paths:
            known.add(self._read(table, paths))
        known.snapshot_id = snapshot_id(stored)
        self._sets[at] = known
        while len(self._sets) > _SETS_KEPT:
            self._sets.popitem(last=False)
        return known

    def forget(self, account_id: str, table: LakeTable) -> None:
        self._sets.pop((account_id, table.name), None)

    def _read(self, table: LakeTable, paths: list[str]) -> Keys:
        import duckdb

        local = [path.removeprefix("file://") for path in paths]
        with self._connect() as connection:
            try:
                found = connection.execute(f'SELECT "{table.key}" FROM read_parquet(?)', [local]).fetchnumpy()
            except duckdb.IOException as error:
                raise FileNotFoundError(str(error)) from error
            return np.asarray(found[table.key], dtype=np.int64)
