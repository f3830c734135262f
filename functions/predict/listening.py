"""Of which events the room is told: those of the metrics that make up orders (documents.listeners)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cdp.documents import clv, listeners
from cdp.ports import Table

CONSUMER = "predict"


def keep(table: Table, account_id: str, metric_ids: Sequence[str]) -> None:
    """Listen to just these from now on. First to the new ones: none may be missed in between."""
    wanted = tuple(metric_ids)
    held = clv.STATE.get(table, account_id).listening
    if held == wanted:
        return
    for metric_id in set(wanted) - set(held):
        listeners.add(table, account_id, metric_id, CONSUMER)
    clv.STATE.change(table, account_id, lambda state: msgspec.structs.replace(state, listening=wanted))
    for metric_id in set(held) - set(wanted):
        listeners.remove(table, account_id, metric_id, CONSUMER)
