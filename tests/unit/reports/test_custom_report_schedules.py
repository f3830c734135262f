"""Scheduled reports run once for each week or month of the account's calendar, whatever is delivered twice."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.documents import custom_reports
from cdp.documents.custom_reports import CustomReport, Schedule
from cdp.documents.metrics import Metric
from cdp.errors import Unavailable
from cdp.events import CustomReportDue, Scheduled, decode, encode
from functions.reports import mailing
from functions.reports.running import Runner
from functions.reports.schedules import JOB, Schedules, began
from tests.unit.query.files import event
from tests.unit.reports.room import NOW, Room
from tests.unit.reports.strategies import ZONES

MONDAY = datetime(2036, 7, 6, 22, tzinfo=UTC)  # midnight in Berlin; the account's reports are made on the Tuesday before
DAY = timedelta(days=1)


@pytest.fixture
def placed(room: Room) -> Metric:
    metric = room.metric("Placed Order")
    room.store([event(1, MONDAY - DAY, metric_id=metric.no), event(2, MONDAY + timedelta(minutes=1), metric_id=metric.no)])
    return metric


def scheduled(room: Room, frequency: str, definition: dict[str, Any]) -> str:
    answer = room.post(
        "/api/custom-reports", "custom-report", name="Mine", report_type="single_metric", definition=definition,
        schedule={"frequency": frequency, "recipients": ["a@example.com"]},
    )  # fmt: skip
    return str(answer.data["id"])


def due(room: Room, now: datetime) -> list[CustomReportDue]:
    """What is put into the inbox."""
    at(room, now).announce(now)
    deliveries = room.queue.receive(10, visibility_s=60)
    room.queue.ack(deliveries)
    found = [decode(one.body) for one in deliveries]
    assert all(isinstance(one, CustomReportDue) for one in found)
    return [one for one in found if isinstance(one, CustomReportDue)]


def at(room: Room, now: datetime) -> Schedules:
    return Schedules(room.table, room.queue, Runner(room.table, room.engine), room.mailer, lambda: now)


def history(room: Room, id_: str) -> list[dict[str, Any]]:
    return [one["attributes"] for one in room.call.get(f"/api/custom-reports/{id_}/runs").data]


def test_a_week_is_run_once_as_of_its_beginning(room: Room, placed: Metric) -> None:
    id_ = scheduled(room, "weekly", {"metric_ids": [placed.id], "timeframe": {"key": "last_7_days"}, "interval": "monthly"})
    assert due(room, NOW) == due(room, MONDAY - timedelta(seconds=1)) == []  # the week in which it was made is not run
    announced = due(room, MONDAY)
    assert announced == due(room, MONDAY + 2 * DAY) == [CustomReportDue(room.account.id, id_, MONDAY.isoformat())]
    for one in [*announced, *announced]:
        at(room, MONDAY + timedelta(hours=1)).run(one)
    assert due(room, MONDAY + 6 * DAY) == []
    (run,) = history(room, id_)
    assert (run["trigger"], run["as_of"], run["status"]) == ("schedule", "2036-07-06T22:00:00+00:00", "complete")
    assert run["started_at"] == "2036-07-06T23:00:00+00:00"
    id_of_run = room.call.get(f"/api/custom-reports/{id_}/runs").data[0]["id"]
    rows = room.call.get(f"/api/custom-report-runs/{id_of_run}").data["attributes"]["rows"]
    assert sum(row[1] for row in rows) == 1  # nothing after the week began
    (later,) = due(room, MONDAY + 7 * DAY)
    at(room, MONDAY + 7 * DAY).run(later)
    assert [one["as_of"] for one in history(room, id_)] == ["2036-07-13T22:00:00+00:00", "2036-07-06T22:00:00+00:00"]


def test_a_month_begins_on_its_first_day(room: Room, placed: Metric) -> None:
    id_ = scheduled(room, "monthly", {"metric_ids": [placed.id]})
    first = datetime(2036, 7, 31, 22, tzinfo=UTC)
    assert due(room, first - timedelta(seconds=1)) == []
    assert due(room, first) == [CustomReportDue(room.account.id, id_, first.isoformat())]


def test_what_fails_is_kept_with_its_reason_and_holds_nothing_up(room: Room, placed: Metric) -> None:
    good = scheduled(room, "weekly", {"metric_ids": [placed.id]})
    broken = CustomReport(
        "Broken", "Broken", NOW, NOW, "single_metric", {"metric_ids": ["XXXXXX"]}, Schedule("weekly", ("a@example.com",), NOW)
    )
    assert custom_reports.save(room.table, room.account.id, broken, 0)
    room.queue.send([encode(Scheduled(JOB, as_of=MONDAY.isoformat()))])
    assert room.work() == 3
    (failed,) = history(room, "Broken")
    assert (failed["status"], failed["row_count"]) == ("failed", 0)
    assert failed["error"] == {
        "detail": "A metric with id XXXXXX does not exist.", "source": {"pointer": "/metric_ids/0"}
    }  # fmt: skip
    assert [one["status"] for one in history(room, good)] == ["complete"]
    assert due(room, MONDAY) == []  # not tried again


def test_a_schedule_that_is_taken_away_runs_no_more(room: Room, placed: Metric) -> None:
    id_ = scheduled(room, "weekly", {"metric_ids": [placed.id]})
    (announced,) = due(room, MONDAY)
    body = {"data": {"type": "custom-report", "id": id_, "attributes": {"schedule": None}}}
    assert room.call("PATCH", f"/api/custom-reports/{id_}", body).status == 200
    at(room, MONDAY).run(announced)
    assert history(room, id_) == []
    assert due(room, MONDAY) == []
    assert room.call("DELETE", f"/api/custom-reports/{id_}").status == 204
    at(room, MONDAY).run(announced)


@settings(max_examples=60, deadline=None)
@given(
    now=st.integers(0, 10_500 * 1440).map(lambda m: datetime(2011, 1, 1, tzinfo=UTC) + timedelta(minutes=m)),
    zone=st.sampled_from(ZONES),
    monthly=st.booleans(),
)  # fmt: skip
def test_a_period_begins_with_the_first_instant_of_its_local_day(now: datetime, zone: str, monthly: bool) -> None:
    """Apia had no 30 December 2011; a Monday or first of a month always exists there."""
    start = began("monthly" if monthly else "weekly", now, ZoneInfo(zone))
    assert start <= now < start + (32 if monthly else 8) * DAY
    local, before = (moment.astimezone(ZoneInfo(zone)) for moment in (start, start - timedelta(microseconds=1)))
    assert local.day == 1 if monthly else local.weekday() == 0
    assert before.date() < local.date()


def mails(room: Room) -> list[EmailMessage]:
    found = sorted(room.outbox.glob("*.eml")) if room.outbox.exists() else []
    return [email.message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=email.policy.default) for path in found]


def test_recipients_get_one_mail_a_run_with_the_table(room: Room, placed: Metric) -> None:
    id_ = scheduled(room, "weekly", {"metric_ids": [placed.id], "timeframe": {"key": "last_7_days"}, "interval": "monthly"})
    (announced,) = due(room, MONDAY)
    for _ in range(2):
        at(room, MONDAY + timedelta(hours=1)).run(announced)
    (mail,) = mails(room)
    assert (mail["To"], mail["Subject"]) == ("a@example.com", "Mine, 2036-07-07")
    (run,) = room.call.get(f"/api/custom-reports/{id_}/runs").data
    lines = str(mail.get_content()).splitlines()
    assert f"https://regulars.example/api/custom-report-runs/{run['id']}/export" in lines
    assert "interval_start,total" in lines
    assert sum(int(line.rpartition(",")[2]) for line in lines[lines.index("interval_start,total") + 1 :] if line) == 1


def test_who_was_not_reached_is_tried_again(room: Room, placed: Metric) -> None:
    """The run is kept and the post is away: the next delivery of the message mails it."""
    scheduled(room, "weekly", {"metric_ids": [placed.id]})
    (announced,) = due(room, MONDAY)

    class Away:
        def send(self, mail: object) -> None:
            raise Unavailable("the post is away")

    schedules = at(room, MONDAY)
    with pytest.raises(Unavailable):
        replace(schedules, mailer=replace(room.mailer, post=Away())).run(announced)
    assert mails(room) == []
    schedules.run(announced)
    assert len(mails(room)) == 1


def test_a_table_that_is_too_long_is_linked(room: Room, placed: Metric, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "MOST_BYTES", 10)
    scheduled(room, "weekly", {"metric_ids": [placed.id]})
    (announced,) = due(room, MONDAY)
    at(room, MONDAY).run(announced)
    (mail,) = mails(room)
    assert "too much for a mail" in mail.get_content()
    assert "interval_start" not in mail.get_content()
