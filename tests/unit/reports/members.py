"""Segments and their members in a room's table and lake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from cdp.documents import segments
from cdp.documents.segments import Segment
from cdp.lake.tables import SEGMENT_LOG
from tests.unit.reports.oracle_membership import Entry, row
from tests.unit.reports.room import NOW, Room


def segment(room: Room, id_: str, name: str, *, starred: bool = False, active: bool = True) -> Segment:
    """A segment of the account, with nobody in it."""
    made = Segment(id_, name, NOW, NOW, msgspec.Raw(b"{}"), is_starred=starred, is_active=active)
    assert segments.save(room.table, room.account.id, made, 0)
    return made


def log(room: Room, entries: Sequence[tuple[str, int, datetime, str]]) -> None:
    """Who joined and left which segment when."""
    listed = [Entry(n, group, no, at, action, at) for n, (group, no, at, action) in enumerate(entries)]
    room.lake.write(room.account.id, SEGMENT_LOG, [row(entry) for entry in listed])
