"""Every report kind against its oracle, through the real engine, over small random event logs."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.lake.tables import EVENTS
from cdp.query.counted import KnownMetric
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import Query
from functions.reports import aggregate_results
from functions.reports.kinds import metric_aggregate, rfm
from functions.reports.kinds.rfm_results import answer
from functions.reports.report import Report, Scope
from tests.unit.query.files import FileLake
from tests.unit.reports import oracles
from tests.unit.reports.oracles import Happened, utc
from tests.unit.reports.read import read
from tests.unit.reports.strategies import BEGIN, ZONES, logs, moments, orders_and_corrections, row

EXAMPLES = settings(max_examples=12, deadline=None)
METRICS = (
    KnownMetric("O", 1, "Placed Order"),
    KnownMetric("C", 2, "Cancelled Order"),
    KnownMetric("R", 3, "Refunded Order"),
)
RATES = {"USD": 2}


class Lab:
    """One engine for all examples; each log is an account of its own."""

    def __init__(self, root: Path) -> None:
        self.lake = FileLake(root)
        self.engine = DuckdbEngine(self.lake)
        self._accounts = itertools.count()

    def query(self, query: Query, log: list[Happened]) -> list[dict[str, Any]]:
        account = f"a{next(self._accounts)}"
        self.lake.write(account, EVENTS, [row(e) for e in log])
        rows: list[dict[str, Any]] = self.engine.run(account, query).to_pylist()
        return rows

    def rows(self, report: Report[Any, Any], params: Any, scope: Scope, log: list[Happened]) -> list[Any]:
        return read(report, self.query(report.query(params, scope), log))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        yield lab
        lab.engine.close()


limits = st.tuples(st.integers(0, 30), st.integers(1, 30)).map(lambda t: (t[0], t[0] + t[1]))
upward = limits.map(lambda t: {"values": {"average": t[0], "best": t[1]}})
percentiles = st.lists(st.integers(1, 100), min_size=2, max_size=2, unique=True).map(
    lambda p: {"percentiles": {"average": min(p), "best": max(p)}}
)
rfm_settings = st.fixed_dictionaries(
    {},
    optional={
        "recency": limits.map(lambda t: {"values": {"best": t[0] * 5, "average": t[1] * 5}}),
        "frequency": st.one_of(upward, percentiles),
        "monetary": st.one_of(upward, percentiles),
    },
)


@EXAMPLES
@given(
    log=st.one_of(logs(), orders_and_corrections()), cuts=st.lists(moments, min_size=2, max_size=2, unique=True),
    given_settings=rfm_settings, zone=st.sampled_from(ZONES), rates=st.sampled_from([{}, RATES]),
)  # fmt: skip
def test_rfm(
    lab: Lab,
    log: list[Happened],
    cuts: list[datetime],
    given_settings: dict[str, Any],
    zone: str,
    rates: dict[str, int],
) -> None:
    start, end = sorted(cuts)
    scope = Scope(
        zone, "EUR", utc(2026, 7, 1), METRICS if any(e.metric > 1 for e in log) else METRICS[:1], rates
    )
    wanted = {"start": start.isoformat(), "end": end.isoformat(), "settings": given_settings}
    params = msgspec.convert(wanted, rfm.Params)
    shown: Any = answer(params, scope, lab.rows(rfm.REPORT, params, scope, log)).attributes
    expected = oracles.rfm(log, start, end, given_settings, rates)

    moves = {(move["from"], move["to"]): move["count"] for move in shown["transitions"]}
    assert moves == expected["moves"]
    assert shown["no_longer_customers"] == expected["lost"]
    for group in shown["results"]:
        for cut in ("start", "end"):
            count, days, orders, cents = expected["medians"].get((cut, group["group"]), (0, None, None, None))
            assert group[cut]["count"] == count
            found = group["median"][cut]
            assert (found["days_since_purchase"], found["orders"]) == (days, orders)
            assert found["revenue"] == (None if cents is None else pytest.approx(cents / 100, abs=0.0051))
    _invariants(shown, moves)


def _invariants(shown: Any, moves: dict[tuple[str, str], int]) -> None:
    """SPEC §7.4, and shares that add up."""
    groups = shown["results"]
    at_end = sum(group["end"]["count"] for group in groups)
    at_start = sum(group["start"]["count"] for group in groups)
    assert at_end == sum(moves.values())
    assert at_start == sum(n for (origin, _), n in moves.items() if origin != "never_purchased")
    assert sum(group["added"] - group["dropped"] for group in groups) == at_end - at_start
    assert sum(group["end"]["share"] for group in groups) == pytest.approx(1 if at_end else 0)
    for group in groups:
        before, after = group["start"]["count"], group["end"]["count"]
        assert after - before == group["added"] - group["dropped"]
        assert group["percent_change"] == (None if before == 0 else pytest.approx((after - before) / before))


@settings(max_examples=8, deadline=None)
@given(log=logs(size=12), cut=moments)
def test_rfm_counts_corrections_only_when_there_are_metrics_for_them(
    lab: Lab, log: list[Happened], cut: datetime
) -> None:
    """One scan and two scans agree where nothing was corrected."""
    params = rfm.Params(start=cut.isoformat(), end=(cut + timedelta(days=30)).isoformat())
    answers = [
        lab.rows(rfm.REPORT, params, Scope("UTC", "EUR", utc(2027, 7, 1), known), log)
        for known in (METRICS, METRICS[:1])
    ]
    assert answers[0] == answers[1]


def test_a_date_is_the_end_of_that_day_in_account_time(lab: Lab) -> None:
    """23:30 in Berlin on the last day counts, 00:10 of the next day does not; today means now."""
    log = [
        Happened(1, 1, 1, utc(2026, 6, 20, 21, 30), 1000),
        Happened(2, 1, 2, utc(2026, 6, 20, 22, 10), 1000),
        Happened(3, 1, 3, utc(2026, 6, 30, 12, 0, 1), 1000),
    ]
    scope = Scope("Europe/Berlin", "EUR", utc(2026, 6, 30, 12), METRICS[:1])
    for end, customers in (("2026-06-20", 1), ("2026-06-21", 2), ("2026-06-30", 2), (None, 2)):
        params = rfm.Params(start="2026-01-01", end=end)
        shown: Any = answer(params, scope, lab.rows(rfm.REPORT, params, scope, log)).attributes
        assert sum(group["end"]["count"] for group in shown["results"]) == customers


@EXAMPLES
@given(
    log=logs(metrics=(1, 1, 2), size=30), zone=st.sampled_from(ZONES[:4]),
    interval=st.sampled_from(["hour", "day", "week", "month"]), period=st.tuples(moments, st.integers(1, 20)),
    by=st.lists(st.sampled_from(["$value_currency", "URL"]), unique=True, max_size=2), sort=st.sampled_from([None, "-count", "unique"]),
)  # fmt: skip
def test_metric_aggregate(
    lab: Lab,
    log: list[Happened],
    zone: str,
    interval: Any,
    period: tuple[datetime, int],
    by: list[str],
    sort: str | None,
) -> None:
    first, length = period
    end = first + timedelta(days=length, hours=5)
    params = metric_aggregate.Params(
        metric_id="O", measurements=["count", "sum_value", "unique"], interval=interval, timezone=zone, by=by, sort=sort,
        filter=[f"greater-or-equal(datetime,{first.isoformat()})", f"less-than(datetime,{end.isoformat()})"],
    )  # fmt: skip
    scope = Scope("UTC", "EUR", utc(2027, 1, 1), METRICS)
    shown: Any = aggregate_results.answer(
        params, scope, lab.rows(metric_aggregate.REPORT, params, scope, log)
    ).attributes
    included = [e for e in log if e.metric == 1 and first <= e.at < end]

    def begin(at: datetime) -> datetime:
        local = at.astimezone(ZoneInfo(zone))
        if interval == "hour":
            return at - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        local_day: date = oracles.bucket(
            local.date(), {"day": "daily", "week": "weekly", "month": "monthly"}[interval], monday=True
        )
        return datetime(local_day.year, local_day.month, local_day.day, tzinfo=ZoneInfo(zone))

    dates = [datetime.fromisoformat(text) for text in shown["dates"]]
    assert dates == sorted(set(dates))
    assert dates[0] == begin(first)
    assert dates[-1] == begin(end - timedelta(microseconds=1))

    def dimensions(e: Happened) -> tuple[str, ...]:
        held = {"$value_currency": e.currency, "URL": oracles.scalar(e.properties.get("URL"))}
        return tuple(held[name] or "" for name in by)

    assert {tuple(r["dimensions"]) for r in shown["data"]} == (
        {dimensions(e) for e in included} if by else {()}
    )
    for r in shown["data"]:
        own = [e for e in included if dimensions(e) == tuple(r["dimensions"])]
        for n, at in enumerate(dates):
            some = [e for e in own if begin(e.at) == at]
            assert r["measurements"]["count"][n] == len(some)
            assert r["measurements"]["unique"][n] == len({e.profile for e in some})
            assert r["measurements"]["sum_value"][n] == pytest.approx(
                sum(e.cents or 0 for e in some) / 100, abs=0.0001
            )
    if sort == "-count":
        totals = [sum(r["measurements"]["count"]) for r in shown["data"]]
        assert totals == sorted(totals, reverse=True)


def test_the_log_covers_what_it_should() -> None:
    """The strategies' days include both changes of the clocks."""
    offsets = {
        (BEGIN + timedelta(days=n)).astimezone(ZoneInfo("Europe/Berlin")).utcoffset()
        for n in (0, 56, 63, 191, 211)
    }
    assert len(offsets) == 2
