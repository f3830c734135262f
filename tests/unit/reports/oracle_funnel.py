"""The funnel of SPEC §8.2 in plain loops: every anchor, one event at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from tests.unit.reports.oracles import Happened

Step = Callable[[Happened], bool]


@dataclass
class Counts:
    """For each step: profiles, and the median of the milliseconds since the step before."""

    profiles: list[int]
    waits: list[float | None]


def funnel(
    log: Sequence[Happened], steps: Sequence[Step], start: datetime, end: datetime, now: datetime,
    window: timedelta | None, members: set[int] | None = None,
) -> Counts:  # fmt: skip
    """`now`: events up to and with that moment are seen; [start, end) is where anchors lie."""
    counts = [0] * len(steps)
    waits: list[list[int]] = [[] for _ in steps]
    for profile in {e.profile for e in log}:
        if members is not None and profile not in members:
            continue
        mine = sorted((e for e in log if e.profile == profile and e.at <= now), key=lambda e: (e.at, e.number))
        ways = [_way(mine, anchor, steps, window) for anchor in mine if steps[0](anchor) and start <= anchor.at < end]
        for k in range(len(steps)):
            reaching = [way for way in ways if len(way) > k]
            if reaching:
                counts[k] += 1
                if k:
                    waits[k].append((reaching[0][k].at - reaching[0][k - 1].at) // timedelta(milliseconds=1))
    return Counts(counts, [median(some) if some else None for some in waits])


def _way(mine: list[Happened], anchor: Happened, steps: Sequence[Step], window: timedelta | None) -> list[Happened]:
    """The events that the anchor's way takes."""
    way = [anchor]
    for step in steps[1:]:
        for e in mine:
            if e.at >= way[-1].at and step(e) and e not in way:
                break
        else:
            return way
        if window is not None and e.at > anchor.at + window:
            return way
        way.append(e)
    return way
