"""The card of the current model: its five examples by rule, their orders and attributes, and what the settings say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp import connect
from cdp.adapters.embedded.queue import SqliteQueue
from cdp.documents import clv, profiles
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.model.ids import profile_id
from functions.predict import dashboard_routes, examples
from functions.predict.clv_settings import ClvSettings
from functions.predict.dashboard import MOST_ORDERS, PATH, Dashboard, churn_risk
from functions.predict.spec import SPEC
from tests.unit.calls import Answer, Caller
from tests.unit.predict.asking import AS_OF, Account
from tests.unit.query.files import event

Json = dict[str, Any]


@dataclass
class Shop:
    account: Account
    root: Path
    sold: int = 0

    def order(self, who: int, days_ago: float, value: float = 10, metric: str = "Placed Order", **more: Any) -> Json:
        self.sold += 1
        at = AS_OF - timedelta(days=days_ago)
        number = self.account.metric(metric).no
        more = {"unique_id": f"u{self.sold}", **more}
        return event(self.sold, at, metric_id=number, profile_no=who, value=value, **more)

    def store(self, *orders: Json) -> None:
        self.account.store(orders)

    def renew(self, days_later: float = 0) -> None:
        """As a run over all profiles does."""
        through = profiles.last_number(self.account.table, self.account.id)
        examples.renew(self.account.asked(range(1, through + 1), AS_OF + timedelta(days=days_later)))

    def chosen(self) -> list[int | None]:
        found = examples.stored(self.account.table, self.account.id)
        assert found is not None
        return list(found.numbers)

    def person(self, **more: Any) -> int:
        (no,) = profiles.new_numbers(self.account.table, self.account.id, 1)
        state = profiles.fresh(no, AS_OF)
        for name, value in more.items():
            setattr(state.profile, name, value)
        assert profiles.save(self.account.table, self.account.id, [state]) == [True]
        return no

    def card(self, **query: str) -> Answer:
        queue = SqliteQueue(str(self.root / "queues.db"), "predict")
        part = Dashboard(
            self.account.table, self.account.engine, ClvSettings(self.account.table, self.account.engine, queue)
        )
        spec = replace(SPEC, routes=dashboard_routes.ROUTES[:1])
        throttle = Throttle(connect.limits("memory:"), 0)
        handler = serve(spec, part.operations(), throttle=throttle, plan=lambda *_: None, clock=AS_OF.timestamp)
        return Caller(handler, spec, self.account.id).get(PATH, **query)

    def attributes(self, **query: str) -> Json:
        found: Json = self.card(**query).data["attributes"]
        return found

    def shown(self) -> list[Any]:
        return [one["profile"] for one in self.attributes()["examples"]]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    root = tmp_path_factory.mktemp("shop")
    return Shop(Account(root), root)


@pytest.fixture
def shop(opened: Shop) -> Shop:
    opened.account.fresh()
    opened.sold = 0
    return opened


def choice(shop: Shop, *orders: Json) -> list[int | None]:
    shop.store(*orders)
    return list(examples.choose(shop.account.asked(range(1, 100))))


# ---------------------------------------------------------------- who is chosen


@pytest.mark.parametrize(("days_ago", "slot"), [
    ((90, 400, 500), 1), ((90.001, 400, 500), None), ((180, 200, 300), None), ((180.001, 200, 300), 4),
    ((1, 2, 3, 4), 1), ((90, 400), 2), ((90.001, 400), None), ((300, 400), None),
    ((60,), 3), ((0,), 3), ((60.001,), 5), ((1000,), 5), ((), None),
])  # fmt: skip
def test_the_classes_and_their_edges(shop: Shop, days_ago: tuple[float, ...], slot: int | None) -> None:
    other = shop.order(9, -1)  # after the moment that is looked at
    expected = [1 if place == slot else None for place in range(1, 6)]
    assert choice(shop, other, *(shop.order(1, days) for days in days_ago)) == expected


def test_the_one_who_spent_most_is_chosen(shop: Shop) -> None:
    assert choice(shop, shop.order(1, 1, 10), shop.order(2, 1, 30), shop.order(3, 1, 20))[2] == 2


def test_equals_are_told_apart_by_the_lowest_id(shop: Shop) -> None:
    """By what is served: two figures that are one cent when rounded are equal."""
    many = [shop.order(who, 1, 10 + who % 3 / 1000) for who in range(1, 60)]
    lowest = min(range(1, 60), key=lambda no: profile_id(shop.account.id, no))
    assert choice(shop, *many)[2] == lowest


def test_orders_are_net_of_refunds_and_cancellations(shop: Shop) -> None:
    """A refund that belongs to no order is taken off what was spent, and leaves the orders."""
    orders = [
        *(shop.order(1, days, 50, order_id=f"A{days}") for days in (5, 6, 7)),
        shop.order(1, 4, 50, "Refunded Order", order_id="A7"),
        shop.order(2, 5, 40, order_id="B"), shop.order(2, 6, 30, order_id="C"),
        shop.order(2, 4, 40, "Cancelled Order", order_id="B"),
        shop.order(3, 5, 31, order_id="D"), shop.order(3, 4, 2, "Refunded Order", order_id="nobody's"),
    ]  # fmt: skip
    assert choice(shop, *orders) == [None, 1, 2, None, None]


DAYS = st.sampled_from([0, 1, 59, 60, 61, 89, 90, 91, 150, 179, 180, 181, 400])
LOGS = st.lists(st.tuples(st.integers(1, 12), DAYS, st.integers(1, 3)), max_size=40)


@settings(max_examples=8, deadline=None)
@given(LOGS)
def test_it_equals_the_oracle(opened: Shop, log: list[tuple[int, int, int]]) -> None:
    opened.account.fresh()
    placed: dict[int, list[tuple[int, int]]] = {}
    for who, days, value in log:
        placed.setdefault(who, []).append((days, value))
    rules: list[Any] = [
        lambda n, last: n >= 3 and last <= 90, lambda n, last: n == 2 and last <= 90, lambda n, last: n == 1 and last <= 60,
        lambda n, last: n >= 3 and last > 180, lambda n, last: n == 1 and last > 60,
    ]  # fmt: skip
    expected = []
    for rule in rules:
        class_ = [who for who, orders in placed.items() if rule(len(orders), min(days for days, _ in orders))]
        spent = {who: sum(value for _, value in placed[who]) for who in class_}
        key = {who: (-spent[who], profile_id(opened.account.id, who)) for who in class_}
        expected.append(min(class_, key=key.__getitem__, default=None))
    opened.order(1, 0)  # the metric is there
    assert choice(opened, *(opened.order(*one) for one in log)) == expected


# ---------------------------------------------------------------- for how long


def test_examples_stay_for_a_week(shop: Shop) -> None:
    shop.store(shop.order(1, 1, 10))
    shop.renew()
    shop.store(shop.order(2, 1, 20))
    shop.renew(6.99)
    assert shop.chosen()[2] == 1
    shop.renew(7)
    assert shop.chosen()[2] == 2


def test_examples_of_a_later_time_are_not_shown_for_an_earlier_one(shop: Shop) -> None:
    shop.store(shop.order(1, 20, 10), shop.order(2, 1, 20))
    shop.renew()
    assert shop.chosen()[2] == 2
    shop.renew(-10)
    assert shop.chosen()[2] == 1


def test_without_orders_every_slot_is_empty(shop: Shop) -> None:
    shop.renew()
    assert shop.chosen() == [None] * 5
    assert shop.shown() == [None] * 5


# ---------------------------------------------------------------- what is shown


def test_before_the_first_run_nobody_is_shown(shop: Shop) -> None:
    attributes = shop.attributes()
    assert (attributes["examples_chosen_at"], [one["profile"] for one in attributes["examples"]]) == (None, [None] * 5)
    assert [one["rule"] for one in attributes["examples"]] == [one.rule for one in examples.CLASSES]


def test_an_example_shows_orders_attributes_and_churn_risk(shop: Shop) -> None:
    held = {
        "historic_clv": 35.5, "predicted_clv": 12.25, "total_clv": 47.75, "historic_number_of_orders": 3,
        "predicted_number_of_orders": 1.21, "average_order_value": 11.83, "average_days_between_orders": 5.0,
        "expected_date_of_next_order": "2026-07-09T12:00:00+00:00", "churn_probability": 0.5,
    }  # fmt: skip
    ann = shop.person(email="ann@shop.example", first_name="Ann", predictive={**held, "predicted_gender": "likely_female"})
    ben = shop.person(last_name="Berg")
    shop.store(*(shop.order(ann, days, value) for days, value in ((5, 10), (15, 20.5), (10, 5))), shop.order(ben, 61))
    shop.renew()
    first, _, third, _, fifth = shop.shown()
    assert third is None
    assert first == {
        "id": profile_id(shop.account.id, ann), "email": "ann@shop.example", "first_name": "Ann", "last_name": None, **held,
        "churn_risk": {"level": "medium", "colour": "yellow"},
        "orders": [
            {"placed_at": "2026-06-25T12:00:00+00:00", "value": 10.0},
            {"placed_at": "2026-06-20T12:00:00+00:00", "value": 5.0},
            {"placed_at": "2026-06-15T12:00:00+00:00", "value": 20.5},
        ],
    }  # fmt: skip
    assert [fifth[name] for name in ("predicted_clv", "churn_probability", "churn_risk")] == [None, None, None]
    data = shop.card().data
    assert [one["id"] for one in data["relationships"]["profiles"]["data"]] == [first["id"], fifth["id"]]
    assert data["attributes"]["examples_chosen_at"] == "2026-06-30T12:00:00+00:00"


def test_of_very_many_orders_the_newest_are_shown(shop: Shop) -> None:
    ann = shop.person()
    shop.store(*(shop.order(ann, day / 10) for day in range(2 * MOST_ORDERS)))
    shop.renew()
    orders = shop.shown()[0]["orders"]
    assert len(orders) == MOST_ORDERS
    assert orders == sorted(orders, key=lambda one: one["placed_at"], reverse=True)
    assert orders[0]["placed_at"] == "2026-06-30T12:00:00+00:00"


def test_who_is_gone_is_no_example(shop: Shop) -> None:
    ann = shop.person(email="ann@shop.example")
    shop.store(shop.order(ann, 1))
    shop.renew()
    assert shop.shown()[2]["email"] == "ann@shop.example"
    (state,) = profiles.get_many(shop.account.table, shop.account.id, [ann])
    assert state is not None
    assert profiles.remove(shop.account.table, shop.account.id, state)
    assert shop.shown() == [None] * 5


@pytest.mark.parametrize(("probability", "expected"), [
    (0, "low green"), (0.3299, "low green"), (0.33, "medium yellow"), (0.66, "medium yellow"), (0.6601, "high red"),
    (1, "high red"),
])  # fmt: skip
def test_the_bands_of_churn(probability: float, expected: str) -> None:
    risk = churn_risk(probability)
    assert risk is not None
    assert f"{risk['level']} {risk['colour']}" == expected


def test_the_card_has_both_ranges_and_who_changed_it_last(shop: Shop) -> None:
    shop.store(shop.order(1, 400), shop.order(1, 3))
    before = shop.attributes()
    assert (before["historic_window_days"], before["predicted_window_days"]) == (400, 365)
    assert (before["last_updated_at"], before["refresh_expected_by"], before["note"]) == (None, None, None)
    changed = clv.Settings(90, "relaxed", AS_OF - timedelta(minutes=30), "key1")
    assert clv.SETTINGS.change(shop.account.table, shop.account.id, lambda _: changed) == changed
    after = shop.attributes()
    assert (after["predicted_window_days"], after["last_updated_at"]) == (90, "2026-06-30T11:30:00+00:00")
    assert after["refresh_expected_by"] == "2026-06-30T13:30:00+00:00"
    assert "up to 2 hours" in after["note"]
    assert after["last_updated_by"] == "key1"
    assert after["model"] is None
    assert [check["id"] for check in after["eligibility"]["checks"]]


def test_the_card_as_of_an_earlier_time(shop: Shop) -> None:
    ann = shop.person()
    shop.store(shop.order(ann, 30), shop.order(ann, 20), shop.order(ann, 10))
    shop.renew(-15)
    attributes = shop.attributes(as_of="2026-06-15T12:00:00Z")
    assert attributes["historic_window_days"] == 15
    slots: list[Mapping[str, Any]] = attributes["examples"]
    assert [len(one["profile"]["orders"]) for one in slots if one["profile"] is not None] == [2]
    assert shop.card(as_of="yesterday").error["source"] == {"parameter": "as_of"}
