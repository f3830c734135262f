"""After an order only what orders change is worked out again; the rest stays as the last run left it."""

from __future__ import annotations

from pathlib import Path

from functions.predict.properties import PROPERTIES
from functions.predict.source import Asked, Property, Values
from tests.unit.predict.flow import another, open_predictions, order


def test_what_no_order_changes_is_left_to_the_next_run(tmp_path: Path) -> None:
    asked: dict[str, int] = {"orders": 0, "rest": 0}

    def counted(name: str) -> Property:
        def source(wanted: Asked) -> Values:
            asked[name] += 1
            return {no: {name: asked[name]} for no in wanted.numbers}

        return Property(name, (name,), source, after_orders=name == "orders")

    room = another(open_predictions(tmp_path), counted("orders"), counted("rest"))
    room.store({"ann": [order("a", 10)]})
    room.hour()
    assert room.predicted() == {"ann": {"orders": 1, "rest": 1}}
    room.shop.record("ann", order("b", 1))
    room.turn()
    assert room.predicted() == {"ann": {"orders": 2, "rest": 1}}
    room.run()
    assert room.predicted() == {"ann": {"orders": 3, "rest": 2}}


def test_channels_and_names_are_left_to_it() -> None:
    assert {one.name for one in PROPERTIES if not one.after_orders} == {"channel_affinity", "predicted_gender"}
