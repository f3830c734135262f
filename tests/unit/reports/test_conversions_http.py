"""The conversion overview and the audience performance as a client sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cdp.documents import plans
from cdp.documents.custom_metrics import CUSTOM_METRICS, CustomMetric
from cdp.documents.metrics import Metric
from cdp.documents.plans import Plan
from cdp.lake.tables import PROFILE_HISTORY
from tests.unit.calls import Answer
from tests.unit.query.files import event
from tests.unit.reports.members import log, segment
from tests.unit.reports.room import NOW, Room

JUNE = {"start": "2036-06-01", "end": "2036-06-30"}
HOUR = timedelta(hours=1)
TENTH = datetime(2036, 6, 10, 10, tzinfo=UTC)


def overview(room: Room, **attributes: Any) -> Answer:
    return room.post("/api/conversion-overview-reports", "conversion-overview-report", **attributes)


def audiences(room: Room, **attributes: Any) -> Answer:
    return room.post("/api/audience-performance-reports", "audience-performance-report", **attributes)


@pytest.fixture
def placed(room: Room) -> Metric:
    """In June one person orders twice, once after a click, another eleven times; in May somebody ordered."""
    metric, got, clicked = (room.metric(name) for name in ("Placed Order", "Received Email", "Clicked Email"))
    room.store([
        event(1, TENTH, metric_id=got.no, profile_no=1, message="m1", channel="email"),
        event(2, TENTH + HOUR, metric_id=clicked.no, profile_no=1, message="m1", channel="email"),
        event(3, TENTH + 2 * HOUR, metric_id=metric.no, profile_no=1, value=20.5),
        event(4, TENTH + 200 * HOUR, metric_id=metric.no, profile_no=1, value=10.25),
        *(event(10 + n, TENTH + n * HOUR, metric_id=metric.no, profile_no=2, value=1.0) for n in range(11)),
        event(30, TENTH - timedelta(days=30), metric_id=metric.no, profile_no=3, value=5.0),
    ])  # fmt: skip
    segment(room, "stars", "Stars", starred=True)
    segment(room, "plain", "Plain")
    segment(room, "gone", "Gone", active=False)
    log(room, [("stars", 1, TENTH, "joined"), ("plain", 2, TENTH - timedelta(days=8), "joined")])
    made = {"changed_at": TENTH - timedelta(days=60), "occurred_at": TENTH, "revision": 1}
    room.lake.write(room.account.id, PROFILE_HISTORY, [
        {**made, "property": name, "profile_no": no, "value": '"x"', "change_id": 10 * no + n}
        for no in (1, 2) for n, name in enumerate(("created", "email")) if (no, name) != (2, "email")
    ])  # fmt: skip
    return metric


def test_the_overview(room: Room, placed: Metric) -> None:
    attributes = overview(room, conversion_metric_id=placed.id, timeframe=JUNE).data["attributes"]
    shown = attributes["overview"]
    now = {
        "total_revenue": 41.75, "attributed_revenue": 20.5, "total_conversions": 13, "attributed_conversions": 1,
        "active_profiles": 1, "profiles_converted": 2, "average_order_value": 3.21,
    }  # fmt: skip
    assert {name: shown[name] for name in now} == now
    assert shown["comparison"]["total_revenue"] == 5.0
    assert shown["change"] == {
        "total_revenue": 7.35, "attributed_revenue": None, "total_conversions": 12.0, "attributed_conversions": None,
        "active_profiles": 0.0, "profiles_converted": 1.0, "average_order_value": pytest.approx(41.75 / 13 / 5 - 1),
    }  # fmt: skip
    groups = {group["conversions"]: group for group in attributes["groups"]}
    assert list(groups) == [1, 2, 3, 4, 5, 6, 7, 8, 9, "10+"]
    assert groups[2] == {
        "conversions": 2, "profiles": 1, "total_conversions": 2, "attributed_conversions": 1, "revenue": 30.75,
        "attributed_revenue": 20.5,
    }  # fmt: skip
    assert (groups["10+"]["profiles"], groups["10+"]["total_conversions"]) == (1, 11)
    assert (attributes["currency"], attributes["timezone"]) == ("EUR", "Europe/Berlin")
    assert attributes["data_through"] == "2036-06-18T18:00:00+00:00"


def test_members_count_while_they_are_members(room: Room, placed: Metric) -> None:
    for id_, conversions, active in (("stars", 2, 1), ("plain", 11, 0)):
        attributes = overview(room, conversion_metric_id=placed.id, timeframe=JUNE, segment_id=id_).data["attributes"]
        assert attributes["overview"]["total_conversions"] == conversions
        assert attributes["overview"]["active_profiles"] == active


@pytest.mark.parametrize(
    "comparison", ["previous_period", {"key": "previous_period"}, {"start": "2036-05-02", "end": "2036-05-31"}]
)
def test_comparisons(room: Room, placed: Metric, comparison: Any) -> None:
    shown = overview(room, conversion_metric_id=placed.id, timeframe=JUNE, comparison=comparison).data["attributes"]
    assert shown["overview"]["comparison"]["total_conversions"] == 1
    assert shown["overview"]["comparison"]["start"] == "2036-05-01T22:00:00+00:00"


def test_the_year_before_and_as_of(room: Room, placed: Metric) -> None:
    asked = {"conversion_metric_id": placed.id, "comparison": {"key": "previous_year"}}
    shown = overview(room, **asked).data["attributes"]["overview"]
    assert (shown["total_conversions"], shown["comparison"]["total_conversions"]) == (13, 0)
    assert shown["change"]["total_conversions"] is None
    shown = overview(room, **asked, as_of="2036-06-10T11:30:00Z").data["attributes"]["overview"]
    assert (shown["total_conversions"], shown["attributed_conversions"]) == (3, 0)  # with that of 11 May


def test_a_custom_metric_that_counts_has_no_revenue(room: Room, placed: Metric) -> None:
    definition = {"aggregation_method": "count", "metric_groups": [{"metric_id": placed.id, "metric_filters": [
        {"property": "$value", "filter": {"type": "numeric", "operator": "greater-than", "value": 1}}]}]}  # fmt: skip
    _custom_metric(room, definition)
    attributes = overview(room, conversion_metric_id="Cust", timeframe=JUNE).data["attributes"]
    shown = attributes["overview"]
    assert (shown["total_conversions"], shown["attributed_conversions"]) == (2, 1)
    money = ("total_revenue", "attributed_revenue", "average_order_value")
    for figures in (shown, shown["comparison"], shown["change"]):
        assert [figures[name] for name in money] == [None] * 3
    assert {group["revenue"] for group in attributes["groups"]} == {None}
    (result,) = audiences(room, conversion_metric_id="Cust", timeframe={"key": "last_30_days"}).data["attributes"]["results"]
    assert (result["statistics"]["email_conversions"], result["statistics"]["email_value"]) == (1, None)


def _custom_metric(room: Room, definition: dict[str, Any]) -> None:
    made = msgspec.convert(
        {"id": "Cust", "name": "Large orders", "created": NOW, "updated": NOW, "definition": definition}, CustomMetric
    )
    assert room.table.write([[CUSTOM_METRICS.put(room.account.id, made, 0)]])[0]


def test_audiences(room: Room, placed: Metric) -> None:
    asked = {"conversion_metric_id": placed.id, "timeframe": {"start": "2036-06-03", "end": "2036-06-30"}}
    (starred,) = audiences(room, **asked).data["attributes"]["results"]
    assert starred["groupings"] == {
        "segment_id": "stars", "segment_name": "Stars", "created": "2036-07-01T12:00:00+00:00",
    }  # fmt: skip
    silent = {f"{channel}_{what}": 0 for channel in ("sms", "push", "whatsapp") for what in ("conversions", "value")}
    assert starred["statistics"] == {
        "members": 1, "size_change": 1, "size_change_percent": None, "email_conversions": 1, "email_value": 20.5,
        **silent, "total_conversions": 1, "total_value": 20.5,
    }  # fmt: skip
    everybody = audiences(room, **asked, scope="all", sort="-size_change").data["attributes"]
    assert [one["groupings"]["segment_id"] for one in everybody["results"]] == ["stars", "plain"]
    assert everybody["results"][1]["statistics"]["size_change_percent"] == 0.0
    assert everybody["membership_since"] == "2036-06-02T10:00:00+00:00"


def test_runs_are_stored_as_tables(room: Room, placed: Metric) -> None:
    run = room.run("conversion_overview", {"conversion_metric_id": placed.id, "timeframe": JUNE}).data["attributes"]
    assert run["rows"][1] == ["2", 1, 2, 1, 30.75, 20.5]
    assert run["rows"][9][0] == "10+"
    definition = {"conversion_metric_id": placed.id, "timeframe": {"key": "last_30_days"}, "scope": "all"}
    run = room.run("audience_performance", definition).data["attributes"]
    assert [row[:2] for row in run["rows"]] == [["plain", "Plain"], ["stars", "Stars"]]
    assert {len(row) for row in run["rows"]} == {len(run["columns"])}


def test_an_account_with_nothing_but_a_metric(room: Room) -> None:
    metric = room.metric("Placed Order")
    shown = overview(room, conversion_metric_id=metric.id).data["attributes"]
    assert shown["overview"]["total_revenue"] == 0.0
    assert shown["overview"]["average_order_value"] is None
    assert shown["data_through"] is None
    answer = audiences(room, conversion_metric_id=metric.id, scope="all", timeframe=JUNE).data["attributes"]
    assert (answer["results"], answer["membership_since"]) == ([], None)


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"conversion_metric_id": "no"}, "/data/attributes/conversion_metric_id"),
        ({"conversion_metric_id": None}, "/data/attributes/conversion_metric_id"),
        ({"timeframe": {"key": "someday"}}, "/data/attributes/timeframe/key"),
        ({"timeframe": {"start": "2036-06-01"}}, "/data/attributes/timeframe"),
        ({"segment_id": "no"}, "/data/attributes/segment_id"),
        ({"segment_id": "gone"}, "/data/attributes/segment_id"),
        ({"comparison": "last_week"}, "/data/attributes/comparison"),
        ({"comparison": {}}, "/data/attributes/comparison"),
        ({"comparison": {"key": "previous_year", "start": "2036-01-01"}}, "/data/attributes/comparison"),
        ({"comparison": {"start": "2036-01-02", "end": "2036-01-01"}}, "/data/attributes/comparison/end"),
    ],
)
def test_what_is_wrong_is_named(room: Room, placed: Metric, attributes: dict[str, Any], pointer: str) -> None:
    answer = overview(room, **{"conversion_metric_id": placed.id, **attributes})
    assert (answer.status, answer.error["source"]) == (400, {"pointer": pointer})


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"scope": "some"}, "/data/attributes/scope"),
        ({"sort": "nothing"}, "/data/attributes/sort"),
        ({"timeframe": {"start": "2035-01-01", "end": "2036-06-01"}}, "/data/attributes/timeframe/end"),
        ({"timeframe": {"start": "2036-06-01", "end": "2036-06-30"}}, "/data/attributes/timeframe/start"),
    ],
)
def test_what_is_wrong_with_audiences(room: Room, placed: Metric, attributes: dict[str, Any], pointer: str) -> None:
    answer = audiences(room, **{"conversion_metric_id": placed.id, **attributes})
    assert (answer.status, answer.error["source"]) == (400, {"pointer": pointer})


def test_they_belong_to_the_add_ons(room: Room, placed: Metric) -> None:
    plans.save(room.table, room.account.id, Plan(features=("cdp",)))
    assert overview(room, conversion_metric_id=placed.id).status == 403
    assert audiences(room, conversion_metric_id=placed.id).status == 200
