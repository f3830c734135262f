"""Histories from which nothing can be learnt, through the real fits: the past is served, predictions are null with the
reason or are numbers that can be; never a crash."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest

from functions.predict.properties.clv import PROPERTY
from tests.unit.predict.flow import NOW, Predictions, Row, another, open_predictions, order

PREDICTED = {"predicted_clv", "total_clv", "predicted_number_of_orders", "churn_probability", "expected_date_of_next_order"}
DAY = NOW - timedelta(days=50)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Predictions:
    return open_predictions(tmp_path_factory.mktemp("degenerate"))


HISTORIES: dict[str, dict[str, list[Row]]] = {
    "one customer with one order": {"a": [order("1", 50, 10)]},
    "all orders on one day, all equal": {f"p{n}": [order(f"{n}", DAY), order(f"{n}b", DAY)] for n in range(30)},
    "nobody came back": {f"p{n}": [order(f"{n}", 40 + n, 5 + n)] for n in range(40)},
    "absurd values": {
        **{f"p{n}": [order(f"{n}", 90 - n, 9.9e11), order(f"{n}b", 20, 1e-4)] for n in range(9)},
        "many": [order(f"m{n}", n / 9, 9.9e11) for n in range(900)],
    },
}


@pytest.mark.parametrize("name", HISTORIES)
def test_nothing_is_guessed(platform: Predictions, name: str) -> None:
    room, history = another(platform, PROPERTY), HISTORIES[name]
    room.store(history)
    room.change(clv_eligibility="relaxed")
    room.turn()
    found, shown = room.predicted(), room.shown()
    assert found.keys() == history.keys()
    for who, values in found.items():
        assert values["historic_number_of_orders"] == len(history[who])
        assert values["historic_clv"] >= 0
        _check(values)
    if shown["model"] is None:
        assert len(shown["warnings"][-1]) > 30
        assert "relaxed" not in shown["warnings"][-1]
        assert not any(PREDICTED & values.keys() for values in found.values())
    else:
        assert shown["model"]["confidence"] == "Low"
        assert shown["model"]["reason"]
    assert shown["refresh_expected_by"] is None
    preview = room.preview(predicted_window_days=50_000)
    assert preview["confidence"] == "Low"
    assert preview["reason"]


def _check(values: dict[str, Any]) -> None:
    for name in PREDICTED - {"expected_date_of_next_order"}:
        value = values.get(name)
        assert value is None or (math.isfinite(value) and value >= 0)
    assert (values.get("churn_probability") or 0) <= 1
