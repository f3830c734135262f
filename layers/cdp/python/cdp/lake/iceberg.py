"""Iceberg tables through pyiceberg: what both homes share of the lake.

An append is idempotent by the table's key (cdp/lake/keys.py) and its commit a compare-and-swap: a commit of
somebody else in between is a conflict, after which the keys that came in are taken into account and the
append is done again. So whatever dies or is repeated, a key has rows of one append only.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
)

from cdp.errors import Unavailable
from cdp.lake.keys import Keys, KeySet
from cdp.lake.plans import Plans
from cdp.lake.schema import TABLE_PROPERTIES, arrow_schema, iceberg_schema, partition_spec
from cdp.lake.tables import TABLES, LakeTable
from cdp.ports import Appended, Compacted

if TYPE_CHECKING:
    import duckdb
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

_ATTEMPTS = 20
_SETS_KEPT = 64
COMPACTION = "regulars.compaction"  # snapshot property: the rows are the same, only their files changed


class IcebergLake:
    """`cdp.ports.Lake`. `catalog` is opened on first use; `duckdb` makes a connection that reads and writes
    the warehouse's files; namespaces are `prefix` + account id in lower-case hexadecimal of its UTF-8."""

    def __init__(
        self,
        catalog: Callable[[], Catalog],
        duckdb: Callable[[], duckdb.DuckDBPyConnection],
        *,
        prefix: str = "regulars_",
        passing: tuple[type[Exception], ...] = (),
    ) -> None:
        self._open_catalog, self._duckdb = catalog, duckdb
        self._prefix = prefix
        self._passing = passing
        self._catalog: Catalog | None = None
        self._sets: OrderedDict[tuple[str, str], KeySet] = OrderedDict()
        self._tables: dict[tuple[str, str], Table] = {}
        self._plans = Plans()
        self._lock = threading.RLock()

    # ------------------------------------------------------------ port

    def append(self, account_id: str, table: LakeTable, rows: pa.Table) -> Appended:
        rows = _checked(table, rows)
        keys: Keys = rows[table.key].to_numpy()
        with self._lock:
            for attempt in range(_ATTEMPTS):
                stored = self._table(account_id, table, fresh=attempt > 0)
                known = self._keys(account_id, table, stored)
                new = ~known.contains(keys)
                if not table.many_per_key:
                    new &= _first_of_each(keys)
                if not new.any():
                    if attempt == 0 and self._is_stale(account_id, table, stored):
                        continue
                    return Appended(new, known.snapshot_id)
                chosen = rows.filter(pa.array(new)).sort_by([(name, "ascending") for name in table.sort])
                try:
                    self._commit(stored, chosen)
                except CommitFailedException:
                    continue
                except self._passing as error:
                    self._tables.pop((account_id, table.name), None)
                    raise Unavailable(f"the lake cannot be written now: {error}", retry_after_s=5) from error
                known.add(keys[new])
                known.snapshot_id = _snapshot_id(stored)
                return Appended(new, known.snapshot_id)
        raise Unavailable(f"table {table.name} is being changed by too many others", retry_after_s=2)

    def files(self, account_id: str, table: LakeTable, months: tuple[int, int] | None = None) -> list[str]:
        stored = self._existing(account_id, table)
        if stored is None:
            return []
        first, last = months or (0, 1 << 31)
        return [file.path.removeprefix("file://") for file in self._plans.files(stored) if first <= file.month <= last]

    def months(self, account_id: str, table: LakeTable) -> list[int]:
        stored = self._existing(account_id, table)
        return [] if stored is None else sorted({file.month for file in self._plans.files(stored)})

    def compact(self, account_id: str, table: LakeTable, *, everything: bool = False) -> Compacted:
        from cdp.lake.compaction import compact

        stored = self._existing(account_id, table)
        if stored is None:
            return Compacted(table.name, 0, 0, 0, 0)
        return compact(stored, table, self._duckdb, everything=everything)

    def accounts(self) -> list[str]:
        found = []
        for (name, *_) in self.catalog.list_namespaces():
            if name.startswith(self._prefix):
                found.append(bytes.fromhex(name.removeprefix(self._prefix)).decode())
        return sorted(found)

    def drop(self, account_id: str) -> None:
        with self._lock:
            for table in TABLES:
                try:
                    self.catalog.purge_table(self._name(account_id, table))
                except NoSuchTableError:
                    continue
                finally:
                    self._sets.pop((account_id, table.name), None)
                    self._tables.pop((account_id, table.name), None)
            try:
                self.catalog.drop_namespace(self._namespace(account_id))
            except NoSuchNamespaceError:
                return

    # ------------------------------------------------------------ tables

    @property
    def catalog(self) -> Catalog:
        with self._lock:
            if self._catalog is None:
                self._catalog = self._open_catalog()
            return self._catalog

    def _namespace(self, account_id: str) -> str:
        return self._prefix + account_id.encode().hex()

    def _name(self, account_id: str, table: LakeTable) -> str:
        return f"{self._namespace(account_id)}.{table.name}"

    def _existing(self, account_id: str, table: LakeTable) -> Table | None:
        try:
            return self.catalog.load_table(self._name(account_id, table))
        except (NoSuchTableError, NoSuchNamespaceError):
            return None
        except self._passing as error:
            raise Unavailable(f"the lake cannot be read now: {error}", retry_after_s=2) from error

    def _table(self, account_id: str, table: LakeTable, *, fresh: bool) -> Table:
        """The table as this process last saw it, made if it does not exist; `fresh` reads it anew."""
        at = (account_id, table.name)
        if fresh or at not in self._tables:
            self._tables[at] = self._existing(account_id, table) or self._create(account_id, table)
        return self._tables[at]

    def _create(self, account_id: str, table: LakeTable) -> Table:
        name = self._name(account_id, table)
        try:
            with suppress(NamespaceAlreadyExistsError):  # made by a neighbour: what we wanted
                self.catalog.create_namespace(self._namespace(account_id))
            return self.catalog.create_table(
                name, iceberg_schema(table), partition_spec=partition_spec(table), properties=TABLE_PROPERTIES
            )
        except TableAlreadyExistsError:
            return self.catalog.load_table(name)
        except self._passing as error:
            raise Unavailable(f"the lake cannot be written now: {error}", retry_after_s=2) from error

    def _commit(self, stored: Table, rows: pa.Table) -> None:
        """One transaction: the rows, and the expiry of the oldest snapshots (their number slows every commit)."""
        stored.append(rows)
        with suppress(*self._passing):  # the rows are in: what could not be expired now is so next time
            expire_snapshots(stored)

    # ------------------------------------------------------------ keys

    def _is_stale(self, account_id: str, table: LakeTable, stored: Table) -> bool:
        """Has somebody else committed since this process looked? (asked only when nothing seems new)"""
        latest = self._existing(account_id, table)
        return latest is not None and _snapshot_id(latest) != _snapshot_id(stored)

    def _keys(self, account_id: str, table: LakeTable, stored: Table) -> KeySet:
        at = (account_id, table.name)
        known = self._sets.pop(at, None) or KeySet()
        missed = _appends_since(stored, known.snapshot_id)
        if missed is None:
            known = KeySet()
            paths = [task.file.file_path for task in stored.scan().plan_files()]
        else:
            paths = [path for snapshot in missed for path in _added_files(stored, snapshot)]
        if paths:
            known.add(self._read_keys(table, paths))
        known.snapshot_id = _snapshot_id(stored)
        self._sets[at] = known
        while len(self._sets) > _SETS_KEPT:
            self._sets.popitem(last=False)
        return known

    def _read_keys(self, table: LakeTable, paths: list[str]) -> Keys:
        with self._duckdb() as connection:
            local = [path.removeprefix("file://") for path in paths]
            relation = connection.execute(f'SELECT "{table.key}" FROM read_parquet(?)', [local])
            return np.asarray(relation.fetchnumpy()[table.key], dtype=np.int64)


def expire_snapshots(stored: Table) -> None:
    """Forget all but the newest snapshots once twice as many have gathered."""
    kept = int(stored.properties.get("regulars.snapshots-kept", "20"))
    snapshots = sorted(stored.metadata.snapshots, key=lambda snapshot: snapshot.timestamp_ms)
    if len(snapshots) < 2 * kept:
        return
    old = [snapshot.snapshot_id for snapshot in snapshots[:-kept]]
    try:
        stored.maintenance.expire_snapshots().by_ids(old).commit()
    except CommitFailedException:
        stored.refresh()  # a commit came in between: the next one expires them


def _checked(table: LakeTable, rows: pa.Table) -> pa.Table:
    rows = rows.cast(arrow_schema(table))
    for column in table.columns:
        if column.required and rows[column.name].null_count:
            raise ValueError(f"column {column.name} of {table.name} has nulls")
    return rows.cast(pa.schema([field.with_nullable(True) for field in rows.schema]))


def _first_of_each(keys: Keys) -> np.ndarray:
    first = np.zeros(len(keys), dtype=bool)
    first[np.unique(keys, return_index=True)[1]] = True
    return first


def _snapshot_id(stored: Table) -> int | None:
    snapshot = stored.current_snapshot()
    return None if snapshot is None else snapshot.snapshot_id


def _appends_since(stored: Table, known: int | None) -> list[Snapshot] | None:
    """Snapshots after `known` that added rows; None if `known` is no ancestor any more (start over)."""
    missed: list[Snapshot] = []
    snapshot = stored.current_snapshot()
    if snapshot is None:
        return [] if known is None else None
    while snapshot is not None and snapshot.snapshot_id != known:
        if snapshot.summary is None or COMPACTION not in snapshot.summary.additional_properties:
            missed.append(snapshot)
        parent = snapshot.parent_snapshot_id
        snapshot = None if parent is None else stored.metadata.snapshot_by_id(parent)
    return None if snapshot is None else missed


def _added_files(stored: Table, snapshot: Snapshot) -> list[str]:
    """Data files that this snapshot added (and that may be gone by now only through compaction)."""
    from pyiceberg.manifest import ManifestEntryStatus

    return [
        entry.data_file.file_path
        for manifest in snapshot.manifests(stored.io)
        if manifest.added_snapshot_id == snapshot.snapshot_id
        for entry in manifest.fetch_manifest_entry(stored.io)
        if entry.status == ManifestEntryStatus.ADDED and entry.snapshot_id == snapshot.snapshot_id
    ]
