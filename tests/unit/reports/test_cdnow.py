"""Real data: the CDNOW purchases, the reports against pandas on the raw file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cdp.query.counted import KnownMetric
from cdp.query.duckdb import DuckdbEngine
from functions.reports.kinds import rfm, single_metric
from functions.reports.kinds.rfm_results import answer
from functions.reports.periods import Timeframe
from functions.reports.report import Scope
from tests.unit.query.files import FileLake
from tests.unit.reports import cdnow
from tests.unit.reports.oracles import GROUP_OF

SCOPE = Scope("UTC", "USD", datetime(1998, 7, 1, tzinfo=UTC), (KnownMetric("placed", 1, "Placed Order"),))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckdbEngine]:
    lake = FileLake(tmp_path_factory.mktemp("cdnow"))
    cdnow.store(lake)
    engine = DuckdbEngine(lake)
    yield engine
    engine.close()


def test_revenue_by_month(engine: DuckdbEngine) -> None:
    params = single_metric.Params(
        metric_ids=["placed"], timeframe=Timeframe(start="1997-01-01", end="1998-06-30"), interval="monthly",
        measurements=["total", "unique", "value_sum"],
    )  # fmt: skip
    rows = single_metric.REPORT.rows(
        engine.run(cdnow.ACCOUNT, single_metric.query(params, SCOPE))
    )
    result = single_metric.table(params, SCOPE, rows)
    frame = cdnow.purchases()
    by_month = frame.groupby(frame["day"].str[:6]).agg(
        n=("value", "size"), people=("customer", "nunique"), sum=("value", "sum")
    )
    assert [row[1:] for row in result.rows] == [
        [month.n, month.people, pytest.approx(month.sum, abs=0.005)] for month in by_month.itertuples()
    ]
    assert [str(row[0])[:7].replace("-", "") for row in result.rows] == list(by_month.index)
    assert sum(int(row[1] or 0) for row in result.rows) == 69_659
    assert round(sum(float(row[3] or 0) for row in result.rows), 2) == 2_500_315.63
    assert frame["customer"].nunique() == 23_570


@pytest.mark.parametrize(
    ("start", "end"),
    [(None, None), ("1997-12-31", "1998-06-30"), ("1997-06-30", "1997-12-31"), ("1997-01-01", "1997-02-01")],
)
def test_rfm_groups_and_moves(engine: DuckdbEngine, start: str | None, end: str | None) -> None:
    params = rfm.Params(start=start, end=end)
    rows = rfm.REPORT.rows(engine.run(cdnow.ACCOUNT, rfm.query(params, SCOPE)))
    shown: Any = answer(params, SCOPE, rows).attributes
    cuts = [
        _cut(start) or SCOPE.as_of - timedelta(days=29),
        _cut(end) or SCOPE.as_of + timedelta(microseconds=1),
    ]
    before, after = (_groups(cut) for cut in cuts)
    assert {
        g["group"]: g["start"]["count"] for g in shown["results"] if g["start"]["count"]
    } == before.value_counts().to_dict()
    assert {
        g["group"]: g["end"]["count"] for g in shown["results"] if g["end"]["count"]
    } == after.value_counts().to_dict()
    moves = (
        pd.DataFrame({"from": before, "to": after})
        .fillna("never_purchased")
        .groupby(["from", "to"])
        .size()
        .to_dict()
    )
    assert {(m["from"], m["to"]): m["count"] for m in shown["transitions"]} == moves


def _cut(day: str | None) -> datetime | None:
    """The end of that day."""
    return None if day is None else datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)


def _groups(cut: datetime) -> pd.Series[str]:
    """Group of every customer with an order of positive value before `cut`, by customer."""
    frame = cdnow.purchases()
    orders = frame[(frame["value"] > 0) & (frame["at"] < cut)]
    people = orders.groupby("customer").agg(last=("at", "max"), f=("value", "size"), m=("value", "sum"))
    people["m"] = (people["m"] * 100).round()
    days = (cut - people["last"]).dt.days
    recency = np.select([days <= 180, days <= 365], [3, 2], 1)
    f2, f3 = _thirds(people["f"])
    m2, m3 = _thirds(people["m"])
    codes = recency * 100 + _score(people["f"], max(f2, 2), max(f3, 3)) * 10 + _score(people["m"], m2, m3)
    return pd.Series([GROUP_OF[str(code)] for code in codes], index=people.index)


def _thirds(values: pd.Series[int]) -> tuple[int, int]:
    ascending = np.sort(values.to_numpy())
    return ascending[len(ascending) // 3], ascending[2 * len(ascending) // 3]


def _score(values: pd.Series[int], average: int, best: int) -> np.ndarray[Any, Any]:
    return np.select([values >= best, values >= average], [3, 2], 1)
