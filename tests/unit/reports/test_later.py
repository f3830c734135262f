"""Reports that take longer than their caller waits become jobs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cdp.errors import TooSlow
from cdp.lake.tables import EVENTS
from cdp.query.sql import select
from tests.unit.query.files import event
from tests.unit.reports.room import NOW, Room

WEEK = ["greater-or-equal(datetime,2036-06-24)", "less-than(datetime,2036-07-02)"]


@pytest.fixture
def metric_id(room: Room) -> str:
    metric = room.metric("Placed Order")
    room.store([event(n, NOW - timedelta(hours=n), metric_id=metric.no, value=2.5) for n in range(1, 40)])
    return metric.id


def test_a_job_answers_what_the_report_would_have(room: Room, metric_id: str) -> None:
    body = {"metric_id": metric_id, "measurements": ["count", "sum_value"], "filter": WEEK}
    document = {"data": {"type": "metric-aggregate", "attributes": body}}
    at_once = room.aggregate(**body)
    slow = room.caller(answer_within_s=0)
    accepted = slow("POST", "/api/metric-aggregates", document)
    assert accepted.status == 202
    job = accepted.data
    assert (job["type"], job["attributes"]["status"], job["attributes"]["completed_count"]) == ("report-job", "queued", 0)
    assert accepted.headers["location"].endswith(f"/api/report-jobs/{job['id']}")
    path = f"/api/report-jobs/{job['id']}"
    assert slow("GET", f"{path}/report").status == 404
    assert room.work() == 1
    done = slow("GET", path).data
    assert (done["attributes"]["status"], done["attributes"]["completed_count"]) == ("complete", 100)
    assert done["relationships"]["report"]["data"]["type"] == "metric-aggregate"
    answer = slow("GET", f"{path}/report")
    assert answer.data["attributes"] == at_once.data["attributes"]
    assert answer.data["attributes"]["data"][0]["measurements"]["count"][-2:] == [24, 12]


def test_a_job_of_a_run_points_to_the_run(room: Room, metric_id: str) -> None:
    definition = {"metric_ids": [metric_id], "timeframe": {"key": "last_7_days"}}
    body = {"data": {"type": "custom-report-run", "attributes": {"report_type": "single_metric", "definition": definition}}}
    slow = room.caller(answer_within_s=0)
    job = slow("POST", "/api/custom-report-runs", body).data
    assert room.work() == 1
    report = slow("GET", f"/api/report-jobs/{job['id']}").data["relationships"]["report"]
    run = slow("GET", f"/api/custom-report-runs/{report['data']['id']}")
    assert report["links"]["related"].endswith(f"/api/custom-report-runs/{run.data['id']}")
    assert sum(row[1] for row in run.data["attributes"]["rows"]) == 39


def test_a_redelivered_job_is_left_alone(room: Room, metric_id: str) -> None:
    slow = room.caller(answer_within_s=0)
    body = {"metric_id": metric_id, "measurements": ["count"], "filter": WEEK}
    job = slow("POST", "/api/metric-aggregates", {"data": {"type": "metric-aggregate", "attributes": body}}).data
    (delivery,) = room.queue.receive(10, visibility_s=0)
    assert room.work() == 1
    before = slow("GET", f"/api/report-jobs/{job['id']}/report").document
    room.queue.send([delivery.body])
    assert room.work() == 1
    assert slow("GET", f"/api/report-jobs/{job['id']}/report").document == before


def test_a_job_that_cannot_be_answered_says_why(room: Room, metric_id: str) -> None:
    slow = room.caller(answer_within_s=0)
    body = {"metric_id": metric_id, "measurements": ["count"], "filter": WEEK, "return_fields": ["sum_value"]}
    job = slow("POST", "/api/metric-aggregates", {"data": {"type": "metric-aggregate", "attributes": body}}).data
    room.work()
    done = slow("GET", f"/api/report-jobs/{job['id']}").data["attributes"]
    assert (done["status"], done["failed_count"]) == ("complete", 100)
    assert done["errors"][0]["source"] == {"pointer": "/data/attributes/return_fields/0"}
    assert "sum_value" in slow("GET", f"/api/report-jobs/{job['id']}/report").error["detail"]


def test_a_job_is_of_its_account(room: Room, metric_id: str) -> None:
    body = {"metric_id": metric_id, "measurements": ["count"], "filter": WEEK}
    document = {"data": {"type": "metric-aggregate", "attributes": body}}
    job = room.caller(answer_within_s=0)("POST", "/api/metric-aggregates", document).data
    stranger = room.caller()
    stranger.account_id = "XYZ234"
    assert stranger("GET", f"/api/report-jobs/{job['id']}").status == 404
    assert stranger("GET", f"/api/report-jobs/{job['id']}/report").status == 404


def test_the_engine_gives_up_in_time_and_goes_on_working(room: Room) -> None:
    room.lake.write(room.account.id, EVENTS, [event(n, NOW) for n in range(20_000)])
    endless = "SELECT count(*) AS n FROM events AS a CROSS JOIN events AS b CROSS JOIN events AS c WHERE a.value < b.value"
    with pytest.raises(TooSlow):
        room.engine.run(room.account.id, select(endless), limit_s=0.2)
    told: list[float] = []
    with pytest.raises(TooSlow):
        room.engine.run(room.account.id, select(endless), limit_s=1.3, progress=told.append)
    assert told
    assert all(0 <= part <= 1 for part in told)
    counted = room.engine.run(room.account.id, select("SELECT count(*) AS n FROM events"), limit_s=30).to_pylist()
    assert counted == [{"n": 20_000}]
