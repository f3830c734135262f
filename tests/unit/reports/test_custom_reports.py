"""Custom reports as a client sees them: kept, copied, run, listed, exported; the library."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cdp.documents.custom_metrics import CUSTOM_METRICS, CustomMetric, Definition, MetricGroup
from cdp.documents.metrics import Metric
from functions.reports.export import to_csv
from functions.reports.library import TEMPLATES
from functions.reports.report import Column
from tests.unit.calls import Answer, pages
from tests.unit.query.files import event
from tests.unit.reports.room import NOW, Room

JUNE = datetime(2036, 6, 1, tzinfo=UTC)
A = "/data/attributes"


@pytest.fixture
def placed(room: Room) -> Metric:
    metric = room.metric("Placed Order")
    room.store([
        event(1, JUNE, metric_id=metric.no, profile_no=1, value=10.0, properties='{"shop":"=1+1"}'),
        event(2, JUNE + timedelta(hours=21, minutes=59), metric_id=metric.no, profile_no=1, properties='{"shop":"a, \\"b\\"\\nc"}'),
        event(3, JUNE + timedelta(hours=22), metric_id=metric.no, profile_no=2, value=5.5),
    ])  # fmt: skip
    return metric


def definition(metric: Metric, **more: Any) -> dict[str, Any]:
    return {"metric_ids": [metric.id], "timeframe": {"start": "2036-06-01", "end": "2036-06-02"}, **more}


def create(room: Room, metric: Metric, name: str = "Mine", **attributes: Any) -> Answer:
    given = {"name": name, "report_type": "single_metric", "definition": definition(metric), **attributes}
    return room.post("/api/custom-reports", "custom-report", **given)


def change(room: Room, id_: str, **attributes: Any) -> Answer:
    return room.call("PATCH", f"/api/custom-reports/{id_}", {"data": {"type": "custom-report", "id": id_, "attributes": attributes}})


def run(room: Room, **attributes: Any) -> Answer:
    return room.post("/api/custom-report-runs", "custom-report-run", **attributes)


def exported(room: Room, run_id: str) -> str:
    context = {"authorizer": {"lambda": {"account_id": room.account.id, "scopes": "*"}}}
    answer = room.call.handler({
        "routeKey": "GET /api/custom-report-runs/{id}/export", "headers": {}, "rawPath": "",
        "pathParameters": {"id": run_id}, "requestContext": context,
    })  # fmt: skip
    assert answer["headers"]["content-type"].startswith("text/csv")
    return str(answer["body"])


def test_a_report_is_made_read_changed_and_deleted(room: Room, placed: Metric) -> None:
    made = create(room, placed, " Mine ", unknown="passed over")
    assert made.status == 201
    url = made.headers["location"]
    assert url == made.data["links"]["self"]
    assert made.data["attributes"] == {
        "name": "Mine", "report_type": "single_metric", "definition": definition(placed), "schedule": None,
        "created": "2036-07-01T12:00:00+00:00", "updated": "2036-07-01T12:00:00+00:00",
    }  # fmt: skip
    assert room.call.get(url).data == made.data
    id_ = made.data["id"]
    changed = change(room, id_, name="Ours", definition=definition(placed, interval="weekly")).data["attributes"]
    assert (changed["name"], changed["definition"]["interval"]) == ("Ours", "weekly")
    schedule = {"frequency": "weekly", "recipients": ["A@example.com", "a@example.com", "b@example.com"]}
    kept = change(room, id_, schedule=schedule).data["attributes"]
    assert kept["schedule"] == {"frequency": "weekly", "recipients": ["a@example.com", "b@example.com"]}
    assert kept["name"] == "Ours"
    assert change(room, id_, schedule=None).data["attributes"]["schedule"] is None
    assert room.call("DELETE", url).status == 204
    assert room.call.get(url).status == 404
    assert room.call("DELETE", url).status == 404


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"name": " "}, f"{A}/name"),
        ({"name": "x" * 256}, f"{A}/name"),
        ({"report_type": "pie"}, f"{A}/report_type"),
        ({"definition": {}}, f"{A}/definition/metric_ids"),
        ({"definition": {"metric_ids": ["XXXXXX"]}}, f"{A}/definition/metric_ids/0"),
        ({"definition": {"metric_ids": ["XXXXXX"], "colour": "red"}}, f"{A}/definition/colour"),
        ({"definition": {"metric_ids": ["XXXXXX"], "timeframe": {"key": "ever"}}}, f"{A}/definition/timeframe/key"),
        ({"schedule": {"frequency": "hourly", "recipients": ["a@example.com"]}}, f"{A}/schedule/frequency"),
        ({"schedule": {"frequency": "weekly", "recipients": []}}, f"{A}/schedule/recipients"),
        ({"schedule": {"frequency": "weekly", "recipients": ["a@example.com", "b"]}}, f"{A}/schedule/recipients/1"),
    ],
)
def test_faults_are_pointed_at(room: Room, placed: Metric, given: dict[str, Any], pointer: str) -> None:
    answer = create(room, placed, **given)
    assert (answer.status, answer.error["source"]["pointer"]) == (400, pointer)
    if "report_type" not in given:
        answer = change(room, create(room, placed).data["id"], **given)
        assert (answer.status, answer.error["source"]["pointer"]) == (400, pointer)


def test_the_type_and_the_id_stay(room: Room, placed: Metric) -> None:
    id_ = create(room, placed).data["id"]
    assert change(room, id_, report_type="rfm").error["source"]["pointer"] == f"{A}/report_type"
    body = {"data": {"type": "custom-report", "id": "other", "attributes": {}}}
    assert room.call("PATCH", f"/api/custom-reports/{id_}", body).error["source"]["pointer"] == "/data/id"


def test_reports_are_listed_filtered_and_sorted(room: Room, placed: Metric) -> None:
    names = [create(room, placed, f"R{n}").data["attributes"]["name"] for n in (3, 1, 5, 2, 4)]
    create(room, placed, "Another", report_type="multi_metric")

    def listed(**query: str) -> list[str]:
        return [one["attributes"]["name"] for page in pages(room.call, "/api/custom-reports", **query) for one in page.data]

    assert listed(sort="name", **{"page[size]": "2"}) == ["Another", *sorted(names)]
    assert listed(sort="-name", **{"page[size]": "2"}) == [*sorted(names, reverse=True), "Another"]
    assert listed(filter='equals(report_type,"multi_metric")') == ["Another"]
    assert listed(filter='contains(name,"R")', sort="name") == sorted(names)
    assert listed(filter="greater-than(created,2036-07-02)") == []
    assert room.call.get("/api/custom-reports", sort="report_type").error["source"]["parameter"] == "sort"


def test_a_copy_is_named_so_and_has_no_schedule(room: Room, placed: Metric) -> None:
    schedule = {"frequency": "monthly", "recipients": ["a@example.com"]}
    original = create(room, placed, schedule=schedule).data
    body: dict[str, Any] = {"data": {"type": "custom-report", "id": original["id"]}}
    copy = room.call("POST", "/api/custom-report-clone", body).data
    assert copy["id"] != original["id"]
    assert copy["attributes"] == {**original["attributes"], "name": "Copy of Mine", "schedule": None}
    body["data"]["attributes"] = {"name": "Other"}
    assert room.call("POST", "/api/custom-report-clone", body).data["attributes"]["name"] == "Other"
    body["data"]["id"] = "XXXXXX"
    missing = room.call("POST", "/api/custom-report-clone", body)
    assert (missing.status, missing.error["source"]["pointer"]) == (404, "/data/id")


def test_runs_of_a_report_are_its_history(room: Room, placed: Metric) -> None:
    id_ = create(room, placed).data["id"]
    made = [run(room, custom_report_id=id_).data for _ in range(5)]
    assert made[0]["attributes"]["rows"] == [["2036-06-01T00:00:00+02:00", 2], ["2036-06-02T00:00:00+02:00", 1]]
    assert made[0]["attributes"]["trigger"] == "request"
    assert run(room, report_type="single_metric", definition=definition(placed)).status == 201  # of no report
    listed = [one for page in pages(room.call, f"/api/custom-reports/{id_}/runs", **{"page[size]": "2"}) for one in page.data]
    assert sorted(one["id"] for one in listed) == sorted(one["id"] for one in made)
    assert all("rows" not in one["attributes"] and one["attributes"]["row_count"] == 2 for one in listed)
    backwards = room.call.get(f"/api/custom-reports/{id_}/runs", sort="started_at").data
    assert [one["id"] for one in backwards] == [one["id"] for one in reversed(listed)]
    assert room.call.get(listed[0]["links"]["self"]).data["attributes"]["rows"] == made[0]["attributes"]["rows"]
    assert room.call.get("/api/custom-reports/XXXXXX/runs").status == 404


@pytest.mark.parametrize(
    ("given", "status", "pointer"),
    [
        ({"custom_report_id": "XXXXXX"}, 404, f"{A}/custom_report_id"),
        ({"custom_report_id": "XXXXXX", "report_type": "rfm"}, 400, f"{A}/custom_report_id"),
        ({"report_type": "single_metric"}, 400, f"{A}/definition"),
        ({"definition": {}}, 400, f"{A}/report_type"),
    ],
)
def test_a_run_needs_a_report(room: Room, given: dict[str, Any], status: int, pointer: str) -> None:
    answer = run(room, **given)
    assert (answer.status, answer.error["source"]["pointer"]) == (status, pointer)


def test_a_report_whose_metric_is_gone_says_so_at_its_id(room: Room, placed: Metric) -> None:
    gone = CustomMetric("Gone12", "Gone", NOW, NOW, Definition("value", (MetricGroup(placed.id),)))
    room.table.write([[CUSTOM_METRICS.put(room.account.id, gone, 0)]])
    id_ = create(room, placed, definition={"metric_ids": ["Gone12"]}).data["id"]
    assert run(room, custom_report_id=id_).status == 201
    stored = CUSTOM_METRICS.get(room.table, room.account.id, "Gone12")
    assert stored is not None
    room.table.write([[CUSTOM_METRICS.delete(room.account.id, stored)]])
    answer = run(room, custom_report_id=id_)
    assert (answer.status, answer.error["source"]["pointer"]) == (400, f"{A}/custom_report_id")


def test_an_export_reads_back_as_it_was(room: Room, placed: Metric) -> None:
    """Quotes, commas and line ends inside values survive; a formula is a text."""
    by_shop = definition(placed, interval="yearly", measurements=["total", "value_sum"], group_by=[{"property": "shop"}])
    made = run(room, report_type="single_metric", definition=by_shop).data
    text = exported(room, made["id"])
    assert text.endswith("\r\n")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["interval_start", "shop", "total", "value_sum"],
        ["2036-01-01T00:00:00+01:00", "", "1", "5.50"],
        ["2036-01-01T00:00:00+01:00", "'=1+1", "1", "10.00"],
        ["2036-01-01T00:00:00+01:00", 'a, "b"\nc', "1", "0.00"],
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"), ("+x", "'+x"), ("\t=1", "'\t=1"),
        ("-", "'-"), ("-12.5", "-12.5"), ("+49 170 1234567", "+49 170 1234567"), ("1e5", "1e5"), ("a=b", "a=b"), ("", ""),
        ("2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00"),
    ],
)  # fmt: skip
def test_a_cell_is_no_formula(text: str, shown: str) -> None:
    columns = [Column(text, "string"), Column("n", "money")]
    (head, line) = csv.reader(io.StringIO(to_csv(columns, [[text, -1.5]]), newline=""))
    assert (head[0], line) == (shown, [shown, "-1.50"])


def test_the_library_finds_the_metrics_or_names_those_that_are_missing(room: Room) -> None:
    assert len(room.call.get("/api/custom-report-templates").data) == len(TEMPLATES)
    bare = room.call.get("/api/custom-report-templates/way-to-the-order").data["attributes"]
    assert bare["definition"] is None
    assert bare["missing_metrics"] == [
        "Viewed Product", "Checkout Started or Started Checkout", "Placed Order or Ordered Product"
    ]  # fmt: skip
    for name in ("Viewed Product", "Started Checkout", "Ordered Product", "Placed Order"):
        room.metric(name)
    for one in room.call.get("/api/custom-report-templates").data:
        attributes = one["attributes"]
        assert attributes["missing_metrics"] == []
        kept = room.post(
            "/api/custom-reports", "custom-report", name=attributes["name"], report_type=attributes["report_type"],
            definition=attributes["definition"],
        )  # fmt: skip
        assert kept.status == 201, kept.document
        assert run(room, custom_report_id=kept.data["id"]).data["attributes"]["status"] == "complete"
    assert {one.report_type for one in TEMPLATES.values()} == {
        "single_metric", "multi_metric", "campaign_performance", "flow_performance", "product_performance"
    }  # fmt: skip
    assert room.call.get("/api/custom-report-templates/nothing").status == 404


def test_a_run_that_takes_long_becomes_a_job_and_then_history(room: Room, placed: Metric) -> None:
    id_ = create(room, placed).data["id"]
    slow = room.caller(answer_within_s=0)
    body = {"data": {"type": "custom-report-run", "attributes": {"custom_report_id": id_}}}
    answer = slow("POST", "/api/custom-report-runs", body)
    assert (answer.status, answer.data["type"]) == (202, "report-job")
    history = f"/api/custom-reports/{id_}/runs"
    assert room.call.get(history).data == []
    assert room.work() == 1
    job = room.call.get(answer.headers["location"]).data
    assert job["attributes"]["status"] == "complete"
    (run_,) = room.call.get(history).data
    assert job["relationships"]["report"]["data"] == {"type": "custom-report-run", "id": run_["id"]}


def test_another_account_sees_nothing(room: Room, placed: Metric) -> None:
    id_ = create(room, placed).data["id"]
    made = run(room, custom_report_id=id_).data["id"]
    room.call.account_id = "OTHER1"
    for path in (f"/api/custom-reports/{id_}", f"/api/custom-reports/{id_}/runs", f"/api/custom-report-runs/{made}"):
        assert room.call.get(path).status == 404
