"""The lake and what runs queries over it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from cdp.lake.tables import LakeTable
    from cdp.query.sql import Query


@dataclass(frozen=True, slots=True)
class Appended:
    """Which of the given rows were new: a boolean array (n_rows,); the others were there already."""

    new: np.ndarray
    snapshot_id: int | None


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did to one table."""

    table: str
    months: int
    files_before: int
    files_after: int
    rows: int


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a replacement did to one table: files written anew, rows taken out, rows put in."""

    table: str
    files: int
    taken: int
    put: int


class Lake(Protocol):
    """Iceberg tables, one namespace per account."""

    def append(self, account_id: str, table: LakeTable, rows: pa.Table) -> Appended:
        """Add the rows whose key (`table.key`) is not in the table yet, in one atomic commit.

        A key that comes several times within `rows` is kept once, unless `table.many_per_key` (then all
        rows of a new key are kept). Calling it again with the same rows adds nothing.
        """

    def files(self, account_id: str, table: LakeTable, months: tuple[int, int] | None = None) -> list[str]:
        """Locations of the data files of the newest snapshot; only months in [first, last] when given."""

    def months(self, account_id: str, table: LakeTable) -> list[int]:
        """Months that hold rows, ascending."""

    def compact(self, account_id: str, table: LakeTable, *, everything: bool = False) -> Compacted:
        """Rewrite small files into the sorted layout, expire old snapshots, remove orphans."""

    def replace(
        self,
        account_id: str,
        table: LakeTable,
        profile_nos: Collection[int],
        change: Callable[[pa.Table], pa.Table],
    ) -> Replaced:
        """Take out all rows of these profiles and put in what `change` makes of them, in one atomic commit.

        `change` may be called several times. Of its rows, those whose key another row of the table has are left
        out. All rows of the profiles are in memory at once: give it no more than some thousands of profiles.
        """

    def read(
        self, account_id: str, table: LakeTable, profile_nos: Collection[int], columns: Sequence[str]
    ) -> pa.Table:
        """These columns of all rows of these profiles, in any order, from every data file of the newest snapshot."""

    def vacuum(self, account_id: str) -> int:
        """Forget all snapshots but the newest, and delete every file that it does not need; how many.

        What nobody can read through the tables cannot be read from the storage any more then, but for files of
        commits that began during the call. Readers that hold a list of files must ask for it again.
        """

    def accounts(self) -> list[str]:
        """Accounts that have a namespace."""

    def drop(self, account_id: str) -> None:
        """Remove the account's tables and files."""


class Engine(Protocol):
    """Runs a compiled report over one account's tables."""

    dialect: str  # "duckdb" or "athena"

    def run(
        self,
        account_id: str,
        query: Query,
        *,
        limit_s: float | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> pa.Table:
        """The query's rows; `TooSlow` after `limit_s`. `progress` is told the finished part (0 to 1) now and then,
        from another thread, if the engine knows it."""
