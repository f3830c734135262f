"""Which data files a table has, remembered per snapshot: planning a scan anew reads every manifest, and readers
ask far more often than tables change."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from pyiceberg.manifest import ManifestEntryStatus
from pyiceberg.table.snapshots import Operation, Snapshot

from cdp.errors import Unavailable

if TYPE_CHECKING:
    from pyiceberg.table import Table

_KEPT = 64
_ATTEMPTS = 8


class DataFile(NamedTuple):
    path: str
    month: int


class _Plan(NamedTuple):
    snapshot_id: int
    files: tuple[DataFile, ...]


class Plans:
    """Keeps the newest plan of the tables read last. A plan grows by what snapshots appended since; after any
    other change it is made anew."""

    def __init__(self) -> None:
        self._plans: OrderedDict[str, _Plan] = OrderedDict()
        self._lock = threading.Lock()

    def newest(self, look: Callable[[], Table | None]) -> tuple[DataFile, ...]:
        """The data files of the table that `look` finds now; a view of it may be older than a vacuum."""
        for _ in range(_ATTEMPTS):
            stored = look()
            if stored is None:
                return ()
            with suppress(FileNotFoundError):
                return self.files(stored)
        raise Unavailable("the table is being changed by too many others", retry_after_s=2)

    def files(self, stored: Table) -> tuple[DataFile, ...]:
        """The data files of the table's newest snapshot."""
        snapshot = stored.current_snapshot()
        if snapshot is None:
            return ()
        name = ".".join(stored.name()) + "@" + str(stored.metadata.table_uuid)
        with self._lock:
            known = self._plans.get(name)
        if known is None or known.snapshot_id != snapshot.snapshot_id:
            known = _Plan(snapshot.snapshot_id, _grown(stored, known) or _all(stored))
        with self._lock:
            self._plans[name] = known
            self._plans.move_to_end(name)
            while len(self._plans) > _KEPT:
                self._plans.popitem(last=False)
        return known.files


def _all(stored: Table) -> tuple[DataFile, ...]:
    return tuple(
        DataFile(task.file.file_path, int(task.file.partition[0])) for task in stored.scan().plan_files()
    )


def _grown(stored: Table, known: _Plan | None) -> tuple[DataFile, ...] | None:
    """The known plan with the files appended since; None if more than appends has happened."""
    if known is None:
        return None
    added: list[DataFile] = []
    snapshot = stored.current_snapshot()
    while snapshot is not None and snapshot.snapshot_id != known.snapshot_id:
        if snapshot.summary is None or snapshot.summary.operation != Operation.APPEND:
            return None
        added += _added(stored, snapshot)
        parent = snapshot.parent_snapshot_id
        snapshot = None if parent is None else stored.metadata.snapshot_by_id(parent)
    return None if snapshot is None else (*known.files, *added)


def _added(stored: Table, snapshot: Snapshot) -> list[DataFile]:
    return [
        DataFile(entry.data_file.file_path, int(entry.data_file.partition[0]))
        for manifest in snapshot.manifests(stored.io)
        if manifest.added_snapshot_id == snapshot.snapshot_id
        for entry in manifest.fetch_manifest_entry(stored.io)
        if entry.status == ManifestEntryStatus.ADDED and entry.snapshot_id == snapshot.snapshot_id
    ]
