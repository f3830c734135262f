"""Local days of instants, many at a time: which interval each of them begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cdp.query.sql import months_between
from cdp.query.zones import Offsets, offsets
from functions.reports.periods import Interval

Numbers = npt.NDArray[np.int64]
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Coding:
    """The different values of a column, in order, and what finds the place of each of some rows' among them."""

    values: Any
    places: Callable[[Any], Numbers]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Local days of a zone within some months, by interval."""

    interval: Interval
    zone: Offsets
    monday: bool

    @classmethod
    def of(
        cls, interval: Interval, timezone: str, start: datetime, end: datetime, *, monday: bool
    ) -> Calendar | None:
        """None if there is no such zone."""
        zone = offsets(timezone, *months_between(start, end))
        return None if zone is None else cls(interval, zone, monday)

    def coding(self, low: int, high: int, count: int) -> Coding:
        """The first local day of the interval that each of `count` instants in [low, high] lies in, microseconds since
        1970. No day begins within `unit`: where instants are many, each takes one look-up."""
        unit = gcd(_DAY_US, *self.zone.changes, *(seconds * 1_000_000 for seconds in self.zone.seconds))
        before, after = (self._local(np.array([low, high])) // _DAY_US + (-1, 2)).tolist()
        starts, places = np.unique(self._starts(np.arange(before, after)), return_inverse=True)
        first, last = low // unit, high // unit

        def of_day(at: Numbers) -> Numbers:
            found: Numbers = places[self._local(at) // _DAY_US - before]
            return found

        values = pa.array(starts.astype("M8[D]"))
        if last - first > count:
            return Coding(values, of_day)
        known = of_day(np.arange(first, last + 1) * unit)
        return Coding(values, lambda at: known[at // unit - first])

    def _local(self, at: Numbers) -> Numbers:
        seconds = self.zone.seconds
        local = at + seconds[0] * 1_000_000
        for change, before, after in zip(self.zone.changes, seconds, seconds[1:], strict=False):
            local += (at >= change) * np.int64((after - before) * 1_000_000)
        return local

    def _starts(self, days: Numbers) -> Numbers:
        """First days of the intervals of some days, all numbered from 1970-01-01, a Thursday."""
        if self.interval == "daily":
            return days
        if self.interval == "weekly":
            return days - (days + (3 if self.monday else 4)) % 7
        unit = "M8[M]" if self.interval == "monthly" else "M8[Y]"
        return days.astype("M8[D]").astype(unit).astype("M8[D]").astype(np.int64)
