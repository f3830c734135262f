"""An alert opens, stays and closes; everybody hears of it once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdp.adapters.embedded.engine import local_duckdb
from cdp.adapters.embedded.lake import local_lake
from cdp.documents import alerts, memberships, monitors
from cdp.documents.monitors import MONITORS, NIGHTS
from cdp.documents.plans import Plan, save
from cdp.errors import Rejected, Unavailable
from cdp.events import Scheduled, encode
from cdp.ports import Mail
from functions.monitors.evaluating import Evaluator
from tests.unit.monitors.room import NOW, URL, Room
from tests.unit.query.files import event

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MORNING = datetime(2036, 7, 1, 0, tzinfo=UTC)  # two in the morning in Berlin
MANY = {"metric": "total_events", "relation": "greater-than", "value": 2}


def orders(room: Room, *days: tuple[int, int]) -> str:
    """(days before the morning, number): at noon. The metric's id."""
    metric = room.metric()
    room.store([
        event(100 * back + n, MORNING - back * DAY + 12 * HOUR, metric_id=metric.no) for back, count in days for n in range(count)
    ])  # fmt: skip
    return metric.id


def watched(room: Room, object_id: str, **attributes: Any) -> str:
    made = room.make("metric", object_id, MANY, **attributes)
    return str(made.data["id"])


def status(room: Room, id_: str) -> str:
    return str(room.call.get(f"/api/monitors/{id_}").data["attributes"]["status"])


def test_an_alert_opens_stays_and_closes(room: Room) -> None:
    """Three orders on two days, then one."""
    metric_id = orders(room, (1, 3), (0, 3), (-1, 1))
    id_ = watched(room, metric_id)
    assert status(room, id_) == "active"

    room.run(MORNING)
    assert status(room, id_) == "alert"
    (told,) = room.told()
    assert told.opened
    assert told.alert["links"]["self"] == f"{URL}/api/monitor-alerts/{told.alert_id}"
    assert told.alert["data"]["attributes"]["status"] == "open"
    assert told.alert["data"]["relationships"]["monitor"]["data"] == {"type": "monitor", "id": id_}

    room.run(MORNING + DAY)
    assert room.told() == []  # it stays: one entry
    (entry,) = room.call.get(f"/api/monitors/{id_}/alerts").data
    assert entry["id"] == told.alert_id
    shown = entry["attributes"]
    assert (shown["first_seen"], shown["last_seen"]) == ("2036-07-01T00:00:00+00:00", "2036-07-02T00:00:00+00:00")
    assert (shown["times_seen"], shown["status"]) == (2, "open")

    room.run(MORNING + 2 * DAY)
    (closed,) = room.told()
    assert (closed.alert_id, closed.opened) == (told.alert_id, False)
    shown = closed.alert["data"]["attributes"]
    assert (shown["status"], shown["closed_because"], shown["closed_at"]) == ("closed", "recovered", "2036-07-03T00:00:00+00:00")
    assert shown["last_seen"] == "2036-07-02T00:00:00+00:00"
    assert status(room, id_) == "active"
    monitor = room.call.get(f"/api/monitors/{id_}").data["attributes"]
    assert monitor["last_checked_at"] == "2036-07-03T00:00:00+00:00"
    assert monitor["evaluation"]["conditions"][0]["value"] == 1


def test_a_rule_that_holds_again_opens_another_alert(room: Room) -> None:
    id_ = watched(room, orders(room, (1, 3), (0, 1), (-1, 3)))
    for day in range(3):
        room.run(MORNING + day * DAY)
    log = room.call.get(f"/api/monitors/{id_}/alerts", sort="-first_seen").data
    assert [one["attributes"]["status"] for one in log] == ["open", "closed"]
    assert [one.opened for one in room.told()] == [True, False, True]


def test_a_day_repeated_says_nothing_new(room: Room) -> None:
    id_ = watched(room, orders(room, (1, 3)), notifications={"email": ["anna@example.com"]})
    for _ in range(3):
        room.run(MORNING)
    assert len(room.told()) == len(room.mails()) == 1
    (entry,) = room.call.get(f"/api/monitors/{id_}/alerts").data
    assert entry["attributes"]["times_seen"] == 1


def test_an_older_day_changes_nothing(room: Room) -> None:
    id_ = watched(room, orders(room, (1, 3), (2, 1)))
    room.run(MORNING)
    room.run(MORNING - DAY)
    assert status(room, id_) == "alert"
    assert [one.opened for one in room.told()] == [True]


def test_whoever_is_told_by_mail_gets_one_a_day(room: Room) -> None:
    metric_id = orders(room, (1, 3), (0, 3))
    watched(room, metric_id, name="One <b>& Two", notifications={"email": ["anna@example.com", "bob@example.com"]})
    watched(room, metric_id, name="Other", notifications={"email": ["Anna@example.com"]})
    watched(room, metric_id, name="Silent")
    room.run(MORNING)
    first = {str(mail["To"]): mail for mail in room.mails()}
    assert set(first) == {"anna@example.com", "bob@example.com"}
    assert first["anna@example.com"]["Subject"] == "Shop: 2 monitors are in alert, 2036-07-01"
    bodies = [first["anna@example.com"].get_body((kind,)) for kind in ("plain", "html")]
    text, html = (body.get_content() for body in bodies if body is not None)
    assert "One <b>& Two" in text
    assert "One &lt;b&gt;&amp; Two" in html
    assert "<b>" not in html
    assert "total_events (sum, previous_day) greater-than 2: 3, before no data" in text
    assert "Silent" not in text
    room.run(MORNING + DAY)
    assert len(room.mails()) == 4
    room.run(MORNING + 2 * DAY)
    assert len(room.mails()) == 4


def test_an_address_that_cannot_be_holds_up_no_other(room: Room) -> None:
    """The outbox refuses one that is none, wherever it came from."""
    id_ = watched(room, orders(room, (1, 3)))
    stored = MONITORS.get(room.table, room.account.id, id_)
    assert stored is not None
    told = monitors.Notifications(email=("nobody", "bob@example.com"))
    changed = msgspec.structs.replace(stored.thing, notifications=told)
    assert room.table.write([[MONITORS.put(room.account.id, changed, stored.version)]]) == [True]
    room.run(MORNING)
    assert [mail["To"] for mail in room.mails()] == ["bob@example.com"]


class Away:
    """A bus, or a post."""

    def publish(self, messages: object) -> None:
        raise Unavailable("the bus is away")

    def send(self, mail: Mail) -> None:
        raise Unavailable("the post is away")


def test_what_was_cut_short_is_told_by_the_next_run(room: Room) -> None:
    """The bus is away after the alert was written, then the post."""
    watched(room, orders(room, (1, 3)), notifications={"email": ["anna@example.com"]})

    e, alerting = room.evaluator, room.alerting
    lost = Evaluator(e.table, e.lake, e.engine, e.post, type(alerting)(alerting.table, Away(), URL), e.clock)
    with pytest.raises(Unavailable, match="bus"):
        lost.run(room.account.id, MORNING)
    assert room.told() == []
    with pytest.raises(Unavailable, match="post"):
        Evaluator(e.table, e.lake, e.engine, Away(), alerting, e.clock).run(room.account.id, MORNING)
    assert [one.opened for one in room.told()] == [True]
    assert room.mails() == []
    room.run(MORNING)
    assert len(room.mails()) == 1
    assert room.told() == []


def test_what_was_not_told_in_time_is_told_in_order(room: Room) -> None:
    """Opened while the bus was away, and closed before it was back."""
    id_ = watched(room, orders(room, (1, 3)))

    e = room.evaluator
    lost = Evaluator(e.table, e.lake, e.engine, e.post, type(e.alerting)(e.table, Away(), URL), e.clock)
    with pytest.raises(Unavailable, match="bus"):
        lost.run(room.account.id, MORNING)
    room.send("PATCH", f"/api/monitors/{id_}", "monitor", {}, enabled=False)
    assert [one.opened for one in room.told()] == [True, False]


def test_a_monitor_that_is_disabled_or_deleted_closes_its_alert(room: Room) -> None:
    metric_id = orders(room, (1, 3))
    disabled, deleted = (watched(room, metric_id) for _ in range(2))
    room.run(MORNING)
    assert len(room.told()) == 2
    assert room.send("PATCH", f"/api/monitors/{disabled}", "monitor", {}, enabled=False).data["attributes"]["status"] == "disabled"
    (told,) = room.told()
    assert (told.opened, told.alert["data"]["attributes"]["closed_because"]) == (False, "disabled")
    assert room.call("DELETE", f"/api/monitors/{deleted}").status == 204
    (told,) = room.told()
    assert told.alert["data"]["attributes"]["closed_because"] == "deleted"
    assert room.call.get(f"/api/monitor-alerts/{told.alert_id}").status == 404
    room.run(MORNING + DAY)
    assert room.told() == []
    assert status(room, disabled) == "disabled"
    assert room.send("PATCH", f"/api/monitors/{disabled}", "monitor", {}, enabled=True).data["attributes"]["status"] == "active"


def changed_once_it_was_read(room: Room, patch: pytest.MonkeyPatch, id_: str, **attributes: Any) -> None:
    real = room.evaluator.alerting.checked

    def late(account_id: str, stored: Any, *further: Any) -> Any:
        if stored.version == 1:
            room.send("PATCH", f"/api/monitors/{id_}", "monitor", {}, **attributes)
        return real(account_id, stored, *further)

    patch.setattr(type(room.alerting), "checked", lambda self, *given: late(*given))


def test_a_change_in_the_middle_of_an_evaluation_wins(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The condition is made milder."""
    id_ = watched(room, orders(room, (1, 3)))
    changed_once_it_was_read(room, monkeypatch, id_, conditions=[{**MANY, "value": 3}])
    room.run(MORNING)
    assert status(room, id_) == "active"
    assert room.told() == []


def test_a_change_in_the_middle_says_who_is_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = watched(room, orders(room, (1, 3)), notifications={"email": ["anna@example.com"]})
    changed_once_it_was_read(room, monkeypatch, id_, notifications={"email": ["bob@example.com"]})
    room.run(MORNING)
    assert [mail["To"] for mail in room.mails()] == ["bob@example.com"]


def test_who_joined_and_is_not_in_the_lake_yet_counts(room: Room, tmp_path: Path) -> None:
    """Memberships wait in the outbox until somebody reads them."""
    lake = local_lake(str(tmp_path / "real"))
    engine = local_duckdb(lake)
    segment, e = room.segment(), room.evaluator
    memberships.join(room.table, room.account.id, segment.id, [1, 2], MORNING - 12 * HOUR)
    made = room.make("segment", segment.id, {"metric": "members_added", "relation": "equals", "value": 2})
    Evaluator(e.table, lake, engine, e.post, e.alerting, e.clock).run(room.account.id, MORNING)
    engine.close()
    assert status(room, made.data["id"]) == "alert"


# ---------------------------------------------------------------- nights


def test_a_night_is_announced_once_when_it_is_two_in_the_morning(room: Room) -> None:
    watched(room, orders(room, (1, 3)))
    room.now = MORNING - timedelta(seconds=1)
    room.nightly.scheduled(Scheduled("monitors"))
    assert room.work() == ["2036-06-30T00:00:00+00:00"]  # yesterday's: nobody has done it
    room.nightly.scheduled(Scheduled("monitors"))
    assert room.work() == []
    room.now = MORNING
    for _ in range(2):  # the second before the first is done
        room.nightly.scheduled(Scheduled("monitors"))
    assert room.work() == ["2036-07-01T00:00:00+00:00"] * 2
    assert [one.opened for one in room.told()] == [True]
    room.now = MORNING + 23 * HOUR
    room.nightly.scheduled(Scheduled("monitors"))
    assert room.work() == []
    room.now = MORNING + 3 * DAY + 9 * HOUR  # after an outage of days
    room.nightly.scheduled(Scheduled("monitors"))
    assert room.work() == ["2036-07-04T00:00:00+00:00"]


@pytest.mark.parametrize(
    ("around", "times"),
    [  # Berlin: two in the morning does not exist on 30 March, and comes twice on 26 October
        (datetime(2036, 3, 28, 22, tzinfo=UTC), ["29T01:00", "30T01:00", "31T00:00"]),
        (datetime(2036, 10, 24, 22, tzinfo=UTC), ["25T00:00", "26T00:00", "27T01:00"]),
    ],
)  # fmt: skip
def test_each_local_day_has_one_night(room: Room, around: datetime, times: list[str]) -> None:
    watched(room, orders(room, (1, 3)))
    NIGHTS.change(room.table, room.account.id, lambda _: monitors.Nights(around.date()))
    done = []
    for half_hours in range(3 * 48):
        room.now = around + half_hours * HOUR / 2
        room.nightly.scheduled(Scheduled("monitors"))
        done += room.work()
    assert [at[8:16] for at in done] == times


def test_a_person_may_ask_for_any_time_but_the_future(room: Room) -> None:
    id_ = watched(room, orders(room, (1, 3)))
    room.inbox.send([encode(Scheduled("monitors", as_of=MORNING.isoformat()))])
    room.work()
    assert status(room, id_) == "alert"
    with pytest.raises(Rejected, match="future"):
        room.nightly.scheduled(Scheduled("monitors", as_of=(NOW + DAY).isoformat()))


def test_without_the_plan_nothing_is_looked_at(room: Room) -> None:
    id_ = watched(room, orders(room, (1, 3)))
    save(room.table, room.account.id, Plan(("marketing_analytics",)))
    room.nightly.scheduled(Scheduled("monitors", as_of=MORNING.isoformat()))
    stored = MONITORS.get(room.table, room.account.id, id_)
    assert stored is not None
    assert stored.thing.last_checked is None
    assert list(alerts.unannounced(room.table, room.account.id)) == []


def test_without_the_plan_requests_are_refused(room: Room) -> None:
    save(room.table, room.account.id, Plan(("marketing_analytics",)))
    assert room.call.get("/api/monitors").error["code"] == "permission_denied"
