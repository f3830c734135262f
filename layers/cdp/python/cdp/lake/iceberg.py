"""Iceberg tables through pyiceberg: what both homes share of the lake.

An append is idempotent by the table's key (cdp/lake/keys.py) and its commit a compare-and-swap: a commit of
somebody else in between is a conflict, after which the keys that came in are taken into account and the
append is done again. So whatever dies or is repeated, a key has rows of one append only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
    ValidationException,
)

from cdp.errors import Unavailable
from cdp.lake.evolution import bring_up_to_date
from cdp.lake.keys import Keys
from cdp.lake.known import KnownKeys
from cdp.lake.plans import DataFile, Plans
from cdp.lake.schema import TABLE_PROPERTIES, arrow_schema, iceberg_schema, partition_spec
from cdp.lake.snapshots import expire_snapshots, snapshot_id
from cdp.lake.tables import TABLES, LakeTable
from cdp.ports import Appended, Compacted, Replaced

if TYPE_CHECKING:
    import duckdb
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

    from cdp.lake.replacement import Draft

_ATTEMPTS = 20


class IcebergLake:
    """`cdp.ports.Lake`. `catalog` is opened on first use; `duckdb` makes a connection that reads and writes
    the warehouse's files; namespaces are `prefix` + account id in lower-case hexadecimal of its UTF-8. `passing`
    names the faults of catalog and storage that pass; it is asked when there is one."""

    def __init__(
        self,
        catalog: Callable[[], Catalog],
        duckdb: Callable[[], duckdb.DuckDBPyConnection],
        *,
        prefix: str = "regulars_",
        passing: Callable[[], tuple[type[Exception], ...]] = tuple,
    ) -> None:
        self._open_catalog, self._duckdb = catalog, duckdb
        self._prefix = prefix
        self._passing = passing
        self._catalog: Catalog | None = None
        self._keys = KnownKeys(duckdb)
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
                try:
                    known = self._keys.of(account_id, table, stored)
                except FileNotFoundError:  # this view of the table is older than a vacuum
                    continue
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
                except (CommitFailedException, FileNotFoundError):
                    continue
                except self._passing() as error:
                    self._tables.pop((account_id, table.name), None)
                    raise Unavailable(f"the lake cannot be written now: {error}", retry_after_s=5) from error
                known.add(keys[new])
                known.snapshot_id = snapshot_id(stored)
                return Appended(new, known.snapshot_id)
        raise Unavailable(f"table {table.name} is being changed by too many others", retry_after_s=2)

    def files(self, account_id: str, table: LakeTable, months: tuple[int, int] | None = None) -> list[str]:
        first, last = months or (0, 1 << 31)
        planned = self._planned(account_id, table)
        return [file.path.removeprefix("file://") for file in planned if first <= file.month <= last]

    def months(self, account_id: str, table: LakeTable) -> list[int]:
        return sorted({file.month for file in self._planned(account_id, table)})

    def _planned(self, account_id: str, table: LakeTable) -> Sequence[DataFile]:
        return self._plans.newest(lambda: self._existing(account_id, table))

    def compact(self, account_id: str, table: LakeTable, *, everything: bool = False) -> Compacted:
        from cdp.lake.compaction import compact

        stored = self._existing(account_id, table)
        if stored is None:
            return Compacted(table.name, 0, 0, 0, 0)
        with self._reading():
            return compact(stored, table, self._duckdb, everything=everything)

    def replace(
        self, account_id: str, table: LakeTable, profile_nos: Collection[int], change: Callable[[pa.Table], pa.Table]
    ) -> Replaced:
        from cdp.lake import replacement

        numbers = np.unique(np.fromiter(profile_nos, dtype=np.int32, count=len(profile_nos)))
        for _ in range(_ATTEMPTS):
            stored = self._existing(account_id, table)
            if stored is None:
                break
            with self._reading():
                draft = replacement.prepare(stored, table, numbers, self._duckdb)
            if draft is None:
                break
            try:
                rows = _checked(table, change(draft.taken))
                put = self._swap(account_id, table, draft, rows)
            except BaseException:
                draft.discard(stored)
                raise
            if put is not None:
                return Replaced(table.name, len(draft.removed), draft.taken.num_rows, put)
            draft.discard(stored)
        else:
            raise Unavailable(f"table {table.name} is being changed by too many others", retry_after_s=5)
        return Replaced(table.name, 0, 0, 0)

    def _swap(self, account_id: str, table: LakeTable, draft: Draft, rows: pa.Table) -> int | None:
        """Commit the replacement with those of its rows whose key is free; how many, None if it came too late."""
        keys: Keys = rows[table.key].to_numpy()
        free = pc.is_in(rows[table.key], draft.taken[table.key]).to_numpy()  # they leave room for themselves
        with self._lock, self._reading():
            for _ in range(_ATTEMPTS):
                try:
                    stored = self._table(account_id, table, fresh=True)
                    if not draft.stands(stored):
                        return None
                    new = free | ~self._keys.of(account_id, table, stored).contains(keys) if len(keys) else free
                    if not table.many_per_key:
                        new &= _first_of_each(keys)
                    draft.commit(stored, rows.filter(pa.array(new)), self._duckdb)
                except (CommitFailedException, FileNotFoundError):
                    continue
                except ValidationException:
                    return None
                return int(new.sum())
        raise Unavailable(f"table {table.name} is being changed by too many others", retry_after_s=5)

    def read(
        self, account_id: str, table: LakeTable, profile_nos: Collection[int], columns: Sequence[str]
    ) -> pa.Table:
        from cdp.lake import replacement

        numbers = np.unique(np.fromiter(profile_nos, dtype=np.int32, count=len(profile_nos)))
        stored = self._existing(account_id, table)
        with self._reading():
            files = [] if stored is None else replacement.data_files(stored)
            return replacement.read(self._duckdb, table, files, numbers, columns)

    def vacuum(self, account_id: str) -> int:
        from cdp.lake.vacuum import vacuum

        removed = 0
        for table in TABLES:
            stored = self._existing(account_id, table)
            if stored is not None:
                with self._reading():
                    removed += vacuum(stored)
        return removed

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
                    self._keys.forget(account_id, table)
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
            return _loaded(self.catalog, self._name(account_id, table))
        except (NoSuchTableError, NoSuchNamespaceError):
            return None
        except self._passing() as error:
            raise Unavailable(f"the lake cannot be read now: {error}", retry_after_s=2) from error

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """What passes while files are read and written: the storage out of reach, a file that a vacuum removed."""
        from duckdb import IOException

        passing: tuple[type[Exception], ...] = (IOException, *self._passing())
        try:
            yield
        except passing as error:
            raise Unavailable(f"the lake cannot be used now: {error}", retry_after_s=2) from error

    def _table(self, account_id: str, table: LakeTable, *, fresh: bool) -> Table:
        """The table as this process last saw it, made if it does not exist; `fresh` reads it anew."""
        at = (account_id, table.name)
        if fresh or at not in self._tables:
            stored = self._existing(account_id, table) or self._create(account_id, table)
            bring_up_to_date(stored, table)
            self._tables[at] = stored
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
        except self._passing() as error:
            raise Unavailable(f"the lake cannot be written now: {error}", retry_after_s=2) from error

    def _commit(self, stored: Table, rows: pa.Table) -> None:
        """One transaction: the rows, and the expiry of the oldest snapshots (their number slows every commit)."""
        stored.append(rows)
        with suppress(*self._passing()):  # the rows are in: what could not be expired now is so next time
            expire_snapshots(stored)

    def _is_stale(self, account_id: str, table: LakeTable, stored: Table) -> bool:
        """Has somebody else committed since this process looked? (asked only when nothing seems new)"""
        latest = self._existing(account_id, table)
        return latest is not None and snapshot_id(latest) != snapshot_id(stored)


def _loaded(catalog: Catalog, name: str) -> Table:
    """The table as it is now; a vacuum may remove its description between the catalog's answer and our look."""
    try:
        return catalog.load_table(name)
    except FileNotFoundError:
        return catalog.load_table(name)


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
