"""Tables that are older than the newest columns: they get them before anything is written to them.

A column that a file does not have is null in all its rows, for every reader that goes by field ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyiceberg.exceptions import CommitFailedException

from cdp.errors import Unavailable
from cdp.lake.schema import iceberg_schema
from cdp.lake.tables import LakeTable

if TYPE_CHECKING:
    from pyiceberg.table import Table

_ATTEMPTS = 5


def bring_up_to_date(stored: Table, table: LakeTable) -> None:
    """Add the columns that `stored` lacks, each under its own field id; somebody else may do the same meanwhile."""
    wanted = iceberg_schema(table)
    for _ in range(_ATTEMPTS):
        if {field.field_id for field in wanted.fields} <= set(stored.schema().field_ids):
            return
        try:
            with stored.update_schema() as update:
                update.union_by_name(wanted)
        except CommitFailedException:
            stored.refresh()
            continue
        added = [(field.field_id, field.name) for field in stored.schema().fields]
        if added != [(field.field_id, field.name) for field in wanted.fields]:
            raise RuntimeError(f"the columns of {table.name} got other field ids than those of cdp/lake/tables.py")
    raise Unavailable(f"table {table.name} is being changed by too many others", retry_after_s=2)
