"""The single-metric deep dive equals its oracle over small random logs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.filters.events import MetricFilter
from cdp.filters.existence import ExistenceFilter
from cdp.query.counted import Counted, Group
from functions.reports.kinds import single_metric
from functions.reports.report import Scope
from tests.unit.reports import oracles
from tests.unit.reports.histories import METRICS, Lab, conditions, event_groups, histories, profile_groups
from tests.unit.reports.oracle_properties import Change, counts, label, value_of
from tests.unit.reports.oracles import Happened, utc
from tests.unit.reports.strategies import ZONES, day, logs, moments

WITH_P = (MetricFilter("p", ExistenceFilter(type="existence", operator="is-set")),)
CUSTOM = Counted("X", "Both", (Group(METRICS[0], WITH_P), Group(METRICS[2])), custom=True)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        yield lab
        lab.engine.close()


@settings(max_examples=20, deadline=None)
@given(
    log=logs(metrics=(1, 1, 2, 3), size=30, profiles=4), changes=histories, zone=st.sampled_from(ZONES),
    monday=st.booleans(), interval=st.sampled_from(["daily", "weekly", "monthly", "yearly"]),
    span=st.tuples(moments, st.integers(0, 300)), by=st.none() | event_groups | profile_groups, filters=conditions,
    as_of=moments, metric=st.sampled_from(["O", "X"]),
)  # fmt: skip
def test_every_cell_equals_the_oracles(
    lab: Lab, log: list[Happened], changes: list[Change], zone: str, monday: bool, interval: Any,
    span: tuple[datetime, int], by: tuple[str, str] | None, filters: list[Any], as_of: datetime, metric: str,
) -> None:  # fmt: skip
    first, last = span[0], span[0] + timedelta(days=span[1])
    definition = {
        "metric_ids": [metric], "timeframe": {"start": day(first), "end": day(last)}, "interval": interval,
        "measurements": ["total", "unique", "value_sum", "value_avg"], "filters": filters,
        "group_by": [] if by is None else [{"source": by[0], "property": by[1]}],
    }  # fmt: skip
    params = single_metric.REPORT.read(definition)
    scope = Scope(zone, "EUR", as_of, METRICS, week_starts_monday=monday, custom_metrics=(CUSTOM,))
    result = single_metric.table(params, scope, lab.rows(single_metric.REPORT, params, scope, log, changes))

    def is_counted(e: Happened) -> bool:
        if metric == "O":
            return e.metric == 1
        return e.metric == 3 or (e.metric == 1 and e.properties.get("p") is not None)

    included = [
        e for e in log
        if is_counted(e) and e.at <= as_of and first.date() <= oracles.local_day(e.at, zone) <= last.date()
        and counts(e, filters, changes)
        and (by is None or by[0] == "event" or value_of(e, *by, changes) is not None)
    ]  # fmt: skip
    expected = oracles.cells(
        included, zone, interval, monday=monday, name=(lambda e: label(value_of(e, *by, changes))) if by else None
    )
    seen: dict[Any, Any] = {}
    for start, *rest in result.rows:
        at = datetime.fromisoformat(str(start))
        assert at.utcoffset() == at.astimezone(ZoneInfo(zone)).utcoffset()
        group = rest.pop(0) if by else None
        if rest[0]:
            seen[group, at.date()] = tuple(rest)
        else:
            assert rest == [0, 0, 0.0, None]
    assert seen == {
        at: (total, unique, pytest.approx(cents / 100, abs=0.0001),
             None if not valued else pytest.approx(cents / 100 / valued, abs=0.0051))
        for at, (total, unique, cents, valued) in expected.items()
    }  # fmt: skip
    assert result.data_through == max((e.at for e in included), default=None)
    starts = [start for start, *_ in result.rows]
    assert by or starts == sorted(set(starts), key=lambda s: datetime.fromisoformat(str(s)))


def test_a_metric_that_counts_has_no_amounts(lab: Lab) -> None:
    counting = msgspec.structs.replace(CUSTOM, revenue=False)
    scope = Scope("UTC", "EUR", utc(2026, 6, 30, 12), METRICS, custom_metrics=(counting,))
    definition = {"metric_ids": ["X"], "timeframe": {"key": "today"}, "measurements": ["total", "value", "value_avg"]}
    params = single_metric.REPORT.read(definition)
    log = [Happened(1, 3, 1, utc(2026, 6, 30, 11), 500)]
    result = single_metric.table(params, scope, lab.rows(single_metric.REPORT, params, scope, log))
    assert [row[1:] for row in result.rows] == [[1, None, None]]
