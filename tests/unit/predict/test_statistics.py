"""The statistics by SQL are those of a slow count over the same events; Athena's text is accepted, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdp.orders.book import Account as Facts
from cdp.orders.book import OrderBook
from cdp.query.counted import Counted, Group, KnownMetric
from cdp.query.sql import Query, compile
from functions.predict import statistics
from tests.unit.predict import oracle
from tests.unit.predict.asking import Account
from tests.unit.predict.oracle import Event
from tests.unit.query.files import event

START = datetime(2026, 1, 30, 22, tzinfo=UTC)
NUMBERS = {"order": 1, "refund": 2, "cancel": 3}
_drafts = st.lists(
    st.tuples(
        st.sampled_from(["order"] * 7 + ["refund", "refund", "cancel"]),
        st.integers(1, 4),
        st.one_of(st.integers(0, 30), st.integers(0, 2000)),
        st.integers(0, 5),
        st.sampled_from([0, 1, 9_999, 100_000, 123_456, -5]),
    ),
    max_size=40,
    unique_by=lambda one: (one[0], one[1], one[3], one[2] if one[0] == "refund" else 0),
)


def events_of(drafts: Sequence[tuple[str, int, int, int, int]]) -> list[Event]:
    """Every event at an instant of its own; an order comes before what is about it."""
    found = []
    for n, (kind, profile, hours, key, units) in enumerate(drafts):
        at = START + timedelta(hours=hours if kind == "order" else hours + 2100, seconds=n)
        found.append(Event(kind, profile, at, f"k{key}", units if kind == "order" else abs(units)))
    return found


def book(as_of: datetime) -> OrderBook:
    counted = [
        Counted(name, name, (Group(KnownMetric(name, no, name)),)) for name, no in NUMBERS.items()
    ]
    return OrderBook(Facts("UTC", "EUR", {}, as_of), counted[0], counted[2], counted[1])


class World(Account):
    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.count = 0

    def ask(self, query: Query) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.engine.run(self.id, query).to_pylist()
        return found

    def hold(self, events: Sequence[Event]) -> None:
        self.count += 1
        self.id = f"world{self.count}"
        self.store([
            event(n, one.at, metric_id=NUMBERS[one.kind], profile_no=one.profile, value=one.units / 10_000, order_id=one.key)
            for n, one in enumerate(events)
        ])  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("statistics"))
    yield made
    made.engine.close()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drafts=_drafts, hours=st.integers(0, 4200), later=st.integers(0, 900))
def test_equal_to_a_slow_count(world: World, drafts: list[Any], hours: int, later: int) -> None:
    events = events_of(drafts)
    world.hold(events)
    cut = START + timedelta(hours=hours, microseconds=1)
    held = book(cut)
    today = statistics.day_of(cut)
    assert world.ask(statistics.standing(held, cut)) == oracle.standing(events, cut)
    assert world.ask(statistics.standing(held, cut, range(2, 4))) == [
        row for row in oracle.standing(events, cut) if row["profile_no"] in (2, 3)
    ]
    assert _counter(world.ask(statistics.purchases(held, cut))) == oracle.purchases(events, cut, today)
    assert _counter(world.ask(statistics.spend(held, cut))) == oracle.spend(events, cut)
    assert _counter(world.ask(statistics.repeat_spend(held, cut))) == oracle.spend(events, cut, repeats=True)
    found = {row["place"]: (row["lower"], row["upper"]) for row in world.ask(statistics.gaps(held, cut))}
    assert found == oracle.gaps(events, cut)
    end = cut + timedelta(hours=later)
    assert world.ask(statistics.after(held, cut, end)) == oracle.after(events, cut, end)
    _check_overview(world.ask(statistics.overview(held, cut)), oracle.standing(events, cut))


def _counter(rows: list[dict[str, Any]]) -> Counter[tuple[int, ...]]:
    """Each row is there once, and they are in order."""
    keys = [tuple(value for name, value in row.items() if name != "customers") for row in rows]
    assert keys == sorted(set(keys))
    return Counter({key: row["customers"] for key, row in zip(keys, rows, strict=True)})


def _check_overview(rows: list[dict[str, Any]], customers: list[dict[str, Any]]) -> None:
    (row,) = rows
    assert row["customers"] == len(customers)
    assert row["repeaters"] == sum(one["days"] > 1 for one in customers)
    assert row["loyal"] == sum(one["orders"] > 2 for one in customers)
    for name in ("orders", "days", "units"):
        assert row[name] == (sum(one[name] for one in customers) if customers else None)
    assert row["first_at"] == min((one["first_at"] for one in customers), default=None)
    assert row["last_at"] == max((one["last_at"] for one in customers), default=None)


def test_athena_takes_the_same_text() -> None:
    cut = START + timedelta(days=9)
    held = book(cut)
    for query in (
        statistics.overview(held, cut), statistics.purchases(held, cut), statistics.spend(held, cut),
        statistics.repeat_spend(held, cut), statistics.standing(held, cut, range(1, 9)), statistics.gaps(held, cut),
        statistics.standing(held, cut, [1, 7], 99), statistics.after(held, START, cut),
    ):  # fmt: skip
        assert "FROM" in compile(query, "athena").sql


def test_samples_are_shares_of_all_customers(world: World) -> None:
    """The same ones at every run, and in every statistic."""
    world.hold([Event("order", no, START + timedelta(minutes=no), "k", 10_000) for no in range(1, 2001)])
    cut = START + timedelta(days=9)
    some = world.ask(statistics.standing(book(cut), cut, None, 1 << 30))
    assert 400 < len(some) < 600
    assert some == world.ask(statistics.standing(book(cut), cut, None, 1 << 30))
    (row,) = world.ask(statistics.spend(book(cut), cut, 1 << 30))
    assert row["customers"] == len(some)


def test_absurd_values_and_very_many_orders(world: World) -> None:
    """Sums never overflow: an order counts with at most a thousand million."""
    many = [Event("order", 1, START + timedelta(seconds=30 * n), f"k{n}", 10_000) for n in range(100_000)]
    world.hold([*many, *(Event("order", 2, START + timedelta(hours=n), f"k{n}", 9 * 10**15) for n in range(2000))])
    cut = START + timedelta(days=99)
    bot, rich = world.ask(statistics.standing(book(cut), cut))
    assert (bot["orders"], bot["days"], bot["units"]) == (100_000, 36, 10**9)
    assert (rich["orders"], rich["units"]) == (2000, 2000 * 10**13)
