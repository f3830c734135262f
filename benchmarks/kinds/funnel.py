"""Ordered funnels over a year, of 4 and of 12 steps, with a window of a week and without one.

ClickHouse has a function for them, `windowFunnel`. For the answers to be equal every step has a metric of its own
(windowFunnel lets one event serve two steps otherwise), the time frame ends with the last event (it knows no later
steps), and its times are microseconds (it counts whole seconds of a DateTime). Without a window it is given one that
is longer than everything. Ours also finds the median times between steps, which it does not.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks.cases import SCOPE, Case, Chdb, instant, rows_of
from cdp.lake.tables import EVENTS
from cdp.ports import Engine
from functions.reports.kinds import funnel
from functions.reports.kinds.funnel_definition import Definition, Step
from functions.reports.periods import Timeframe, period

WEEK_S = 7 * 24 * 3600
AGES_US = 10**15
SHORT = ("viewed_product", "added_to_cart", "started_checkout", "placed_order")
LONG = (
    "received_email", "opened_email", "clicked_email", "active_on_site", *SHORT,
    "ordered_product", "refunded_order", "viewed_form", "submitted_form",
)  # fmt: skip
YEAR = Timeframe(start="2025-07-01", end="2026-07-01")  # cut off at the end of all events
LEVELS = """
SELECT level, count() FROM (
  SELECT profile_no, windowFunnel({window})(toUInt64(toUnixTimestamp64Micro(occurred_at)), {steps}) AS level
  FROM {table}
  WHERE metric_id IN ({metrics}) AND occurred_at >= {start} AND occurred_at < {end}
  GROUP BY profile_no
)
GROUP BY level ORDER BY level
"""


def params(steps: tuple[str, ...], window_s: int | None) -> funnel.Params:
    return funnel.Params(definition=Definition([Step(id_) for id_ in steps], window_seconds=window_s), timeframe=YEAR)


def ours(engine: Engine, steps: tuple[str, ...], window_s: int | None) -> list[int]:
    return [row.profiles for row in rows_of(engine, funnel.REPORT, params(steps, window_s))]


def theirs(chdb: Chdb, steps: tuple[str, ...], window_s: int | None) -> list[int]:
    start, end = period(YEAR, SCOPE, "/timeframe")
    numbers = [str(SCOPE.metric(id_, "/steps").no) for id_ in steps]
    levels: list[Any] = chdb.rows(
        LEVELS,
        table=chdb.table(EVENTS, start, end), window=str(AGES_US if window_s is None else window_s * 1_000_000),
        steps=", ".join(f"metric_id = {no}" for no in numbers), metrics=", ".join(numbers),
        start=instant(start), end=instant(end),
    )  # fmt: skip
    return [sum(profiles for level, profiles in levels if level >= k) for k in range(1, len(steps) + 1)]


CASES = tuple(
    Case(
        f"funnel, {len(steps)} steps{', a week' if window_s else ''}",
        partial(ours, steps=steps, window_s=window_s),
        partial(theirs, steps=steps, window_s=window_s),
    )
    for steps in (SHORT, LONG)
    for window_s in (None, WEEK_S)
)
