"""Several metrics side by side equal the oracle, by profile properties and by attribution."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.attribution.settings import AttributionSettings, Windows
from cdp.errors import Rejected
from cdp.filters.events import MetricFilter
from cdp.filters.existence import ExistenceFilter
from cdp.lake.tables import EVENTS
from cdp.query.counted import Counted, Group, KnownMetric
from functions.reports.kinds import multi_metric
from functions.reports.report import Scope
from tests.unit.attribution import oracle as attribution
from tests.unit.attribution import world
from tests.unit.reports import oracles
from tests.unit.reports.histories import METRICS, Lab, conditions, histories, profile_groups
from tests.unit.reports.oracle_properties import Change, counts, label, value_of
from tests.unit.reports.oracles import Happened
from tests.unit.reports.read import read
from tests.unit.reports.strategies import ZONES, day, logs, moments

SET_P = (MetricFilter("p", ExistenceFilter(type="existence", operator="is-set")),)
CUSTOM = Counted("X", "Both", (Group(METRICS[0], SET_P), Group(METRICS[1])), custom=True)
MEASURES = ["total", "unique", "value_sum", "value_avg"]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        yield lab
        lab.engine.close()


@settings(max_examples=12, deadline=None)
@given(
    log=logs(metrics=(1, 1, 2, 3), size=30, profiles=4), changes=histories, zone=st.sampled_from(ZONES),
    interval=st.sampled_from(["daily", "weekly", "monthly", None]), span=st.tuples(moments, st.integers(0, 200)),
    by=st.none() | profile_groups, filters=conditions, as_of=moments,
    metrics=st.lists(st.sampled_from(["O", "V", "W", "X"]), min_size=1, max_size=4, unique=True),
)  # fmt: skip
def test_every_metric_equals_the_oracle(
    lab: Lab, log: list[Happened], changes: list[Change], zone: str, interval: str | None, span: tuple[datetime, int],
    by: tuple[str, str] | None, filters: list[Any], as_of: datetime, metrics: list[str],
) -> None:  # fmt: skip
    first, last = span[0], span[0] + timedelta(days=span[1])
    params = multi_metric.REPORT.read({
        "metric_ids": metrics, "timeframe": {"start": day(first), "end": day(last)}, "interval": interval,
        "measurements": MEASURES, "filters": filters,
        "group_by": [] if by is None else [{"source": "profile", "property": by[1]}],
    })  # fmt: skip
    scope = Scope(zone, "EUR", as_of, METRICS, custom_metrics=(CUSTOM,))
    result = multi_metric.table(params, scope, lab.rows(multi_metric.REPORT, params, scope, log, changes))
    period = [
        e for e in log
        if e.at <= as_of and first.date() <= oracles.local_day(e.at, zone) <= last.date() and counts(e, filters, changes)
        and (by is None or value_of(e, *by, changes) is not None)
    ]  # fmt: skip
    own = {
        "O": [e for e in period if e.metric == 1], "V": [e for e in period if e.metric == 2],
        "W": [e for e in period if e.metric == 3],
        "X": [e for e in period if e.metric == 2 or (e.metric == 1 and e.properties.get("p") is not None)],
    }  # fmt: skip
    wanted: dict[Any, list[Any]] = defaultdict(lambda: [0, 0, 0.0, None] * len(metrics))
    for n, metric in enumerate(metrics):
        cells: dict[Any, list[Happened]] = defaultdict(list)
        for e in own[metric]:
            start = None if interval is None else oracles.bucket(oracles.local_day(e.at, zone), interval, monday=False)
            cells[start, label(value_of(e, *by, changes)) if by else None].append(e)
        for at, some in cells.items():
            cents = [e.cents for e in some if e.cents is not None]
            wanted[at][n * 4 : n * 4 + 4] = [
                len(some), len({e.profile for e in some}), pytest.approx(sum(cents) / 100, abs=0.0001),
                pytest.approx(sum(cents) / 100 / len(cents), abs=0.0051) if cents else None,
            ]  # fmt: skip
    seen: dict[Any, list[Any]] = {}
    for line in result.rows:
        start = datetime.fromisoformat(str(line.pop(0))).date() if interval else None
        group = line.pop(0) if by else None
        if any(line[::4]):
            seen[start, group] = line
    assert seen == dict(wanted)
    assert result.data_through == max((e.at for m in metrics for e in own[m]), default=None)


TIMES = st.integers(0, 300).map(lambda h: world.START - timedelta(days=3) + h * world.HOUR)
MESSAGES = st.fixed_dictionaries({
    "metric_id": st.sampled_from([1, 1, 10, 10, 11, 12, 12, 20, 22]), "occurred_at": TIMES,
    "profile_no": st.sampled_from([1, 1, 2]), "message": st.sampled_from(["m1", "m1", "m2", "m3"]),
    "units": st.sampled_from([None, 10_000, 99_999, -70_001]),
})  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(drafts=st.lists(MESSAGES, max_size=24), model=st.sampled_from(["last_touch", "linear"]), dimension=st.sampled_from(["channel", "message"]))
def test_attributed_groups_equal_the_oracle(lab: Lab, drafts: list[Any], model: Any, dimension: str) -> None:
    """Two metrics that see other amounts in the same events are credited alike, each with its own amounts."""
    log = [{**one, "event_id": n} for n, one in enumerate(drafts, 1)]
    known = tuple(KnownMetric(str(no), no, name) for no, name in attribution.METRICS.items())
    chosen = AttributionSettings(model=model, windows=Windows(active_on_site=None))
    other = Counted("X", "Amounts apart", (Group(known[0], value="amount"),), custom=True)
    scope = Scope("UTC", "EUR", world.END, known, custom_metrics=(other,), attribution=chosen)
    params = multi_metric.REPORT.read({
        "metric_ids": ["1", "X"], "timeframe": {"start": day(world.START), "end": day(world.END - world.HOUR)},
        "interval": None, "measurements": ["total", "unique", "value_sum"],
        "group_by": [{"property": f"$attributed_{dimension}"}],
    })  # fmt: skip
    account = lab.store([])
    stored = [{**row, "properties": '{"amount": 7}'} for row in world.rows(log)]
    lab.lake.write(account, EVENTS, stored)
    rows = read(multi_metric.REPORT, lab.run(account, multi_metric.query(params, scope)))
    result = multi_metric.table(params, scope, rows)

    credited = attribution.expected(log, chosen, world.START, world.END)
    wanted: dict[str, list[Any]] = defaultdict(lambda: [0, set(), 0, 0])
    for e in log:
        if e["metric_id"] != 1 or not world.START <= e["occurred_at"] < world.END:
            continue
        shares: Any = credited.get(e["event_id"]) or [(None, 1_000_000, e["units"])]
        for n, (touch, weight, units) in enumerate(shares):
            cell = wanted[(getattr(touch, dimension) or "") if touch else ""]
            cell[0] += weight
            cell[1].add(e["profile_no"])
            cell[2] += units or 0
            cell[3] += 70_000 // len(shares) + (1 if n < 70_000 % len(shares) else 0)
    expected = {
        name: [total / 1e6, len(people), pytest.approx(units / 1e4, abs=0.0051), total / 1e6, len(people),
               pytest.approx(other / 1e4, abs=0.0051)]
        for name, (total, people, units, other) in wanted.items()
    }  # fmt: skip
    assert {line[0]: line[1:] for line in result.rows} == expected
    events = [e for e in log if e["metric_id"] == 1 and world.START <= e["occurred_at"] < world.END]
    assert sum(float(line[1] or 0) for line in result.rows) == pytest.approx(len(events))
    assert sum(row.units or 0 for row in rows if row.metric == 0) == sum(e["units"] or 0 for e in events)


def test_metrics_of_one_name_are_told_apart_and_none_comes_twice() -> None:
    scope = Scope("UTC", "EUR", world.END, METRICS)
    params = multi_metric.REPORT.read({"metric_ids": ["O", "W"], "interval": None})
    names = [column.name for column in multi_metric.table(params, scope, []).columns]
    assert names == ["Placed Order (O) total", "Placed Order (W) total"]
    for definition, field in (
        ({"metric_ids": ["O", "O"]}, "/metric_ids"),
        ({"metric_ids": ["O", "?"]}, "/metric_ids/1"),
        ({"metric_ids": ["O"], "group_by": [{"property": "plan"}]}, "/group_by/0/property"),
    ):
        with pytest.raises(Rejected) as caught:
            multi_metric.query(multi_metric.REPORT.read(definition), scope)
        assert caught.value.field == field
