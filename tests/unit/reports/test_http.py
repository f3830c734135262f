"""The operations as a client sees them: documents, stored runs, exports, errors with pointers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openapi_client.models.post_metric_aggregate_response import PostMetricAggregateResponse

from cdp.documents.metrics import Metric
from tests.unit.query.files import event
from tests.unit.reports.room import NOW, Room

JUNE = datetime(2036, 6, 1, tzinfo=UTC)
FILTER = [
    "greater-or-equal(datetime,2036-06-01T00:00:00+02:00)",
    "less-than(datetime,2036-06-04T00:00:00+02:00)",
]


@pytest.fixture
def placed(room: Room) -> Metric:
    """Orders of three people on the first days of June, Berlin time."""
    metric = room.metric("Placed Order")
    room.store(
        [
            event(1, JUNE, metric_id=metric.no, profile_no=1, value=10.0, campaign='Spring, "25"'),
            event(2, JUNE + timedelta(hours=21, minutes=59), metric_id=metric.no, profile_no=1, value=0.005),
            event(
                3, JUNE + timedelta(hours=22), metric_id=metric.no, profile_no=2, value=5.5, campaign="Sale"
            ),
            event(4, JUNE + timedelta(hours=23), metric_id=metric.no, profile_no=3, campaign="Sale"),
            event(5, JUNE, metric_id=metric.no + 1, profile_no=3, value=99.0),
        ]
    )
    return metric


def test_aggregates_are_what_the_sdk_expects(room: Room, placed: Metric) -> None:
    answer = room.aggregate(
        metric_id=placed.id,
        measurements=["count", "sum_value", "unique"],
        filter=FILTER,
        timezone="Europe/Berlin",
    )
    assert answer.status == 200
    assert answer.data["attributes"]["dates"] == [f"2036-06-0{day}T00:00:00+02:00" for day in (1, 2, 3)]
    assert answer.data["attributes"]["data"] == [
        {
            "dimensions": [],
            "measurements": {"count": [2, 2, 0], "sum_value": [10.0, 5.5, 0], "unique": [1, 2, 0]},
        }
    ]
    model = PostMetricAggregateResponse.from_dict(answer.document)
    assert model is not None
    assert model.data.attributes.dates[0] == JUNE - timedelta(hours=2)
    assert answer.data["attributes"]["timezone"] == "Europe/Berlin"
    assert answer.data["attributes"]["data_through"] == "2036-06-01T23:00:00+00:00"
    assert answer.data["attributes"]["computed_at"] == "2036-07-01T12:00:00+00:00"


def test_aggregates_by_dimension_in_pages(room: Room, placed: Metric) -> None:
    asked: dict[str, Any] = {
        "metric_id": placed.id, "measurements": ["count"], "filter": FILTER, "by": ["Campaign Name"],
        "sort": "-count", "page_size": 1,
    }  # fmt: skip
    seen = []
    answer = room.aggregate(**asked)
    while True:
        seen += [
            (row["dimensions"][0], sum(row["measurements"]["count"]))
            for row in answer.data["attributes"]["data"]
        ]
        link = answer.document["links"]["next"]
        if link is None:
            break
        answer = room.aggregate(**asked, page_cursor=link)
    assert seen == [("Sale", 2), ("", 1), ('Spring, "25"', 1)]


def test_aggregates_filter_dimensions_whose_names_have_blanks(room: Room, placed: Metric) -> None:
    answer = room.aggregate(
        metric_id=placed.id, measurements=["count"], interval="month",
        filter=[*FILTER, 'equals(Campaign Name,"Spring, \\"25\\"")'],
    )  # fmt: skip
    assert answer.data["attributes"]["data"][0]["measurements"]["count"] == [0, 1]


def test_a_deep_dive_is_stored_and_exported(room: Room, placed: Metric) -> None:
    definition = {
        "metric_ids": [placed.id], "timeframe": {"start": "2036-06-01", "end": "2036-06-03"},
        "measurements": ["total", "unique", "value", "value_avg"],
    }  # fmt: skip
    answer = room.run("single_metric", definition)
    assert answer.status == 201
    attributes = answer.data["attributes"]
    assert attributes["status"] == "complete"
    assert [column["name"] for column in attributes["columns"]] == [
        "interval_start", "total", "unique", "value_sum", "value_avg"
    ]  # fmt: skip
    assert attributes["rows"] == [
        ["2036-06-01T00:00:00+02:00", 2, 1, 10.0, 5.0],
        ["2036-06-02T00:00:00+02:00", 2, 2, 5.5, 5.5],
        ["2036-06-03T00:00:00+02:00", 0, 0, 0.0, None],
    ]
    again = room.call.get(f"/api/custom-report-runs/{answer.data['id']}")
    assert again.data == answer.data
    export = room.call.handler(
        {"routeKey": "GET /api/custom-report-runs/{id}/export", "headers": {}, "rawPath": "",
         "pathParameters": {"id": answer.data["id"]},
         "requestContext": {"authorizer": {"lambda": {"account_id": room.account.id, "scopes": "*"}}}}
    )  # fmt: skip
    assert export["headers"]["content-type"].startswith("text/csv")
    assert export["body"].split("\r\n")[:2] == [
        "interval_start,total,unique,value_sum,value_avg", "2036-06-01T00:00:00+02:00,2,1,10.00,5.00"
    ]  # fmt: skip


def test_rfm_groups_and_moves(room: Room, placed: Metric) -> None:
    answer = room.rfm(start="2036-06-01", end="2036-06-30")
    attributes = answer.data["attributes"]
    groups = {row["group"]: row for row in attributes["results"]}
    assert sum(row["end"]["count"] for row in groups.values()) == 2
    assert sum(move["count"] for move in attributes["transitions"]) == 2
    assert {"from": "never_purchased", "to": "recent", "count": 1} in attributes["transitions"]
    assert attributes["timezone"] == "Europe/Berlin"
    assert attributes["data_through"] == "2036-06-01T22:00:00+00:00"


def test_as_of_hides_what_came_later(room: Room, placed: Metric) -> None:
    definition = {"metric_ids": [placed.id], "timeframe": {"key": "today"}}
    rows = room.run("single_metric", definition, as_of="2036-06-01T22:00:00Z").data["attributes"]["rows"]
    assert rows == [["2036-06-02T00:00:00+02:00", 1]]
    answer = room.rfm(as_of="2036-06-01T12:00:00Z")
    assert sum(row["end"]["count"] for row in answer.data["attributes"]["results"]) == 1


def test_an_account_without_events_has_empty_reports(room: Room) -> None:
    metric = room.metric("Placed Order")
    assert all(row["end"]["count"] == 0 for row in room.rfm().data["attributes"]["results"])
    answer = room.aggregate(metric_id=metric.id, measurements=["sum_value"], filter=FILTER)
    assert answer.data["attributes"]["data"][0]["measurements"] == {"sum_value": [0, 0, 0, 0]}
    rows = room.run("single_metric", {"metric_ids": [metric.id], "timeframe": {"key": "yesterday"}})
    assert rows.data["attributes"]["rows"] == [["2036-06-30T00:00:00+02:00", 0]]


A = "/data/attributes"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"metric_id": "nope"}, f"{A}/metric_id"),
        ({"metric_id": 5}, f"{A}/metric_id"),
        ({"measurements": ["median"]}, f"{A}/measurements/0"),
        ({"measurements": []}, f"{A}/measurements"),
        ({"interval": "minute"}, f"{A}/interval"),
        ({"timezone": "Mars/Olympus"}, f"{A}/timezone"),
        ({"timezone": "../etc/passwd"}, f"{A}/timezone"),
        ({"by": ["Colour"]}, f"{A}/by/0"),
        ({"sort": "Colour"}, f"{A}/sort"),
        ({"page_size": 0}, f"{A}/page_size"),
        ({"page_cursor": "%%%"}, f"{A}/page_cursor"),
        ({"filter": []}, f"{A}/filter"),
        ({"filter": FILTER[:1]}, f"{A}/filter"),
        ({"filter": [FILTER[0], "less-than(datetime,nonsense)"]}, f"{A}/filter/1"),
        ({"filter": [FILTER[0], "less-than(datetime,2037-06-04)"]}, f"{A}/filter"),
        ({"filter": [*FILTER, "equals(colour,1)"]}, f"{A}/filter/2"),
        ({"return_fields": ["colour"]}, f"{A}/return_fields/0"),
        ({"as_of": "soon"}, f"{A}/as_of"),
        ({"as_of": "0001-01-01T00:00:00Z"}, f"{A}/as_of"),
        (
            {"filter": ["greater-or-equal(datetime,0001-01-01)", "less-than(datetime,0001-02-01)"]},
            f"{A}/filter/0",
        ),
    ],
)
def test_faults_of_an_aggregate_are_pointed_at(
    room: Room, placed: Metric, change: dict[str, Any], pointer: str
) -> None:
    asked = {"metric_id": placed.id, "measurements": ["count"], "filter": FILTER}
    answer = room.aggregate(**{**asked, **change})
    assert (answer.status, answer.error["source"].get("pointer")) == (400, pointer), answer.document


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"metric_ids": ["nope"]}, "/metric_ids/0"),
        ({"metric_ids": []}, "/metric_ids"),
        ({"timeframe": {}}, "/timeframe"),
        ({"timeframe": {"key": "today", "start": "2036-01-01"}}, "/timeframe"),
        ({"timeframe": {"key": "someday"}}, "/timeframe/key"),
        ({"timeframe": {"start": "2034-01-01", "end": "2036-01-02"}}, "/timeframe/end"),
        ({"timeframe": {"start": "2036-02-30", "end": "2036-03-02"}}, "/timeframe/start"),
        ({"timeframe": {"start": "2036-03-02", "end": "2036-03-01"}}, "/timeframe/end"),
        ({"timeframe": {"start": "0001-01-01", "end": "0001-01-02"}}, "/timeframe/start"),
        ({"interval": "hourly"}, "/interval"),
        ({"group_by": [{"property": "a"}, {"property": "b"}]}, "/group_by"),
        ({"filters": [{"property": "a", "operator": "equals", "value": "x"}]}, "/filters/0/operator"),
        ({"filters": [{"property": "a", "filter": {"type": "string", "operator": "is"}}]}, "/filters/0/filter/operator"),
        (
            {"filters": [{"property": "a", "filter": {"type": "numeric", "operator": "equals", "value": "x"}}]},
            "/filters/0/filter/value",
        ),
        (
            {"filters": [{"property": "a", "source": "profile", "filter": {"type": "existence", "operator": "not-set"}}]},
            "/filters/0/filter",
        ),
        ({"colour": 1}, "/colour"),
    ],
)
def test_faults_of_a_definition_are_pointed_at(
    room: Room, placed: Metric, change: dict[str, Any], pointer: str
) -> None:
    answer = room.run("single_metric", {"metric_ids": [placed.id], **change})
    assert (answer.status, answer.error["source"].get("pointer")) == (400, f"{A}/definition{pointer}"), (
        answer.document
    )


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"metric_id": "nope"}, "/metric_id"),
        ({"start": "2036-06-30", "end": "2036-06-01"}, "/start"),
        ({"end": "2036-07-02"}, "/end"),
        ({"start": "yesterday"}, "/start"),
        ({"start": "0001-01-01"}, "/start"),
        ({"end": "9999-12-31"}, "/end"),
        ({"start": "9999-12-31T23:59:59-14:00"}, "/start"),
        (
            {"settings": {"recency": {"percentiles": {"best": 2, "average": 1}}}},
            "/settings/recency/percentiles",
        ),
        (
            {"settings": {"recency": {"values": {"best": 200, "average": 100}}}},
            "/settings/recency/values/best",
        ),
        (
            {"settings": {"frequency": {"values": {"best": 2, "average": 2}}}},
            "/settings/frequency/values/best",
        ),
        (
            {"settings": {"monetary": {"values": {"best": 2.5, "average": 2}}}},
            "/settings/monetary/values/best",
        ),
    ],
)
def test_faults_of_an_rfm_report_are_pointed_at(
    room: Room, placed: Metric, asked: dict[str, Any], pointer: str
) -> None:
    answer = room.rfm(**asked)
    assert (answer.status, answer.error["source"].get("pointer")) == (400, A + pointer), answer.document


def test_unknown_kinds_types_and_runs(room: Room) -> None:
    assert room.run("horoscope", {}).error["source"] == {"pointer": f"{A}/report_type"}
    assert room.post("/api/rfm-reports", "horoscope").error["source"] == {"pointer": "/data/type"}
    assert room.rfm().error["source"] == {"pointer": f"{A}/metric_id"}
    assert room.call.get("/api/custom-report-runs/none").error["status"] == 404


def test_runs_with_many_rows_are_kept_in_parts(room: Room, placed: Metric) -> None:
    room.store(
        [event(100 + i, NOW - timedelta(days=2), metric_id=placed.no, properties='{"k": "%s"}' % (f"{i}" * 200))
         for i in range(1000)]
    )  # fmt: skip
    definition = {
        "metric_ids": [placed.id], "timeframe": {"key": "last_7_days"}, "interval": "yearly",
        "group_by": [{"property": "k"}],
    }  # fmt: skip
    answer = room.run("single_metric", definition)
    assert len(answer.data["attributes"]["rows"]) == 1000
    assert room.call.get(f"/api/custom-report-runs/{answer.data['id']}").data == answer.data
