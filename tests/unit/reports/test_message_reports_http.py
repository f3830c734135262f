"""Reports on campaigns and flows over HTTP: names, tags, audiences, pages, and what is refused."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from cdp.documents import campaigns, flows, lists, tags
from cdp.documents.campaigns import Audience, Campaign, Message, Variation
from cdp.lake.tables import SEGMENT_LOG
from functions.reports import message_statistics_reports
from tests.unit.calls import Answer
from tests.unit.query.files import event
from tests.unit.reports.room import NOW, Room

DAY = timedelta(days=1)
SENT = NOW - 10 * DAY
BODY: dict[str, Any] = {
    "statistics": ["recipients", "opens", "open_rate", "conversions", "conversion_value"],
    "timeframe": {"key": "last_30_days"},
}


class Shop:
    """A campaign to two lists, a flow, and a campaign that nobody knows; people 1-4."""

    def __init__(self, room: Room) -> None:
        self.room = room
        names = ("Received Email", "Opened Email", "Clicked Email", "Placed Order", "Received SMS")
        self.ids = {name: room.metric(name) for name in names}
        table, account = room.table, room.account.id
        self.first, self.second = (
            lists.create(table, account, name, "single_opt_in", NOW).id for name in ("First list", "Second list")
        )
        audience = Audience("C1-a", NOW, NOW, included=(self.first, self.second))
        variations = (Variation("C1-v1", NOW, NOW, name="Subject A"), Variation("C1-v2", NOW, NOW, name="Subject B"))
        message = Message("M1", "C1-a", NOW, NOW, name="Hello", variations=variations)
        campaign = Campaign("C1", "Spring", NOW, NOW, audiences=(audience,), messages=(message,))
        flow = flows.Flow(
            "F1", "Welcome", "live", False, "Metric", NOW, NOW,
            (flows.Message("F1m", "F1a", "First mail", "email", None, NOW, NOW),),
        )  # fmt: skip
        group = tags.default_group(table, account, NOW)
        season, basics = (tags.Tag(f"T{n}", name, group.id, NOW, NOW) for n, name in enumerate(("season", "basics")))
        table.write([[campaigns.CAMPAIGNS.put(account, campaign, 0)], [flows.FLOWS.put(account, flow, 0)]])
        table.write([[tags.TAGS.put(account, one, 0)] for one in (season, basics)])
        for one in (season, basics):
            tags.attach(table, account, "campaign", "C1", one, group)
        room.store(list(self._events()))

    def _events(self) -> Any:
        number = 0

        def row(name: str, person: int, at: datetime, **columns: Any) -> dict[str, Any]:
            nonlocal number
            number += 1
            return event(number, at, metric_id=self.ids[name].no, profile_no=person, **columns)

        for person, variation in ((1, "C1-v1"), (2, "C1-v1"), (3, "C1-v2")):
            yield row("Received Email", person, SENT, message="M1", campaign="Spring", variation=variation)
        yield row("Opened Email", 1, SENT + DAY / 24, message="M1", variation="C1-v1")
        yield row("Placed Order", 1, SENT + DAY, value=30.0)
        yield row("Received Email", 4, SENT, message="F1m", flow="F1")
        yield row("Received SMS", 4, SENT, message="M9", campaign="Flash", value=0.05,
                  properties=json.dumps({"$usage_amount": 2, "Segment Count": 3}))  # fmt: skip

    def joined(self, *members: tuple[str, int, datetime, str]) -> None:
        self.room.lake.write(
            self.room.account.id, SEGMENT_LOG,
            [{"group_id": group, "profile_no": person, "occurred_at": at, "action": action, "logged_at": at, "log_id": n}
             for n, (group, person, at, action) in enumerate(members, 1)],
        )  # fmt: skip

    def ask(self, what: str = "campaign-values", query: str = "", **attributes: Any) -> Answer:
        given = {**BODY, "conversion_metric_id": self.ids["Placed Order"].id, **attributes}
        return self.room.post(f"/api/{what}-reports{query}", f"{what}-report", **given)

    def results(self, what: str = "campaign-values", **attributes: Any) -> list[tuple[Any, ...]]:
        """Groupings and statistics of each result, as plain values."""
        answer = self.ask(what, **attributes)
        assert answer.status == 200, answer.document
        found = answer.data["attributes"]["results"]
        return [(*one["groupings"].values(), *one["statistics"].values()) for one in found]


@pytest.fixture
def shop(room: Room) -> Shop:
    return Shop(room)


def test_campaigns_with_all_that_is_known_of_them(shop: Shop) -> None:
    answer = shop.ask()
    assert answer.data["relationships"] == {"campaigns": {"data": [{"type": "campaign", "id": "C1"}]}}
    attributes = answer.data["attributes"]
    assert attributes["results"] == [
        {
            "groupings": {"campaign_id": "C1", "campaign_message_id": "M1", "send_channel": "email"},
            "statistics": {
                "recipients": 3, "opens": 1, "open_rate": pytest.approx(1 / 3), "conversions": 1, "conversion_value": 30.0,
            },
        },
        {
            "groupings": {"campaign_id": "M9", "campaign_message_id": "M9", "send_channel": "sms"},
            "statistics": {"recipients": 1, "opens": 0, "open_rate": 0.0, "conversions": 0, "conversion_value": 0.0},
        },
    ]  # fmt: skip
    assert attributes["timezone"] == "Europe/Berlin"
    assert datetime.fromisoformat(attributes["data_through"]) == SENT + DAY


def test_groups_by_name_variation_and_tag(shop: Shop) -> None:
    head = ["campaign_id", "campaign_message_id"]
    some: dict[str, Any] = {"statistics": ["recipients"]}
    named = shop.results(group_by=[*head, "campaign_message_name"], **some)
    assert named == [("C1", "M1", "Hello", 3), ("M9", "M9", "Flash", 1)]
    varied = shop.results(group_by=[*head, "variation", "variation_name"], filter="equals(campaign_id,'C1')", **some)
    assert varied == [("C1", "M1", "C1-v1", "Subject A", 2), ("C1", "M1", "C1-v2", "Subject B", 1)]
    tagged = shop.results(group_by=[*head, "tag_id", "tag_name"], **some)
    assert tagged == [("C1", "M1", "T0", "season", 3), ("C1", "M1", "T1", "basics", 3), ("M9", "M9", "", "", 1)]


def test_a_list_counts_those_who_were_in_it_when_the_message_came(shop: Shop) -> None:
    before, after = SENT - DAY, SENT + DAY / 48
    shop.joined(
        (shop.first, 1, before, "joined"), (shop.second, 1, before, "joined"), (shop.second, 2, before, "joined"),
        (shop.second, 2, SENT, "left"), (shop.first, 3, before, "joined"), (shop.first, 3, after, "left"),
        ("another", 2, before, "joined"),
    )  # fmt: skip
    found = shop.results(
        group_by=["campaign_id", "campaign_message_id", "group", "group_name"], statistics=["recipients", "conversions"]
    )
    expected = [
        ("C1", "M1", shop.first, "First list", 2, 1),
        ("C1", "M1", shop.second, "Second list", 1, 1),
        ("M9", "M9", "", "", 1, 0),
    ]
    assert found == sorted(expected)


@pytest.mark.parametrize(
    ("condition", "messages"),
    [
        ('equals(campaign_id,"C1")', ["M1"]),
        ('contains-any(campaign_id,["C1","M9"])', ["M1", "M9"]),
        ('equals(campaign_message_id,"M9")', ["M9"]),
        ('contains-any(campaign_message_name,["Hello"])', ["M1"]),
        ('equals(send_channel,"sms")', ["M9"]),
        ('contains-any(send_channel,["email","push-notification","whatsapp"])', ["M1"]),
        ('contains-any(tag_id,["T1","T9"])', ["M1"]),
        ('contains-all(tag_name,["season","basics"])', ["M1"]),
        ('contains-all(tag_id,["T1","T9"])', []),
        ('equals(variation,"C1-v2")', ["M1"]),
        ('contains-any(variation_name,["Subject B"])', ["M1"]),
        ('equals(variation_name,"nothing")', []),
        ('equals(text_message_format,"mms")', []),
        ('and(equals(campaign_id,"C1"),equals(send_channel,"sms"))', []),
    ],
)
def test_every_filter(shop: Shop, condition: str, messages: list[str]) -> None:
    found = shop.results(filter=condition, statistics=["recipients"])
    assert [one[1] for one in found] == messages
    if "variation" in condition:
        assert [one[-1] for one in found] == [1 for _ in messages]


def test_flows_and_their_series(shop: Shop) -> None:
    assert shop.results("flow-values", statistics=["delivered"]) == [("F1", "F1m", "email", 1)]
    by = ["flow_id", "flow_message_id", "flow_name", "flow_message_name"]
    assert shop.results("flow-values", statistics=["delivered"], group_by=by) == [("F1", "F1m", "Welcome", "First mail", 1)]
    answer = shop.ask("flow-series", interval="weekly", statistics=["delivered", "open_rate"])
    attributes = answer.data["attributes"]
    (one,) = attributes["results"]
    assert sum(one["statistics"]["delivered"]) == 1
    assert len(one["statistics"]["open_rate"]) == len(attributes["date_times"]) == 5
    assert set(answer.data["relationships"]) == {"flows", "flow-messages"}
    assert answer.data["relationships"]["flow-messages"]["data"] == [{"type": "flow-message", "id": "F1m"}]


def test_text_messages_cost(shop: Shop) -> None:
    names = ["text_message_spend", "text_message_credit_usage_amount", "message_segment_count_sum", "text_message_roi"]
    found = shop.results(statistics=names, filter='equals(send_channel,"sms")')
    assert found == [("M9", "M9", "sms", 0.05, 2.0, 3, 0.0)]


def test_pages(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_statistics_reports, "PAGE_VALUES", 1)
    first = shop.ask()
    assert [one["groupings"]["campaign_id"] for one in first.data["attributes"]["results"]] == ["C1"]
    following = first.document["links"]["next"]
    cursor = following.partition("=")[2]
    for given in (cursor, following.replace("[", "%5B").replace("%", "%25").replace("&", "%26")):
        second = shop.ask(query=f"?page_cursor={given}")
        assert [one["groupings"]["campaign_id"] for one in second.data["attributes"]["results"]] == ["M9"]
        assert second.document["links"]["next"] is None
    assert shop.ask(query="?page_cursor=nonsense").status == 400


def test_only_the_fields_asked_for(shop: Shop) -> None:
    answer = shop.ask(query="?fields[campaign-values-report]=results")
    assert set(answer.data["attributes"]) == {"results"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"statistics": ["clicks", "likes"]}, "/statistics/1"),
        ({"statistics": []}, "/statistics"),
        ({"timeframe": {"key": "last_decade"}}, "/timeframe/key"),
        ({"timeframe": {"start": "2036-01-01"}}, "/timeframe"),
        ({"timeframe": {"start": "2034-01-01", "end": "2036-01-01"}}, "/timeframe/end"),
        ({"conversion_metric_id": "nope"}, "/conversion_metric_id"),
        ({"group_by": ["campaign_id"]}, "/group_by"),
        ({"group_by": ["campaign_id", "campaign_message_id", "colour"]}, "/group_by/2"),
        ({"filter": "equals(colour,'red')"}, "/filter"),
        ({"filter": "greater-than(campaign_id,'a')"}, "/filter"),
        ({"filter": "or(equals(campaign_id,'a'),equals(campaign_id,'b'))"}, "/filter"),
        ({"filter": "equals(campaign_id,'a'),equals(campaign_id,'b')"}, "/filter"),
        ({"filter": "equals(send_channel,'pigeon')"}, "/filter"),
        ({"filter": f"contains-any(campaign_id,[{','.join(str(n) for n in range(101))}])"}, "/filter"),
        ({"as_of": "yesterday"}, "/as_of"),
    ],
)
def test_what_is_refused_names_its_field(shop: Shop, change: dict[str, Any], pointer: str) -> None:
    answer = shop.ask(**change)
    assert answer.status == 400
    assert answer.error["source"]["pointer"] == f"/data/attributes{pointer}"


@pytest.mark.parametrize(("interval", "days", "status"), [
    ("hourly", 7, 200), ("hourly", 8, 400), ("daily", 60, 200), ("daily", 61, 400), ("weekly", 364, 200),
    ("monthly", 365, 400), ("yearly", 10, 400),
])  # fmt: skip
def test_intervals_have_a_longest_time_frame(shop: Shop, interval: str, days: int, status: int) -> None:
    first = datetime(2035, 3, 1)  # noqa: DTZ001 - a day of the calendar
    timeframe = {"start": first.isoformat(), "end": (first + timedelta(days=days)).isoformat()}
    assert shop.ask("flow-series", interval=interval, timeframe=timeframe).status == status


def test_an_empty_account(room: Room) -> None:
    metric = room.metric("Placed Order").id
    for what in ("campaign-values", "flow-values", "flow-series"):
        given = {**BODY, "conversion_metric_id": metric, "interval": "daily"}
        answer = room.post(f"/api/{what}-reports", f"{what}-report", **given)
        assert (answer.status, answer.data["attributes"]["results"]) == (200, [])
        assert answer.data["attributes"]["data_through"] is None


def test_performance_as_a_custom_report(shop: Shop) -> None:
    definition = {"conversion_metric_ids": [shop.ids["Placed Order"].id]}
    ran = shop.room.run("campaign_performance", definition).data["attributes"]
    names = [column["name"] for column in ran["columns"]]
    lines = [dict(zip(names, row, strict=True)) for row in ran["rows"]]
    assert [(one["campaign_name"], one["recipients"], one["Placed Order: conversion_value"]) for one in lines] == [
        ("Spring", 3, 30.0), ("Flash", 1, 0.0)
    ]  # fmt: skip
    flow = shop.room.run("flow_performance", {"group_by": ["flow_message"], "interval": "monthly"}).data["attributes"]
    assert [row[:7] for row in flow["rows"]] == [
        ["2036-06-01T00:00:00+02:00", "F1", "Welcome", "F1m", "First mail", "email", 1]
    ]
    tagged = {"tag_ids": ["T0", "T1"], "group_by": ["campaign_variation"]}
    assert [row[4] for row in shop.room.run("campaign_performance", tagged).data["attributes"]["rows"]] == [
        "Subject A", "Subject B"
    ]  # fmt: skip
    by_provider = shop.room.run("campaign_performance", {"group_by": ["inbox_provider"]}).data["attributes"]["rows"]
    assert [row[:3] for row in by_provider] == [["", "email", 3], ["", "sms", 1]]
    shop.joined((shop.first, 2, SENT - DAY, "joined"))
    by_list = shop.room.run("campaign_performance", {"group_by": ["audience"]}).data["attributes"]["rows"]
    assert [row[:4] for row in by_list] == [["", "", "sms", 1], [shop.first, "First list", "email", 1]]
    wrong = shop.room.run("campaign_performance", {"conversion_metric_ids": ["nope"]})
    assert wrong.error["source"]["pointer"].endswith("/definition/conversion_metric_ids/0")
