"""Which event becomes which when its profile is merged into another (pure).

An event's number is a hash that holds its profile's number, so a moved event gets the number that it would have
had under the destination. If the destination has that event already, its own one stays (SPEC §2.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cdp.model.ids import event_no

Ids = npt.NDArray[np.int64]
OF_EVENTS = ("event_id", "metric_id", "profile_no", "unique_id", "occurred_at")
# Order lines come into the lake a moment before their event. Ones without an event wait for it, but not forever:
# a batch that died between the two begins anew, under the destination.
LINES_WAIT = timedelta(days=1)


@dataclass(frozen=True)
class Moves:
    """`old` (n,) ascending; `new` (n,) their numbers under the destination; `stay` (n,): False for events that the
    destination has already. `heirs`: number of the old profile -> of the destination."""

    heirs: Mapping[int, int]
    old: Ids
    new: Ids
    stay: npt.NDArray[np.bool_]

    def events(self, rows: pa.Table) -> pa.Table:
        """Events under their new numbers, without those that the destination has; unknown ones as they are."""
        known, at = self._known(rows)
        return self._moved(rows, known, at)

    def lines(self, rows: pa.Table, now: datetime) -> pa.Table:
        """Order lines under the new numbers of their events; those without an event wait `LINES_WAIT` for it."""
        known, at = self._known(rows)
        late = pc.greater(rows["received_at"], pa.scalar(now - LINES_WAIT)).to_numpy()
        kept = known | late
        return self._moved(rows.filter(pa.array(kept)), known[kept], at[kept])

    def records(self, rows: pa.Table) -> pa.Table:
        """Records of custom objects under their new owner."""
        return self._owned(rows, np.ones(rows.num_rows, dtype=bool))

    def _known(self, rows: pa.Table) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
        """Which rows belong to events of ours, and at what position of `old`."""
        ids: Ids = rows["event_id"].to_numpy()
        if not len(self.old):
            return np.zeros(len(ids), dtype=bool), np.zeros(len(ids), dtype=np.intp)
        at = np.minimum(np.searchsorted(self.old, ids), len(self.old) - 1)
        return self.old[at] == ids, at

    def _moved(self, rows: pa.Table, known: npt.NDArray[np.bool_], at: npt.NDArray[np.intp]) -> pa.Table:
        kept = ~known
        kept[known] = self.stay[at[known]]
        rows, known, at = rows.filter(pa.array(kept)), known[kept], at[kept]
        ids: Ids = rows["event_id"].to_numpy().copy()
        ids[known] = self.new[at[known]]
        return _with(self._owned(rows, known), "event_id", ids)

    def _owned(self, rows: pa.Table, moved: npt.NDArray[np.bool_]) -> pa.Table:
        numbers = rows["profile_no"].to_numpy().copy()
        numbers[moved] = [self.heirs[no] for no in numbers[moved].tolist()]
        return _with(rows, "profile_no", numbers)


def plan(account_id: str, heirs: Mapping[int, int], events: pa.Table) -> Moves:
    """`events`: the columns `OF_EVENTS` of all events of the old profiles and of their destinations."""
    events = events.sort_by("event_id")
    ids: Ids = events["event_id"].to_numpy()
    old = np.isin(events["profile_no"].to_numpy(), np.fromiter(heirs, np.int32, len(heirs)))
    moving = events.filter(pa.array(old))
    new = np.fromiter(
        (
            event_no(account_id, metric, heirs[no], unique or _second(at_us))
            for metric, no, unique, at_us in zip(
                moving["metric_id"].to_pylist(),
                moving["profile_no"].to_pylist(),
                moving["unique_id"].to_pylist(),
                moving["occurred_at"].cast(pa.int64()).to_pylist(),
                strict=True,
            )
        ),
        np.int64,
        moving.num_rows,
    )
    stay = ~np.isin(new, ids[~old])
    first = np.zeros(len(new), dtype=bool)
    first[np.unique(new, return_index=True)[1]] = True
    return Moves(heirs, ids[old], new, stay & first)


def _second(at_us: int) -> str:
    """What stands for the id of an event without one: its second, as `record` reckons it."""
    return str(int(at_us / 1_000_000))


def _with(rows: pa.Table, column: str, values: npt.NDArray[np.int64] | npt.NDArray[np.int32]) -> pa.Table:
    at = rows.schema.get_field_index(column)
    return rows.set_column(at, rows.schema.field(at), pa.array(values, rows.schema.field(at).type))
