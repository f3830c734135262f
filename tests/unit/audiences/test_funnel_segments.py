"""Segments from a step of a funnel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cdp.documents import funnels, tags
from cdp.documents.funnels import Dashboard, Funnel, Step
from tests.unit.audiences.conftest import Shop
from tests.unit.calls import Answer

METRICS = ("Viewed Product", "Added to Cart", "Placed Order")
NOW = datetime(2036, 7, 1, tzinfo=UTC)


def keep(shop: Shop, *names: str, **more: Any) -> str:
    """Id of a funnel over these metrics."""
    steps = tuple(Step(shop.metric(name)) for name in names)
    funnel = Funnel("Fun001", "Shop", steps, NOW, NOW, **more)
    assert funnels.save(shop.table, shop.account, Dashboard((), 0), [funnel])
    return funnel.id


def ask(shop: Shop, **attributes: Any) -> Answer:
    given = {"funnel_id": "Fun001", "name": "From the funnel", "kind": "reached", "step": 2, **attributes}
    return shop.caller("POST", "/api/funnel-segments", {"data": {"type": "funnel-segment", "attributes": given}})


def conditions(answer: Answer) -> list[Any]:
    return [group["conditions"][0] for group in answer.data["attributes"]["definition"]["condition_groups"]]


def happened(name: str, days: float) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(days=days)
    return {"metric": name, "time": at.isoformat(), "unique_id": f"{name}{days}"}


def test_who_reached_a_step_and_who_dropped_after_it(shop: Shop) -> None:
    keep(shop, *METRICS, window_seconds=2 * 3600)
    view, cart, order = METRICS
    far = shop.record("far", happened(view, 3), happened(cart, 2.99), happened(order, 2.98))
    left = shop.record("left", happened(view, 3), happened(cart, 2.99))
    slow = shop.record("slow", happened(view, 5), happened(cart, 2))
    seen = shop.record("seen", happened(view, 3))
    shop.record("early", happened(view, 30), happened(cart, 29.9))
    reached = [ask(shop, step=step).data["id"] for step in (1, 2, 3)]
    dropped = [ask(shop, step=step, kind="dropped").data["id"] for step in (1, 2)]
    shop.drain()
    assert [shop.members(id_) for id_ in reached] == [{far, left, slow, seen}, {far, left}, {far}]
    assert [shop.members(id_) for id_ in dropped] == [{slow, seen}, {left}]


def test_it_bears_the_tag_and_is_made_once(shop: Shop) -> None:
    keep(shop, *METRICS)
    for answer in (ask(shop), ask(shop, name="Second")):
        assert answer.status == 201
        assert answer.headers["location"].endswith(f"/api/segments/{answer.data['id']}")
        assert [tag.name for tag in tags.of(shop.table, shop.account, "segment", answer.data["id"])] == ["Funnel Analysis"]
    assert len(list(tags.TAGS.all(shop.table, shop.account))) == 1


@pytest.mark.parametrize(
    ("hours", "window"),
    [(None, None), (1, "HOURS_1"), (2, "DAYS_1"), (24, "DAYS_1"), (25, "DAYS_3"), (24 * 31, "DAYS_90"), (24 * 400, "YEARS_1")],
)  # fmt: skip
def test_a_window_becomes_the_next_longer_one(shop: Shop, hours: int | None, window: str | None) -> None:
    keep(shop, *METRICS, window_seconds=None if hours is None else hours * 3600)
    assert conditions(ask(shop))[0]["completion_window_seconds"] == window


def test_the_segment_of_the_card_is_included_and_filters_are_not(shop: Shop) -> None:
    members = shop.create("Base", [{"type": "profile-property", "property": "email", "filter": {"type": "existence", "operator": "is-set"}}])
    keep(shop, *METRICS, segment_id=members.data["id"])
    way, of = conditions(ask(shop, kind="dropped"))
    assert [step["metric_exists"] for step in way["steps"]] == [True, True, False]
    assert all(not step["metric_filters"] for step in way["steps"])
    assert of["group_ids"] == [members.data["id"]]


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"funnel_id": "nope"}, "/funnel_id"),
        ({"step": 0}, "/step"),
        ({"step": 8}, "/step"),
        ({"step": 7, "kind": "dropped"}, "/step"),
        ({"step": 6}, "/step"),
        ({"step": 5, "kind": "dropped"}, "/step"),
        ({"kind": "lost"}, "/kind"),
        ({"name": " "}, "/name"),
        ({"timeframe": {"start": "2026-01-01"}}, "/timeframe"),
        ({"timeframe": {"start": "2026-01-01", "end": "2027-01-01"}}, "/timeframe/end"),
        ({"timeframe": {"start": "2026-01-02", "end": "2026-01-01"}}, "/timeframe/end"),
    ],
)
def test_what_is_wrong_is_named(shop: Shop, attributes: dict[str, Any], pointer: str) -> None:
    keep(shop, *METRICS, "Four", "Five", "Six", "Seven")
    refused = ask(shop, **attributes)
    assert (refused.status, refused.error["source"]["pointer"]) == (400, f"/data/attributes{pointer}")


def test_custom_metrics_are_refused(shop: Shop) -> None:
    funnel = Funnel("Fun001", "Shop", (Step(shop.metric("A")), Step("custom")), NOW, NOW)
    assert funnels.save(shop.table, shop.account, Dashboard((), 0), [funnel])
    refused = ask(shop)
    assert (refused.status, refused.error["source"]["pointer"]) == (400, "/data/attributes/funnel_id")
    assert "custom metrics" in refused.error["detail"]


@pytest.mark.parametrize("key", ["this_week", "this_month", "this_year", "last_365_days"])
def test_time_frames_to_date(shop: Shop, key: str) -> None:
    keep(shop, *METRICS)
    view, cart, _ = METRICS
    now = shop.record("now", happened(view, 0), happened(cart, 0))
    shop.record("ago", happened(view, 800), happened(cart, 800))
    made = ask(shop, timeframe={"key": key}).data["id"]
    shop.drain()
    assert shop.members(made) == {now}
