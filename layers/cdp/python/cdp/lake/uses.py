"""How much metrics are used."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol, TypeVar

from cdp.ports import Engine
from cdp.query.sql import select

_USES = "SELECT metric_id, count(*) AS n FROM events WHERE metric_id IN (:metrics) GROUP BY 1"


class Numbered(Protocol):
    @property
    def no(self) -> int: ...


M = TypeVar("M", bound=Numbered)


def uses(engine: Engine, account_id: str, numbers: Collection[int]) -> dict[int, int]:
    """Metric number -> how many events it has; those without any are left out."""
    rows = engine.run(account_id, select(_USES, metrics=sorted(numbers))).to_pylist()
    return {row["metric_id"]: row["n"] for row in rows}


def busiest(engine: Engine, account_id: str) -> Callable[[Sequence[M]], M]:
    """Picks the most used of several metrics; of equally used ones the first."""

    def pick(among: Sequence[M]) -> M:
        found = uses(engine, account_id, [metric.no for metric in among])
        return max(among, key=lambda metric: found.get(metric.no, 0))

    return pick
