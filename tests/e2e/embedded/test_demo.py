"""`make demo` as a whole: its printed figures against pandas on the raw file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infra.embedded import demo

CODES = {
    "Champions": "333 332 323",
    "Loyal": "321 322 331 232 233",
    "Recent": "312 313 311 222 223",
    "Needs attention": "213 221 123 132 133",
    "At risk": "231 212 122 131 211",
    "Inactive": "111 112 113 121",
}
GROUP_OF = {int(code): group for group, codes in CODES.items() for code in codes.split()}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the demo prints, on a wide terminal."""
    settings = {
        "DEMO_EXIT": "1",
        "DEMO_DATA": str(tmp_path_factory.mktemp("demo") / "data"),
        "COLUMNS": "240",
    }
    done = subprocess.run(
        [sys.executable, "-m", "infra.embedded.demo"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@cache
def purchases() -> pd.DataFrame:
    """One row a purchase; days as they stand in the file, which are local days of the shop."""
    frame = pd.read_csv(
        Path(demo.purchases()),
        sep=r"\s+",
        skiprows=1,
        names=["customer", "day", "cds", "value"],
        dtype={"day": str},
    )
    return frame.assign(day=pd.to_datetime(frame["day"], format="%Y%m%d"))


def rows(printed: str, title: str) -> list[list[str]]:
    """Cells of the table under this title."""
    lines = printed[printed.index(title) :].splitlines()[1:]
    found = []
    for line in lines:
        if line.startswith("│"):
            found.append([cell.strip() for cell in line.strip("│").split("│")])
        elif line.startswith("└"):
            return found
    raise AssertionError(f"the table under {title!r} does not end")


def test_every_purchase_is_counted(printed: str) -> None:
    assert "69,659 rows, 69,659 sent, 0 rejected" in printed
    assert "69,659 purchases of 23,570 customers" in printed
    assert rows(printed, "Revenue by month")[-1][:4] == ["all", "69,659", "", "2,500,315.63"]
    assert (len(purchases()), purchases()["customer"].nunique(), round(purchases()["value"].sum(), 2)) == (
        69_659,
        23_570,
        2_500_315.63,
    )


def test_revenue_by_month(printed: str) -> None:
    frame = purchases()
    by_month = frame.groupby(frame["day"].dt.strftime("%Y-%m")).agg(
        orders=("value", "size"), people=("customer", "nunique"), revenue=("value", "sum")
    )
    expected = [
        [str(m.Index), f"{m.orders:,}", f"{m.people:,}", f"{m.revenue:,.2f}"] for m in by_month.itertuples()
    ]
    assert [row[:4] for row in rows(printed, "Revenue by month")[:-1]] == expected


def test_rfm_groups_and_moves(printed: str) -> None:
    before = groups(pd.Timestamp("1998-01-02"))  # a date means the end of that day
    after = groups(pd.Timestamp("1998-07-01 08:00:00"))  # as_of, in New York
    counts = {row[0]: (row[1], row[3]) for row in rows(printed, "RFM: customers by recency")}
    for group in CODES:
        assert counts[group] == (f"{(before == group).sum():,}", f"{(after == group).sum():,}")
    moves = (
        pd.DataFrame({"from": before, "to": after}).fillna("Never purchased").groupby(["from", "to"]).size()
    )
    shown = {
        (row[0], to): int(cell.replace(",", ""))
        for row in rows(printed, "RFM: from the group")
        for to, cell in zip(CODES, row[1:], strict=True)
        if cell != "·"
    }
    assert shown == moves.to_dict()


def test_cohorts(printed: str) -> None:
    frame = purchases()
    first = frame.groupby("customer")["day"].transform("min")
    months = (frame["day"].dt.year - first.dt.year) * 12 + frame["day"].dt.month - first.dt.month
    later = frame.assign(cohort=first.dt.strftime("%Y-%m"), month=months)[frame.duplicated("customer") | (months > 0)]
    again = later.groupby(["cohort", "month"])["customer"].nunique()
    sizes = frame.groupby(first.dt.strftime("%Y-%m"))["customer"].nunique()
    shown = rows(printed, "Cohorts: customers who ordered again")
    assert [(row[0], row[1]) for row in shown] == [(cohort, f"{n:,}") for cohort, n in sizes.items()]
    for row in shown:
        for month, cell in enumerate(row[2:]):
            if cell:
                assert cell == f"{again.get((row[0], month), 0) / sizes[row[0]]:.0%}"


def test_funnel_of_orders(printed: str) -> None:
    counts = purchases().groupby("customer").size()
    expected = [f"{(counts >= n).sum():,}" for n in range(1, 6)]
    assert [row[1] for row in rows(printed, "Funnel: from the first")] == expected


CUT, END = pd.Timestamp("1997-12-31"), pd.Timestamp("1998-07-01")  # 182 days before as_of, and its day


@cache
def held_out() -> pd.DataFrame:
    """A row for each customer of the cut: history by then, and days with a purchase afterwards; by pandas and lifetimes."""
    frame = purchases()
    days = frame[frame["value"] > 0].groupby(["customer", "day"])["value"].sum().reset_index()
    before, after = days[days["day"] <= CUT], days[(days["day"] > CUT) & (days["day"] <= END)]
    by_customer = before.groupby("customer")["day"].agg(["count", "min", "max"])
    people = pd.DataFrame({
        "frequency": by_customer["count"] - 1, "recency": (by_customer["max"] - by_customer["min"]).dt.days,
        "T": (CUT - by_customer["min"]).dt.days,
    })  # fmt: skip
    people["actual"] = after.groupby("customer").size().reindex(people.index).fillna(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of lifetimes and its needs
        from lifetimes import ModifiedBetaGeoFitter

        fitter, weeks = ModifiedBetaGeoFitter(), (people["frequency"], people["recency"] / 7, people["T"] / 7)
        fitter.fit(*weeks)
        told = fitter.conditional_expected_number_of_purchases_up_to_time(182 / 7, *weeks)
    return people.assign(predicted=told, rate=people["frequency"] / people["T"] * 182)


def test_the_holdout_of_the_model(printed: str) -> None:
    people = held_out()
    shown = {row[0]: row[1:] for row in rows(printed, "Customer lifetime value: the model")}
    assert shown["hold-out"][0] == f"the last 182 days, {len(people):,} customers"
    predicted, actual = (float(cell.replace(",", "")) for cell in shown["orders predicted, actual"][0].split(", "))
    assert actual == people["actual"].sum()
    assert predicted == pytest.approx(people["predicted"].sum(), rel=1e-3)
    error, correlation = re.findall(r"[\d.]+", shown["mean error a customer"][0])
    assert float(error) == pytest.approx((people["predicted"] - people["actual"]).abs().mean(), abs=1.5e-3)
    assert float(correlation) == pytest.approx(people["predicted"].corr(people["actual"]), abs=1.5e-3)
    usual = (people["rate"] - people["actual"]).abs().mean()
    assert shown["mean error a customer"][1].startswith(f"{usual:.3f}, {people['rate'].corr(people['actual']):.3f}")
    assert shown["confidence"][0] == "High"


def test_weeks_and_tenths_of_the_holdout(printed: str) -> None:
    people = held_out()
    weeks = rows(printed, "Orders by week of the hold-out")
    assert sum(int(row[2].replace(",", "")) for row in weeks) == people["actual"].sum()
    assert sum(float(row[1].replace(",", "")) for row in weeks) == pytest.approx(people["predicted"].sum(), abs=15)
    best = people.sort_values("predicted").tail(len(people) // 10)
    top = rows(printed, "Calibration")[-1]
    assert [float(cell) for cell in top[2:]] == pytest.approx([best["predicted"].mean(), best["actual"].mean()], abs=0.015)


def test_predicted_values_of_everybody(printed: str) -> None:
    bins = rows(printed, "Predicted CLV of the next 365 days")
    customers = (purchases()["value"] > 0).groupby(purchases()["customer"]).any().sum()
    assert sum(int(row[2].replace(",", "")) for row in bins) == customers


def test_five_examples(printed: str) -> None:
    found = rows(printed, "Five customers")
    assert [row[1] for row in found if row[1] != "nobody"]
    frame = purchases()
    spent = frame[frame["value"] > 0].groupby("customer").agg(orders=("value", "size"), worth=("value", "sum"), last=("day", "max"))
    recent = spent[(spent["orders"] >= 3) & (spent["last"] > END - pd.Timedelta(days=90))]
    assert found[0][1:3] == [f"{recent.nlargest(1, 'worth')['orders'].iloc[0]:,}", f"{recent['worth'].max():,.2f}"]


def test_segments_by_predictions(printed: str) -> None:
    """As many as the distribution says, where it does; the others have somebody in them."""
    found = {row[0]: int(row[1].replace(",", "")) for row in rows(printed, "Segments by predictions")}
    bins = rows(printed, "Predicted CLV of the next 365 days")
    rich = sum(int(row[2].replace(",", "")) for row in bins if float(row[0].replace(",", "")) >= 500)
    assert next(count for name, count in found.items() if name.startswith("Reward")) == pytest.approx(rich, abs=1)
    assert len(found) == 5
    assert all(found.values())


def groups(at: pd.Timestamp) -> pd.Series[str]:
    """Group of every customer with an order of positive value before `at`."""
    frame = purchases()
    orders = frame[(frame["value"] > 0) & (frame["day"] < at)]
    people = orders.groupby("customer").agg(last=("day", "max"), f=("value", "size"), m=("value", "sum"))
    people["m"] = (people["m"] * 100).round()
    days = (at - people["last"]).dt.days
    r = np.select([days <= 180, days <= 365], [3, 2], 1)
    codes = r * 100 + score(people["f"], (2, 3)) * 10 + score(people["m"], (0, 0))
    return pd.Series([GROUP_OF[code] for code in codes], index=people.index)


def score(values: pd.Series[float], least: tuple[int, int]) -> np.ndarray:
    ascending = np.sort(values.to_numpy())
    t2, t3 = (max(ascending[n * len(ascending) // 3], low) for n, low in zip((1, 2), least, strict=True))
    return np.select([values >= t3, values >= t2], [3, 2], 1)


def test_the_next_steps_name_a_working_address(printed: str) -> None:
    assert re.search(r"http://127\.0\.0\.1:\d+/openapi\.json", printed)
