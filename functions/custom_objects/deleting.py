"""Deleting records: what was said of them before the deletion is gone, what a source said later stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from cdp.documents import object_types, records
from cdp.documents.object_types import ObjectType
from cdp.documents.records import Record, Write
from cdp.ports import Table
from functions.custom_objects.ingesting import CONTENDED

_PAGE, _ATTEMPTS = 200, 8
_AT_LAST = "9999"  # no source speaks later


def delete(
    table: Table, account_id: str, names: Sequence[tuple[str, str]], stamp: str, now: datetime
) -> set[int]:
    """Delete records by (type id, record id); whose they were. `stamp` is that of the job."""
    wanted = list(dict.fromkeys(names))
    types = {one.id: one for one in object_types.every(table, account_id)}
    for _ in range(_ATTEMPTS):
        stored = records.get(table, account_id, wanted)
        writes = []
        for name, before in zip(wanted, stored, strict=True):
            record = before.record if before else Record(*name, now)
            if record.stamps.get("", "") < stamp:
                writes.append(Write(before, _after(record, types.get(name[0]), stamp, now)))
        if all(records.save(table, account_id, writes)):
            return {one.record.no for one in stored if one} - {0}
    raise CONTENDED


def drop(table: Table, account_id: str, type_id: str, now: datetime) -> set[int]:
    """Delete all records of a type that is deleted; whose they were."""
    touched: set[int] = set()
    while page := records.page(table, account_id, type_id, limit=_PAGE):
        names = [(type_id, record.id) for record, _ in page]
        touched |= delete(table, account_id, names, f"{_AT_LAST}#{type_id}", now)
    return touched


def _after(record: Record, type_: ObjectType | None, stamp: str, now: datetime) -> Record:
    """The record without what was said up to `stamp`."""
    later = {source: at for source, at in record.stamps.items() if source and at > stamp}
    if type_ is None or not later:
        return records.tombstone(record, stamp, now)
    kept = {
        str(field.property_id) for field in type_.fields if field.source_id in later
    } | type_.constants.keys()
    owned = type_.relationship is not None and type_.relationship.source_id in later
    return replace(
        record,
        properties={name: value for name, value in record.properties.items() if name in kept},
        stamps={**later, "": stamp},
        no=record.no if owned else 0,
        waits_for=record.waits_for if owned else (),
        changed_at=now,
    )
