"""Vacuum: whatever the newest snapshot does not need is deleted now, not when its grace is over.

Which unreferenced file is a leftover, and which belongs to a commit that is under way? A commit of our own, an
empty one, tells: files that were there before it and that nobody refers to after it can never be committed,
because every commit is a compare-and-swap on the snapshot that it began with. Writers that keep their files over
such a conflict (compaction, replacement) look at the mark that the commit leaves and begin anew.

It also drops the list of deleted files that a replacement leaves: it holds the bounds of their columns.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from pyiceberg.exceptions import CommitFailedException

from cdp.errors import Unavailable
from cdp.lake.snapshots import NEW_KEYS, VACUUMED, delete, listed, referenced, snapshot_id

if TYPE_CHECKING:
    from pyiceberg.table import Table

_ATTEMPTS = 50


def vacuum(stored: Table) -> int:
    """How many files were deleted. Readers that planned with an older snapshot have to plan anew."""
    if stored.current_snapshot() is None:
        return 0
    there = [path for path, _ in listed(stored)]
    _bar(stored)
    _expire(stored)
    # The last descriptions of the table hold nothing of its rows, and somebody may be about to read one.
    described = [stored.metadata_location, *(entry.metadata_file for entry in stored.metadata.metadata_log)]
    needed = {*referenced(stored), *described}
    gone = [path for path in there if path not in needed]
    for path in gone:
        delete(stored, path)
    return len(gone)


def _bar(stored: Table) -> None:
    """Commit nothing: what was begun before can no longer be committed."""
    for _ in range(_ATTEMPTS):
        try:
            with stored.transaction() as transaction:
                transaction.set_properties({VACUUMED: uuid.uuid4().hex})
                transaction.update_snapshot({NEW_KEYS: "[]"}).fast_append().commit()
        except (CommitFailedException, FileNotFoundError):
            stored.refresh()
        else:
            return
    raise Unavailable(f"table {'.'.join(stored.name())} is being changed by too many others", retry_after_s=5)


def _expire(stored: Table) -> None:
    for _ in range(_ATTEMPTS):
        newest = snapshot_id(stored)
        old = [s.snapshot_id for s in stored.metadata.snapshots if s.snapshot_id != newest]
        if not old:
            return
        try:
            stored.maintenance.expire_snapshots().by_ids(old).commit()
        except (CommitFailedException, FileNotFoundError):
            stored.refresh()
    raise Unavailable(f"table {'.'.join(stored.name())} is being changed by too many others", retry_after_s=5)
