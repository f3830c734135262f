"""Segment reports as a client sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from openapi_client.models.post_segment_series_response_dto import PostSegmentSeriesResponseDTO
from openapi_client.models.post_segment_values_response_dto import PostSegmentValuesResponseDTO

from tests.unit.calls import Answer
from tests.unit.reports.members import log, segment
from tests.unit.reports.room import Room

ALL = ["members_added", "members_removed", "net_members_changed", "total_members"]
JUNE = {"start": "2036-06-01T00:00:00+00:00", "end": "2036-06-04T00:00:00+00:00"}


def values(room: Room, **attributes: Any) -> Answer:
    given = {"statistics": ALL, "timeframe": JUNE, **attributes}
    return room.post("/api/segment-values-reports", "segment-values-report", **given)


def series(room: Room, **attributes: Any) -> Answer:
    given = {"statistics": ALL, "timeframe": JUNE, "interval": "daily", **attributes}
    return room.post("/api/segment-series-reports", "segment-series-report", **given)


@pytest.fixture
def vips(room: Room) -> Room:
    """Berlin: one joined in May, one on 1 June and left on the 3rd, one on the 2nd at 00:30."""
    segment(room, "vips", "VIPs")
    segment(room, "none", "Nobody", active=False)
    log(room, [
        ("vips", 1, datetime(2036, 5, 1, tzinfo=UTC), "joined"),
        ("vips", 2, datetime(2036, 5, 31, 22, tzinfo=UTC), "joined"),
        ("vips", 2, datetime(2036, 6, 2, 22, tzinfo=UTC), "left"),
        ("vips", 3, datetime(2036, 6, 1, 22, 30, tzinfo=UTC), "joined"),
        ("list", 3, datetime(2036, 6, 1, 22, 30, tzinfo=UTC), "joined"),
    ])  # fmt: skip
    return room


def test_values_are_what_the_sdk_expects(vips: Room) -> None:
    answer = values(vips)
    assert answer.data["attributes"]["results"] == [
        {"groupings": {"segment_id": "none"}, "statistics": dict.fromkeys(ALL, 0)},
        {"groupings": {"segment_id": "vips"},
         "statistics": {"members_added": 2, "members_removed": 1, "net_members_changed": 1, "total_members": 2}},
    ]  # fmt: skip
    assert answer.data["attributes"]["timezone"] == "Europe/Berlin"
    assert answer.data["attributes"]["data_through"] == "2036-06-02T22:00:00+00:00"
    model = PostSegmentValuesResponseDTO.from_dict(answer.document)
    assert model is not None
    assert len(model.data.attributes.results) == 2


def test_series_are_what_the_sdk_expects(vips: Room) -> None:
    answer = series(vips, filter='equals(segment_id,"vips")', statistics=["total_members", "members_added"])
    assert answer.data["attributes"]["date_times"] == [f"2036-06-0{day}T00:00:00+02:00" for day in (1, 2, 3)]
    assert answer.data["attributes"]["results"] == [
        {"groupings": {"segment_id": "vips"}, "statistics": {"total_members": [2, 3, 2], "members_added": [1, 1, 0]}}
    ]
    model = PostSegmentSeriesResponseDTO.from_dict(answer.document)
    assert model is not None
    assert model.data.attributes.date_times[0] == datetime(2036, 5, 31, 22, tzinfo=UTC)


def test_as_of_hides_what_came_later(vips: Room) -> None:
    (_, shown) = values(vips, as_of="2036-06-02T22:00:00Z").data["attributes"]["results"]
    assert shown["statistics"]["total_members"] == 2
    (_, shown) = values(vips, as_of="2036-06-02T21:59:59Z").data["attributes"]["results"]
    assert shown["statistics"]["total_members"] == 3
    answer = series(vips, as_of="2036-06-02T10:00:00Z")
    assert len(answer.data["attributes"]["date_times"]) == 2


def test_an_empty_account_has_no_results(room: Room) -> None:
    assert values(room).data["attributes"]["results"] == []
    assert values(room).data["attributes"]["data_through"] is None
    attributes = series(room).data["attributes"]
    assert (attributes["results"], len(attributes["date_times"])) == ([], 3)


def test_runs_are_stored_as_tables(vips: Room) -> None:
    definition = {"statistics": ["total_members"], "timeframe": JUNE}
    run = vips.run("segment_values", definition).data["attributes"]
    assert run["rows"] == [["none", "Nobody", 0], ["vips", "VIPs", 2]]
    run = vips.run(
        "segment_series", {**definition, "interval": "daily", "filter": "equals(segment_id,'vips')"}
    ).data["attributes"]
    assert run["rows"] == [[f"2036-06-0{d}T00:00:00+02:00", "vips", "VIPs", n] for d, n in ((1, 2), (2, 3), (3, 2))]


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"statistics": []}, "/data/attributes/statistics"),
        ({"statistics": ["members"]}, "/data/attributes/statistics/0"),
        ({"timeframe": {"key": "last_decade"}}, "/data/attributes/timeframe/key"),
        ({"timeframe": {"key": "last_24_hours"}}, "/data/attributes/timeframe/key"),
        ({"timeframe": {"start": "2035-01-01", "end": "2036-06-01"}}, "/data/attributes/timeframe/end"),
        ({"timeframe": {"start": "2023-05-31", "end": "2023-06-30"}}, "/data/attributes/timeframe"),
        ({"timeframe": None}, "/data/attributes/timeframe"),
        ({"filter": 'equals(segment_id,"other")'}, "/data/attributes/filter"),
        ({"filter": 'equals(name,"VIPs")'}, "/data/attributes/filter"),
        ({"filter": 'contains(segment_id,"vips")'}, "/data/attributes/filter"),
        ({"filter": 'or(equals(segment_id,"vips"),equals(segment_id,"none"))'}, "/data/attributes/filter"),
        ({"filter": 'equals(segment_id,"vips"),equals(segment_id,"vips")'}, "/data/attributes/filter"),
        ({"filter": f"any(segment_id,{[str(n) for n in range(101)]})"}, "/data/attributes/filter"),
        ({"filter": 5}, "/data/attributes/filter"),
    ],
)
def test_what_is_wrong_is_named(vips: Room, attributes: dict[str, Any], pointer: str) -> None:
    for answer in (values(vips, **attributes), series(vips, **attributes)):
        assert answer.status == 400
        assert answer.error["source"] == {"pointer": pointer}


def test_any_of_no_segments_is_none(vips: Room) -> None:
    assert values(vips, filter="any(segment_id,[])").data["attributes"]["results"] == []


@pytest.mark.parametrize("interval", [None, "yearly", 5])
def test_intervals_that_are_none(vips: Room, interval: object) -> None:
    assert series(vips, interval=interval).error["source"] == {"pointer": "/data/attributes/interval"}


def test_the_wrong_type_of_body(vips: Room) -> None:
    answer = vips.post("/api/segment-values-reports", "segment-series-report", statistics=ALL, timeframe=JUNE)
    assert answer.error["source"] == {"pointer": "/data/type"}
