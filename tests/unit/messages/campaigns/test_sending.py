"""What whoever sends says: campaigns sent, scheduled, cancelled, reverted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cdp.documents import campaigns
from cdp.ports import Table
from tests.unit.calls import Answer
from tests.unit.messages.campaigns.conftest import ACCOUNT, EMAIL, SMS, Room, document, ids

CAMPAIGN, JOB, MESSAGE = "/api/campaigns/{}", "/api/campaign-send-jobs/{}", "/api/campaign-messages/{}"
SCHEDULE = "/api/campaign-message-schedule"
AT = "/data/attributes"


def send(room: Room, id_: str) -> Answer:
    return room.older("POST", "/api/campaign-send-jobs", document("campaign-send-job", id_=id_))


def withdraw(room: Room, id_: str, action: str) -> Answer:
    return room.older("PATCH", JOB.format(id_), document("campaign-send-job", {"action": action}, id_))


def state(room: Room, id_: str) -> tuple[Any, Any, Any]:
    """Status, scheduled_at and send_time; the times as hours and minutes of the day, or their day."""
    shown = room.older.get(CAMPAIGN.format(id_)).data["attributes"]
    return shown["status"], shown["scheduled_at"], shown["send_time"]


def test_a_campaign_without_a_time_is_sent_now(room: Room, table: Table) -> None:
    id_ = room.create().data["id"]
    assert room.older.get(JOB.format(id_)).status == 404
    room.pass_time(minutes=5)
    sent = send(room, id_)
    assert (sent.status, sent.data["id"], sent.data["attributes"]) == (202, id_, {"status": "complete"})
    now = "2026-07-01T12:05:00+00:00"
    assert state(room, id_) == ("Sent", now, now)
    assert room.older.get(JOB.format(id_)).data["attributes"] == {"status": "complete"}
    (stored,) = campaigns.all_of(table, ACCOUNT)
    assert (stored.status, stored.send_time) == ("Sent", room.now)
    assert send(room, id_).error["code"] == "conflict"
    assert withdraw(room, id_, "cancel").error["code"] == "conflict"
    assert withdraw(room, id_, "revert").error["source"] == {"pointer": f"{AT}/action"}


def test_a_campaign_of_the_past_was_sent_then(room: Room) -> None:
    id_ = room.create(send_strategy={"method": "static", "datetime": "2025-11-28T09:00:00Z"}).data["id"]
    send(room, id_)
    assert state(room, id_) == ("Sent", "2026-07-01T12:00:00+00:00", "2025-11-28T09:00:00+00:00")


def test_a_campaign_is_scheduled_and_counts_as_sent_when_its_time_has_come(room: Room) -> None:
    id_ = room.create(send_strategy={"method": "static", "datetime": "2026-07-02T09:00:00Z"}).data["id"]
    assert send(room, id_).data["attributes"] == {"status": "queued"}
    times = ("2026-07-01T12:00:00+00:00", "2026-07-02T09:00:00+00:00")
    assert state(room, id_) == ("Scheduled", *times)
    room.pass_time(hours=20, minutes=59, seconds=59)
    assert state(room, id_)[0] == "Scheduled"
    room.pass_time(seconds=1)
    assert state(room, id_) == ("Sent", *times)
    assert room.older.get(JOB.format(id_)).data["attributes"] == {"status": "complete"}
    filter_ = "equals(messages.channel,'email'),equals(status,'Sent')"
    assert [one["id"] for one in room.older.get("/api/campaigns", filter=filter_).data] == [id_]
    found = room.newer.get("/api/campaign-messages", filter="equals(status,'sent')").data
    assert [one["attributes"]["definition"]["status"] for one in found] == ["sent"]
    assert withdraw(room, id_, "cancel").error["code"] == "conflict"


@pytest.mark.parametrize(("action", "status"), [("cancel", "Cancelled"), ("revert", "Draft")])
def test_what_is_scheduled_is_withdrawn(room: Room, action: str, status: str) -> None:
    id_ = room.create("Sale", EMAIL, SMS, send_strategy={"method": "smart_send_time", "date": "2026-07-03"}).data["id"]
    assert withdraw(room, id_, action).status == 404
    send(room, id_)
    assert state(room, id_)[2] == "2026-07-03T00:00:00+00:00"
    assert withdraw(room, id_, action).status == 204
    assert state(room, id_) == (status, None, None)
    job = room.older.get(JOB.format(id_))
    assert job.status == 404 if action == "revert" else job.data["attributes"] == {"status": "cancelled"}
    room.pass_time(days=9)
    assert state(room, id_)[0] == status


def test_another_strategy_moves_what_is_scheduled(room: Room) -> None:
    id_ = room.create(send_strategy={"method": "static", "datetime": "2026-07-02T09:00:00Z"}).data["id"]
    send(room, id_)

    def give(strategy: dict[str, str]) -> None:
        room.older("PATCH", CAMPAIGN.format(id_), document("campaign", {"send_strategy": strategy}, id_))

    give({"method": "static", "datetime": "2026-07-05T09:00:00Z"})
    assert (state(room, id_)[0], state(room, id_)[2]) == ("Scheduled", "2026-07-05T09:00:00+00:00")
    give({"method": "immediate"})
    assert (state(room, id_)[0], state(room, id_)[2]) == ("Draft", None)


def test_bad_jobs_name_their_field(room: Room) -> None:
    id_ = room.create().data["id"]
    assert send(room, "nobody").error["source"] == {"pointer": "/data/id"}
    assert withdraw(room, id_, "forget").error["source"] == {"pointer": f"{AT}/action"}
    other = document("campaign-send-job", {"action": "cancel"}, "other")
    assert room.older("PATCH", JOB.format(id_), other).error["source"] == {"pointer": "/data/id"}
    empty = room.create_newer(messages=()).data["id"]
    assert send(room, empty).error["source"] == {"pointer": "/data/id"}


def schedule(room: Room, id_: str, **attributes: Any) -> Answer:
    return room.newer("POST", SCHEDULE, document("campaign-message-schedule", attributes, campaign_message=("campaign-message", id_)))


def test_a_message_is_scheduled_by_itself(room: Room) -> None:
    made = room.create_newer(messages=[{"audience_temporary_id": "a"}] * 2)
    first, second = ids(made, "campaign-messages")
    throttled = {"throttling_percentage": 20, "throttle_unit": "minute"}
    answer = schedule(room, first, strategy="throttled", send_time="2026-07-02T09:00:00Z", throttled_options=throttled)
    assert (answer.status, answer.data["id"]) == (201, first)
    assert answer.data["attributes"] == {
        "send_time": "2026-07-02T09:00:00+00:00",
        "send_date": None,
        "strategy": "throttled",
        "throttling_percentage": 20,
        "throttle_unit": "minute",
    }
    assert state(room, made.data["id"])[0] == "Scheduled"
    best = schedule(room, second, strategy="smart_send_time", send_date="2026-07-03").data["attributes"]
    assert (best["strategy"], best["send_date"]) == ("smart_send_time", "2026-07-03")
    shown = room.newer.get(MESSAGE.format(second)).data["attributes"]["definition"]
    assert (shown["status"], shown["send_options"]["send_strategy"]) == ("scheduled", "send_time_optimization")
    action = document("campaign-message-schedule", {"action": "cancel"}, first)
    assert room.newer("PATCH", f"{SCHEDULE}/{first}", action).status == 204
    assert room.newer.get(MESSAGE.format(first)).data["attributes"]["definition"]["status"] == "cancelled"
    assert state(room, made.data["id"])[0] == "Scheduled"
    revert = document("campaign-message-schedule", {"action": "revert"}, second)
    assert room.newer("PATCH", f"{SCHEDULE}/{second}", revert).status == 204
    assert state(room, made.data["id"])[0] == "Draft"
    assert room.newer("PATCH", f"{SCHEDULE}/{second}", revert).status == 404


def test_a_whole_campaign_is_scheduled(room: Room) -> None:
    made = room.create_newer(messages=[{"audience_temporary_id": "a"}] * 2)
    first, second = ids(made, "campaign-messages")

    def scheduled(*messages: dict[str, Any]) -> Answer:
        of = ("campaign", made.data["id"])
        body = document("campaign-schedule", {"message_schedules": list(messages)}, campaign=of)
        return room.newer("POST", "/api/campaign-schedule", body)

    local = {"message_id": first, "strategy": "local_timezone", "send_time": "2026-07-02T09:00:00Z"}
    static = {"message_id": second, "strategy": "static", "send_time": "2026-07-03T09:00:00Z"}
    for wrong, pointer in (
        ((), ""),
        (({**local, "message_id": "nobody"},), "/0/message_id"),
        ((local, local), "/1/message_id"),
        ((local, {**static, "send_time": None}), "/1/send_time"),
        (({**local, "strategy": "smart_send_time"},), "/0/send_date"),
        (({**local, "strategy": "soon"},), "/0/strategy"),
        (({**local, "strategy": "throttled"},), "/0/throttled_options/throttling_percentage"),
    ):
        assert scheduled(*wrong).error["source"] == {"pointer": f"{AT}/message_schedules{pointer}"}
    answer = scheduled({**local, "timezone_options": {"send_past_timezones_tomorrow": False}}, static)
    assert answer.status == 201
    assert [one["id"] for one in answer.data["attributes"]["messages"]] == [first, second]
    assert answer.data["relationships"]["campaign"]["data"]["id"] == made.data["id"]
    shown = room.older.get(CAMPAIGN.format(made.data["id"])).data["attributes"]
    assert (shown["status"], shown["send_time"]) == ("Scheduled", "2026-07-02T09:00:00+00:00")
    assert shown["send_strategy"]["options"] == {"is_local": True, "send_past_recipients_immediately": True}
    room.pass_time(hours=30)
    assert state(room, made.data["id"])[0] == "Sending"
    assert scheduled(local).error["code"] == "conflict"
    room.pass_time(hours=30)
    assert state(room, made.data["id"])[0] == "Sent"


def test_a_sender_states_what_a_message_is(room: Room, table: Table) -> None:
    made = room.create_newer()
    (id_,) = ids(made, "campaign-messages")
    definition = {"status": "sent", "send_options": {"send_time": "2025-11-28T09:00:00Z"}}
    body = document("campaign-message", {"definition": definition}, id_)
    assert room.newer("PATCH", MESSAGE.format(id_), body).data["attributes"]["definition"]["status"] == "sent"
    assert state(room, made.data["id"]) == ("Sent", "2026-07-01T12:00:00+00:00", "2025-11-28T09:00:00+00:00")
    (stored,) = campaigns.all_of(table, ACCOUNT)
    assert stored.send_time == datetime(2025, 11, 28, 9, tzinfo=UTC)
    body = document("campaign-message", {"definition": {"status": "draft"}}, id_)
    room.newer("PATCH", MESSAGE.format(id_), body)
    assert state(room, made.data["id"]) == ("Draft", None, None)
