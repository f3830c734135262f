"""RFM groups on profiles: written nightly and after a change of the settings, through the room's inbox; segments and
the profiles' API see them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cdp import connect, events
from cdp.documents import accounts, listeners, memberships, plans, profiles, rfm, transformations
from cdp.documents.plans import Plan
from cdp.events import Message, RfmDue, Scheduled
from cdp.model.read_only import GROUP, GROUP_CHANGED, PREVIOUS_GROUP
from cdp.ports import Delivery
from cdp.query.sql import select
from cdp.transformations.definition import Format, FormatOptions
from functions.reports import rfm_refresh
from functions.reports.handler import http, inbox
from functions.reports.settings import Settings
from functions.reports.spec import SPEC
from tests.unit.audiences.conftest import Shop, open_shop, record
from tests.unit.calls import Answer, Caller

NOW = datetime.now(UTC).replace(microsecond=0)
NOTHING = {}
Properties = dict[str, Any]


def order(key: str, days_ago: int, value: float = 100, metric: str = "Placed Order") -> dict[str, Any]:
    at = NOW - timedelta(days=days_ago)
    return {
        "metric": metric, "time": at.isoformat(), "value": value, "unique_id": f"{metric}{key}",
        "properties": {"OrderId": key},
    }  # fmt: skip


@dataclass
class Reports:
    """The room `reports` beside `record` and `audiences`, on one shop."""

    shop: Shop
    settings: Settings
    call: Caller

    def deliver(self, *messages: Message) -> None:
        """As the inbox would."""
        for message in messages:
            records = [record("1", "none", events.encode(message), 1)]
            assert inbox(self.settings)({"Records": records}) == {"batchItemFailures": []}

    def turn(self) -> int:
        """Work off the inbox; how many messages that was."""
        queue, done = connect.queue(self.settings.reports_queue), 0
        while deliveries := queue.receive(1, visibility_s=60):
            self.deliver(*map(_message, deliveries))
            queue.ack(deliveries)
            done += 1
        assert queue.dead_letters() == []
        return done

    def now(self) -> None:
        """What `regulars jobs run rfm` does."""
        self.deliver(Scheduled(rfm_refresh.JOB, datetime.now(UTC).isoformat(), self.shop.account))

    def hour(self) -> int:
        """What the room's schedule does, and what follows."""
        self.deliver(Scheduled(rfm_refresh.JOB, account_id=self.shop.account))
        return self.turn()

    def groups(self) -> dict[str, Properties]:
        """The RFM properties of everybody who has any, by external id."""
        numbers = range(1, 60)
        found = [one.profile for one in profiles.get_many(self.shop.table, self.shop.account, numbers) if one is not None]
        return {str(one.external_id): one.properties for one in found if one.properties}

    def report(self) -> dict[str, int]:
        """The report's groups now, by name."""
        body = {"data": {"type": "rfm-report", "attributes": {}}}
        results = self.call("POST", "/api/rfm-reports", body).data["attributes"]["results"]
        return {one["name"]: one["end"]["count"] for one in results if one["end"]["count"]}

    def change(self, **attributes: Any) -> Answer:
        body = {"data": {"type": "rfm-settings", "id": "default", "attributes": attributes}}
        return self.call("PATCH", "/api/rfm-settings/default", body)

    def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = self.call.get("/api/rfm-settings/default").data["attributes"]
        return found


def _message(delivery: Delivery) -> Message:
    return events.decode(delivery.body)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return open_shop(tmp_path_factory.mktemp("platform"))


@pytest.fixture
def reports(platform: Shop) -> Reports:
    """With an account of its own."""
    held = platform.settings
    settings = Settings(
        table=held.table,
        lake=held.lake,
        engine="duckdb:",
        limits="memory:",
        bus=held.bus,
        reports_queue=held.audiences_queue.replace("audiences", "reports"),
        post="none:",
        rate_limit_factor=0,
    )
    account, _ = accounts.create(platform.table, name="Shop", timezone="Europe/Paris", currency="EUR")
    shop = replace(platform, caller=replace(platform.caller, account_id=account.id))
    return Reports(shop, settings, Caller(http(settings), SPEC, shop.account))


def people(shop: Shop) -> None:
    """Six customers and one who never bought."""
    shop.record("best", *(order(f"a{n}", 3 * n + 1, 900) for n in range(5)))
    shop.record("good", *(order(f"b{n}", 200 + n, 500) for n in range(4)))
    shop.record("new", order("c", 2, 20))
    shop.record("old", order("d", 700, 10))
    shop.record("older", order("e", 800, 10), order("e2", 900, 15))
    shop.record("middle", *(order(f"f{n}", 250, 60) for n in range(2)))
    shop.record("visitor", {"metric": "Viewed Product"})


def in_group(name: str) -> dict[str, Any]:
    filter_ = {"type": "string", "operator": "equals", "value": name}
    return {"type": "profile-property", "property": f"properties['{GROUP}']", "filter": filter_}


def test_nightly(reports: Reports) -> None:
    """Once a day, in the account's time; what the profiles say is what the report says."""
    shop = reports.shop
    people(shop)
    champions = shop.make("Champions", [in_group("Champions")])
    assert shop.members(champions) == set()
    assert reports.hour() == 1
    found = reports.groups()
    assert found["best"] == {GROUP: "Champions", PREVIOUS_GROUP: "Unknown"}
    assert found.keys() == {"best", "good", "new", "old", "older", "middle"}
    counted = [one[GROUP] for one in found.values()]
    assert {name: counted.count(name) for name in counted} == reports.report()
    shop.drain()
    assert shop.members(champions) == {shop.number("best")}

    assert reports.hour() == 0  # today it has been done


def test_a_change_of_group(reports: Reports) -> None:
    shop = reports.shop
    people(shop)
    reports.now()
    before = reports.groups()
    recent = shop.make("Recent", [in_group("Recent")])
    held = {shop.number(who) for who, one in before.items() if one[GROUP] == "Recent"}
    assert shop.number("new") in held
    assert shop.members(recent) == held
    shop.record("new", *(order(f"n{n}", 1, 2000) for n in range(4)))
    reports.now()
    after = reports.groups()
    assert (after["new"][GROUP], after["new"][PREVIOUS_GROUP]) == ("Champions", "Recent")
    assert NOW <= datetime.fromisoformat(after["new"][GROUP_CHANGED]) <= datetime.now(UTC)
    unchanged = [who for who in before if before[who][GROUP] == after[who][GROUP]]
    assert {who: before[who] for who in unchanged} == {who: after[who] for who in unchanged}
    shop.drain()
    assert shop.members(recent) == {shop.number(who) for who, one in after.items() if one[GROUP] == "Recent"}
    assert shop.number("new") not in shop.members(recent)

    states = profiles.get_many(shop.table, shop.account, range(1, 20))
    reports.now()  # nothing to do: nobody is written
    assert profiles.get_many(shop.table, shop.account, range(1, 20)) == states


def test_who_is_no_longer_a_customer_has_no_group(reports: Reports) -> None:
    shop = reports.shop
    people(shop)
    reports.now()
    group = reports.groups()["new"][GROUP]
    shop.record("new", order("c", 0, 20, "Cancelled Order"))
    reports.now()
    found = reports.groups()["new"]
    assert (found.get(GROUP), found[PREVIOUS_GROUP]) == (None, group)
    assert GROUP_CHANGED in found
    reports.now()
    assert reports.groups()["new"] == found
    shop.record("new", order("again", 0, 20))
    reports.now()
    assert reports.groups()["new"][GROUP] == group


def test_the_lake_follows(reports: Reports) -> None:
    """A report may group by the property; the history says when it was what."""
    people(reports.shop)
    reports.now()
    reports.now()  # moves the changes into the lake first
    rows = connect.engine(reports.settings.engine, reports.settings.lake).run(
        reports.shop.account,
        select("SELECT profile_no, value FROM profile_history WHERE property = :name", months=None, name=f"properties.{GROUP}"),
    )
    by_number = {reports.shop.number(who): f'"{one[GROUP]}"' for who, one in reports.groups().items()}
    assert dict(zip(rows["profile_no"].to_pylist(), rows["value"].to_pylist(), strict=True)) == by_number


def test_settings_change_reports_at_once_and_profiles_soon(reports: Reports) -> None:
    people(reports.shop)
    assert reports.shown() == {
        "metric_id": None,
        "settings": {name: {"values": None, "percentiles": None} for name in ("recency", "frequency", "monetary")},
        "last_updated_at": None,
        "refreshed_at": None,
        "refresh_expected_by": None,
    }
    reports.now()
    settings = {
        "recency": {"values": {"best": 1000, "average": 2000}},
        "frequency": {"values": {"best": 1, "average": 0}},
        "monetary": {"percentiles": {"best": 2, "average": 1}},
    }
    preview = reports.call("POST", "/api/rfm-reports", {"data": {"type": "rfm-report", "attributes": {"settings": settings}}})
    assert {one["name"]: one["end"]["count"] for one in preview.data["attributes"]["results"]}["Champions"] == 6
    assert reports.report() != {"Champions": 6}
    saved = reports.change(settings=settings).data["attributes"]
    assert saved["settings"]["recency"] == {"values": {"best": 1000, "average": 2000}, "percentiles": None}
    updated = datetime.fromisoformat(saved["last_updated_at"])
    assert datetime.fromisoformat(saved["refresh_expected_by"]) - updated == timedelta(hours=2)
    assert reports.report() == {"Champions": 6}
    assert {one[GROUP] for one in reports.groups().values()} != {"Champions"}
    assert reports.turn() == 1
    assert {one[GROUP] for one in reports.groups().values()} == {"Champions"}
    assert reports.shown()["refresh_expected_by"] is None
    assert reports.change(settings=None).data["attributes"]["settings"]["recency"] == {"values": None, "percentiles": None}


def test_another_metric(reports: Reports) -> None:
    shop = reports.shop
    people(shop)
    shop.record("visitor", order("s", 3, 5, "Subscribed"))
    id_ = shop.metric("Subscribed")
    assert reports.change(metric_id=id_).data["attributes"]["metric_id"] == id_
    assert sum(reports.report().values()) == 1
    reports.turn()
    assert reports.groups().keys() == {"visitor"}
    assert reports.change(metric_id=None).data["attributes"]["metric_id"] is None
    reports.turn()
    assert GROUP not in reports.groups()["visitor"]


WRONG: list[tuple[Properties, str]] = [
    ({"metric_id": "NOSUCH"}, "/metric_id"),
    ({"metric_id": 5}, "/metric_id"),
    ({"settings": {"recency": {"percentiles": {"best": 90, "average": 50}}}}, "/settings/recency/percentiles"),
    ({"settings": {"recency": {"values": {"best": 90, "average": 50}}}}, "/settings/recency/values/best"),
    ({"settings": {"frequency": {"values": {"best": 1, "average": 1}}}}, "/settings/frequency/values/best"),
    ({"settings": {"monetary": {"percentiles": {"best": 101, "average": 50}}}}, "/settings/monetary/percentiles/best"),
    ({"settings": {"monetary": {"values": {"best": 1.5, "average": 1}}}}, "/settings/monetary/values/best"),
    ({"settings": {"tenure": {}}}, "/settings/tenure"),
]


def test_wrong_settings_say_where(reports: Reports) -> None:
    for attributes, pointer in WRONG:
        error = reports.change(**attributes).error
        assert (error["status"], error["source"]) == (400, {"pointer": f"/data/attributes{pointer}"})
    assert reports.shown()["last_updated_at"] is None


def test_many_messages_for_many_profiles(reports: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    """Portions of two: each message does one and sends for the next."""
    people(reports.shop)
    monkeypatch.setattr(rfm_refresh, "MOST", 2)
    reports.deliver(RfmDue(reports.shop.account))
    assert len(reports.groups()) == 2
    assert rfm.refreshed_at(reports.shop.table, reports.shop.account) is None
    assert reports.turn() == 3
    assert len(reports.groups()) == 6
    assert rfm.refreshed_at(reports.shop.table, reports.shop.account) is not None


def test_who_was_written_but_not_announced_is_announced(reports: Reports) -> None:
    """The process dies between the two: the segments hear of it from the next refresh."""
    shop = reports.shop
    people(shop)
    champions = shop.make("Champions", [in_group("Champions")])
    number = shop.number("best")
    rfm.intend(shop.table, shop.account, [number])
    (state,) = profiles.get_many(shop.table, shop.account, [number])
    assert state is not None
    state.profile.properties = {GROUP: "Champions", PREVIOUS_GROUP: "Unknown"}
    assert profiles.save(shop.table, shop.account, [state]) == [True]
    shop.drain()
    assert memberships.page(shop.table, shop.account, champions, limit=10) == []
    reports.now()
    assert rfm.unannounced(shop.table, shop.account) == []
    shop.drain()
    assert shop.members(champions) == {number}


def test_transformations_see_the_groups(reports: Reports) -> None:
    shop = reports.shop
    definition = Format(GROUP, FormatOptions(capitalize_words=True))
    transformations.create(shop.table, shop.account, transformations.new("plain", definition, NOW, active=True))
    people(shop)
    reports.now()
    for properties in reports.groups().values():
        assert properties[f"{GROUP}_transformed"] == properties[GROUP].title()


def test_accounts_with_nothing_to_do(reports: Reports) -> None:
    """No order metric; a plan without analytics; nobody who listens."""
    reports.shop.record("visitor", {"metric": "Viewed Product"})
    reports.now()
    assert reports.groups() == NOTHING
    people(reports.shop)
    plans.save(reports.shop.table, reports.shop.account, Plan(()))
    reports.now()
    assert (reports.hour(), reports.groups()) == (0, NOTHING)
    plans.save(reports.shop.table, reports.shop.account, Plan())
    assert listeners.metrics(reports.shop.table, reports.shop.account) == frozenset()
    reports.now()
    assert len(reports.groups()) == 6
