"""Events of one metric with conditions on their properties: what metric and funnel conditions read."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from cdp.filters.clock import Clock
from cdp.filters.events import MetricFilter, sieve, through
from cdp.filters.placeholders import Placeholders
from cdp.filters.windows import Span, Window, instant_sql
from cdp.lake.tables import month_of
from cdp.query.sql import Months, Query

Id = Annotated[str, Meta(min_length=1, max_length=64)]
_NOWHERE = -1  # the number of no metric
_LAST_YEAR = 2999
_KEEP = ("profile_no", "occurred_at", "value")


def events(
    metric_no: int | None, window: Window, filters: tuple[MetricFilter, ...], clock: Clock
) -> Query:
    """Columns `profile_no`, `occurred_at` and `value` of the metric's events that fall into the window and pass."""
    values = Placeholders()
    metric = values.add(_NOWHERE if metric_no is None else metric_no)
    wanted = sieve(filters, "j", values, clock)
    columns = ", ".join([*_KEEP, *(f"{text} AS {name}" for name, text in wanted.columns.items())])
    text = f"SELECT {columns} FROM events WHERE metric_id = {metric}"
    if window != Span():
        text += f" AND ({instant_sql(window, 'occurred_at', clock.zone, values)})"
    if wanted.condition:
        text = through(text, _KEEP, [wanted])
        text = f"SELECT {', '.join(_KEEP)} FROM ({text}) AS found WHERE {wanted.condition}"
    return values.select(text, months=_months(window))


def _months(window: Window) -> Months | None:
    if not isinstance(window, Span) or (window.start is None and window.end is None):
        return None
    first = 0 if window.start is None else month_of(window.start)
    return first, _LAST_YEAR * 12 if window.end is None else month_of(window.end)
