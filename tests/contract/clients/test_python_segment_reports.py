"""Segment values and series through the official Python SDK, unmodified (SPEC §22): every statistic, interval, filter
and named time frame."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from tests.contract.clients.conftest import PEOPLE, VISIBLE_S, Platform
from tests.contract.clients.test_python_segments import bought, definition, evaluated, segment
from tests.contract.clients.test_python_segments import metric_id as metric_id

STATISTICS = ["members_added", "members_removed", "net_members_changed", "total_members"]
KEYS = [
    "last_12_months", "last_30_days", "last_365_days", "last_3_months", "last_7_days", "last_90_days", "last_month",
    "last_week", "last_year", "this_month", "this_week", "this_year", "today", "yesterday",
]  # fmt: skip
ZONE = ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module")
def api(shop: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(shop.private_key, max_retries=1, test_host=shop.url)


def values(api: KlaviyoAPI, key: str = "today", **attributes: Any) -> Any:
    given = {"statistics": STATISTICS, "timeframe": {"key": key}, **attributes}
    return api.Reporting.query_segment_values(
        {"data": {"type": "segment-values-report", "attributes": given}}
    ).data


def series(api: KlaviyoAPI, key: str = "today", interval: str = "hourly", **attributes: Any) -> Any:
    given = {"statistics": STATISTICS, "timeframe": {"key": key}, "interval": interval, **attributes}
    return api.Reporting.query_segment_series(
        {"data": {"type": "segment-series-report", "attributes": given}}
    ).data


@pytest.fixture(scope="module")
def segments(api: KlaviyoAPI, metric_id: str) -> tuple[str, str]:
    """Everybody who bought, and nobody; the log of memberships is in the lake."""
    made = [
        str(api.Segments.create_segment(segment(name=f"Reported {n}", definition=definition(bought(metric_id, n)))).data.id)
        for n in (1, 99)
    ]
    for id_ in made:
        evaluated(api, id_)
    until = time.monotonic() + VISIBLE_S
    while _numbers(values(api, filter=f'equals(segment_id,"{made[0]}")'))[made[0]]["total_members"] < PEOPLE:
        assert time.monotonic() < until
        time.sleep(0.2)
    return made[0], made[1]


def _numbers(report: Any) -> dict[str, dict[str, Any]]:
    return {one.groupings["segment_id"]: one.statistics for one in report.attributes.results}


def test_values(api: KlaviyoAPI, segments: tuple[str, str]) -> None:
    buyers, nobody = segments
    found = values(api, filter=f'any(segment_id,["{buyers}","{nobody}"])')
    assert found.type == "segment-values-report"
    assert _numbers(found) == {
        buyers: {"members_added": PEOPLE, "members_removed": 0, "net_members_changed": PEOPLE, "total_members": PEOPLE},
        nobody: dict.fromkeys(STATISTICS, 0),
    }
    everything = _numbers(values(api, statistics=["total_members"]))
    assert {segments[0], segments[1]} <= everything.keys()
    assert everything[buyers] == {"total_members": PEOPLE}


@pytest.mark.parametrize("key", KEYS)
def test_named_time_frames(api: KlaviyoAPI, segments: tuple[str, str], key: str) -> None:
    filter_ = f'equals(segment_id,"{segments[0]}")'
    (found,) = _numbers(values(api, key, filter=filter_)).values()
    running = key.startswith("this") or key.endswith("days") or key == "today"
    assert found["members_added"] == (PEOPLE if running else 0)
    interval = "weekly" if key.endswith(("months", "year", "90_days", "365_days")) else "daily"
    report = series(api, key, interval, filter=filter_)
    (numbers,) = _numbers(report).values()
    assert sum(numbers["net_members_changed"]) == found["net_members_changed"]
    assert numbers["total_members"][-1] == found["total_members"]
    times = report.attributes.date_times
    assert all(len(one) == len(times) for one in numbers.values())
    assert times == sorted(times)


@pytest.mark.parametrize(("interval", "key"), [("hourly", "last_7_days"), ("daily", "last_30_days"), ("weekly", "last_12_months"), ("monthly", "last_365_days")])
def test_intervals(api: KlaviyoAPI, segments: tuple[str, str], interval: str, key: str) -> None:
    report = series(api, key, interval, filter=f'any(segment_id,["{segments[0]}","{segments[1]}"])')
    for at in report.attributes.date_times:
        local = at.astimezone(ZONE)
        assert at.utcoffset() == local.utcoffset()
        assert (local.minute, local.second) == (0, 0)
        assert interval == "hourly" or local.hour == 0
    assert set(_numbers(report)) == set(segments)


def test_offsets_of_custom_time_frames_mean_nothing(api: KlaviyoAPI, segments: tuple[str, str]) -> None:
    day = f"{datetime.now(ZONE):%Y-%m-%d}T00:00:00"
    reports = [
        values(api, timeframe={"start": f"{day}{offset}", "end": f"{day[:10]}T23:59:59{offset}"})
        for offset in ("+00:00", "-11:00", "+13:00")
    ]
    assert _numbers(reports[0])[segments[0]]["members_added"] == PEOPLE
    assert {str(_numbers(one)) for one in reports} == {str(_numbers(reports[0]))}


@pytest.mark.parametrize(
    "attributes",
    [{"timeframe": {"start": "2023-05-01T00:00:00+00:00", "end": "2023-06-30T00:00:00+00:00"}},
     {"timeframe": {"start": "2024-01-01T00:00:00+00:00", "end": "2025-01-02T00:00:00+00:00"}},
     {"filter": 'equals(segment_id,"nosuch")'}, {"filter": 'contains(segment_id,"a")'}, {"filter": 'equals(name,"a")'}],
)  # fmt: skip
def test_what_is_not_possible(api: KlaviyoAPI, attributes: dict[str, Any]) -> None:
    for report in (values, series):
        with pytest.raises(ApiException) as refused:
            report(api, **attributes)
        assert refused.value.status == 400
