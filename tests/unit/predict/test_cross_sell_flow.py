"""From recorded orders with lines to the next best product on profiles, and on with the next order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cdp.documents import catalog, profiles
from cdp.documents.catalog import CatalogItem
from cdp.model.profile import Profile
from cdp.resources.profile import predictive
from tests.unit.predict.flow import NOW, Predictions, open_predictions, order


def bought(key: str, days_ago: float, *items: str) -> dict[str, Any]:
    row = order(key, days_ago)
    lines = [{"ProductID": item, "ProductName": item.upper(), "Quantity": 1, "ItemPrice": 5} for item in items]
    return {**row, "properties": {**row["properties"], "Items": lines}}


def test_they_come_in_the_nightly_run_and_move_with_the_next_order(tmp_path_factory: Any) -> None:
    room = open_predictions(tmp_path_factory.mktemp("cross-sell"))
    for item in ("tea", "pot", "cup"):
        thing = CatalogItem(item, item.title(), "", "https://shop.example", NOW, NOW)
        assert room.shop.table.write([catalog.ITEMS.put(room.account, thing, 0)]) == [True]
    regulars = {f"c{n}": [bought(f"t{n}", 35, "tea"), bought(f"p{n}", 28, "pot")] for n in range(12)}
    regulars |= {f"d{n}": [bought(f"u{n}", 35, "tea"), bought(f"q{n}", 24, "cup")] for n in range(10)}
    room.store({**regulars, "ann": [bought("a", 2, "tea")]})
    room.hour()
    found = room.predicted()["ann"]
    assert found["next_best_product"] == {"id": "$custom:::$default:::pot", "external_id": "pot", "title": "Pot"}
    assert found["best_cross_sell_date"] == (NOW - timedelta(days=2) + timedelta(days=7)).isoformat()
    room.store({"ann": [bought("b", 1, "tea", "pot")]})
    room.turn()
    found = room.predicted()["ann"]
    assert found["next_best_product"]["external_id"] == "cup"
    assert found["best_cross_sell_date"] == (NOW - timedelta(days=1) + timedelta(days=7)).isoformat()
    shown = [predictive(one) for one in everybody(room) if one.external_id == "ann"]
    assert [one["next_best_product"] for one in shown] == [found["next_best_product"]]


def everybody(room: Predictions) -> list[Profile]:
    numbers = range(1, profiles.last_number(room.shop.table, room.account) + 1)
    return [one.profile for one in profiles.get_many(room.shop.table, room.account, numbers) if one is not None]
