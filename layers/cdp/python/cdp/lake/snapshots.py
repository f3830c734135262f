"""What a table's snapshots tell: which keys they brought, and which of them are still needed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.manifest import ManifestEntryStatus

if TYPE_CHECKING:
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

COMPACTION = "regulars.compaction"  # snapshot property: the rows are the same, only their files changed
NEW_KEYS = "regulars.new-keys"  # snapshot property: JSON array of those added files whose keys may be new
VACUUMED = "regulars.vacuumed"  # table property: another value since then means that unreferenced files went


def snapshot_id(stored: Table) -> int | None:
    snapshot = stored.current_snapshot()
    return None if snapshot is None else snapshot.snapshot_id


def appends_since(stored: Table, known: int | None) -> list[Snapshot] | None:
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


def files_with_new_keys(stored: Table, snapshot: Snapshot) -> list[str]:
    """Data files that this snapshot added and whose keys the table may not have had before.

    They may be gone by now through compaction, replacement or a vacuum.
    """
    named = None if snapshot.summary is None else snapshot.summary.additional_properties.get(NEW_KEYS)
    if named is not None:
        paths: list[str] = json.loads(named)
        return paths
    return [
        entry.data_file.file_path
        for manifest in snapshot.manifests(stored.io)
        if manifest.added_snapshot_id == snapshot.snapshot_id
        for entry in manifest.fetch_manifest_entry(stored.io)
        if entry.status == ManifestEntryStatus.ADDED and entry.snapshot_id == snapshot.snapshot_id
    ]


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


def delete(stored: Table, path: str) -> None:
    """Delete a file; whoever was faster has done the same."""
    with suppress(FileNotFoundError):
        stored.io.delete(path)


def remove_orphans(stored: Table, *, grace_s: int) -> int:
    """Delete files under the table's location that no snapshot refers to and that are older than the grace."""
    needed = set(referenced(stored))
    removed = 0
    for path, modified_s in listed(stored):
        if path not in needed and modified_s < time.time() - grace_s and not path.endswith(".metadata.json"):
            delete(stored, path)
            removed += 1
    return removed


def referenced(stored: Table) -> Iterator[str]:
    """Locations of everything that the table's snapshots refer to."""
    for snapshot in stored.metadata.snapshots:
        yield snapshot.manifest_list
        for manifest in snapshot.manifests(stored.io):
            yield manifest.manifest_path
            for entry in manifest.fetch_manifest_entry(stored.io):
                yield entry.data_file.file_path


def listed(stored: Table) -> Iterator[tuple[str, float]]:
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
