"""The four cards of what looks at CLV attributes: which objects are rows, what is shown of them, in which order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cdp import connect
from cdp.documents import accounts, campaigns, flows, lists, memberships, segments
from cdp.documents.campaigns import Audience, Campaign, Message, Variation
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.messages.handler import http as messages_http
from functions.messages.settings import Settings as MessagesSettings
from functions.messages.spec import SPEC as MESSAGES
from functions.predict import dashboard_routes
from functions.predict.spec import SPEC
from functions.predict.usages import ATTRIBUTES, DEPTH
from functions.predict.usages_operations import Usages
from tests.unit.audiences.conftest import Shop, definition, is_called, member, open_shop
from tests.unit.calls import BASE, Caller, pages

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
CARDS = ("segment", "campaign", "flow", "form")
Body = dict[str, Any]


@dataclass
class Cards:
    """The cards of a shop, beside the rooms that make what stands on them."""

    shop: Shop
    call: Caller
    messages: Caller
    made: int = 0

    def rows(self, card: str, **query: str) -> list[Body]:
        found: list[Body] = self.call.get(f"/api/clv-{card}-usages", **query).data
        return found

    def names(self, card: str, **query: str) -> list[str]:
        return [row["attributes"]["name"] for row in self.rows(card, **query)]

    def segment(self, name: str, *conditions: Body) -> str:
        id_: str = self.shop.create(name, list(conditions)).data["id"]
        return id_

    def list(self, name: str) -> str:
        return lists.create(self.shop.table, self.shop.account, name, "single_opt_in", NOW).id

    def campaign(
        self, name: str, included: tuple[str, ...] = (), excluded: tuple[str, ...] = (), *,
        status: str = "scheduled", channels: tuple[str, ...] = ("email",), at: datetime | None = NOW + timedelta(days=1),
    ) -> None:  # fmt: skip
        self.made += 1
        id_ = f"Camp{self.made:02}"
        variations = tuple(Variation(f"{id_}-v{n}", NOW, NOW, None, {"channel": c}) for n, c in enumerate(channels))
        audience = Audience(f"{id_}-a", NOW, NOW, included=included, excluded=excluded)
        message = Message(f"m{id_}", audience.id, NOW, NOW, status=status, sent_at=at, variations=variations)  # type: ignore[arg-type]
        made = Campaign(id_, name, NOW, NOW, audiences=(audience,), messages=(message,))
        assert campaigns.create(self.shop.table, self.shop.account, made)

    def flow(self, name: str, *triggers: Body, profile_filter: Body | None = None, actions: tuple[Body, ...] = ()) -> str:
        first = actions[0]["temporary_id"] if actions else None
        given = {"triggers": list(triggers), "actions": list(actions), "entry_action_id": first}
        given |= {} if profile_filter is None else {"profile_filter": profile_filter}
        return self._post("flow", {"name": name, "definition": given})

    def form(self, name: str, *rules: Body, connected: str = "LiSt01", **version: Any) -> str:
        button = {
            "type": "button", "properties": {"label": "Join"},
            "action": {"type": "next_step", "submit": True, "properties": {"list_id": connected}},
        }  # fmt: skip
        steps = [{"columns": [{"rows": [{"blocks": [button]}]}]}]
        given = {"versions": [{"steps": steps, "triggers": list(rules), **version}]}
        return self._post("form", {"name": name, "status": "draft", "ab_test": False, "definition": given})

    def _post(self, type_: str, attributes: Body) -> str:
        answer = self.messages("POST", f"/api/{type_}s", {"data": {"type": type_, "attributes": attributes}})
        id_: str = answer.data["id"]
        return id_


def predictive(dimension: str, **more: Any) -> Body:
    filter_ = {"type": "numeric", "operator": "greater-than", "value": 1}
    return {"type": "profile-predictive-analytics", "dimension": dimension, "filter": filter_, **more}


def shown_to(allowed: tuple[str, ...] = (), denied: tuple[str, ...] = ()) -> Body:
    return {"type": "lists_and_segments", "properties": {"allow_list": list(allowed), "deny_list": list(denied)}}


DATE = {"type": "date", "operator": "in-the-next", "unit": "day", "quantity": 7}
GENDER = predictive("predicted_gender", filter={"type": "string", "operator": "equals", "value": "likely_male"})
SEND_EMAIL = {"temporary_id": "1", "type": "send-email", "links": {"next": None}, "data": {"message": {
    "from_email": "a@shop.example", "from_label": "Shop", "subject_line": "Hi", "preview_text": "Hello"}}}  # fmt: skip
SEND_WEBHOOK = {"temporary_id": "1", "type": "send-webhook", "links": {"next": None}, "data": {"message": {
    "url": "https://shop.example", "headers": {}, "body": "{}"}}}  # fmt: skip


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return open_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def cards(platform: Shop) -> Cards:
    """An account of its own on the module's platform."""
    shop, made = platform, accounts.create(platform.table, name="Shop", timezone="Europe/Paris", currency="EUR")
    shop.caller.account_id = made[0].id
    throttle = Throttle(connect.limits("memory:"), 0)
    spec = replace(SPEC, routes=tuple(one for one in dashboard_routes.ROUTES if "usages" in one.path))
    handler = serve(
        spec, Usages(shop.table).operations(), throttle=throttle, plan=lambda *_: None, clock=NOW.timestamp
    )
    messages = messages_http(MessagesSettings(platform.settings.table, "memory:", 0))
    return Cards(shop, Caller(handler, spec, shop.account), Caller(messages, MESSAGES, shop.account))


@pytest.mark.parametrize("card", CARDS)
def test_a_card_is_empty_until_something_qualifies(cards: Cards, card: str) -> None:
    unrelated = cards.segment("Named Ann", is_called("Ann"))
    cards.segment("Men", GENDER)
    cards.campaign("Sale", (unrelated,))
    cards.flow("Welcome", {"type": "segment", "id": unrelated})
    cards.form("Join", shown_to((unrelated,)))
    assert cards.rows(card) == []


@pytest.mark.parametrize("attribute", [name for name in ATTRIBUTES if name != "expected_date_of_next_order"])
def test_a_condition_on_every_clv_attribute_qualifies(cards: Cards, attribute: str) -> None:
    cards.segment("Regulars", predictive(attribute))
    assert [row["attributes"]["clv_attributes"] for row in cards.rows("segment")] == [[attribute]]


def test_the_expected_date_qualifies_under_its_name_on_profiles(cards: Cards) -> None:
    cards.segment("Soon", predictive("expected_date_of_next_purchase", filter=DATE))
    assert cards.rows("segment")[0]["attributes"]["clv_attributes"] == ["expected_date_of_next_order"]


def test_a_segment_shows_name_people_attributes_and_when_it_was_changed(cards: Cards) -> None:
    id_ = cards.segment("Big", is_called("Ann"), predictive("total_clv"), predictive("historic_clv"))
    memberships.join(cards.shop.table, cards.shop.account, id_, [1, 2, 3], NOW)
    (row,) = cards.rows("segment")
    found = segments.get(cards.shop.table, cards.shop.account, id_)
    assert found is not None
    assert row["attributes"] == {
        "name": "Big", "clv_attributes": ["historic_clv", "total_clv"], "profile_count": 3,
        "updated": found.updated.isoformat(timespec="seconds"),
    }  # fmt: skip
    assert (row["type"], row["id"]) == ("clv-segment-usage", id_)
    assert row["relationships"]["segment"] == {
        "data": {"type": "segment", "id": id_}, "links": {"related": f"{BASE}/api/segments/{id_}"},
    }  # fmt: skip
    assert cards.shop.caller.get(row["relationships"]["segment"]["links"]["related"]).data["id"] == id_
    assert cards.call.get(row["links"]["self"]).data == row


@pytest.mark.parametrize(("card", "made_at"), [(card, f"{card}s") for card in CARDS])
def test_a_card_leads_to_where_such_an_object_is_made(cards: Cards, card: str, made_at: str) -> None:
    links = cards.call.get(f"/api/clv-{card}-usages").document["links"]
    assert links["create"] == f"{BASE}/api/{made_at}"


def test_nested_segments_qualify_to_depth_five(cards: Cards) -> None:
    inner = [cards.segment("S0", predictive("churn_probability"))]
    for n in range(1, DEPTH + 2):
        inner.append(cards.segment(f"S{n}", member(inner[-1], is_member=n % 2 == 0)))
    rows = cards.rows("segment")
    assert [row["attributes"]["name"] for row in rows] == [f"S{n}" for n in range(DEPTH + 1)]
    assert {tuple(row["attributes"]["clv_attributes"]) for row in rows} == {("churn_probability",)}
    through = [row["relationships"]["qualifying-segments"]["data"] for row in rows]
    assert through == [[], *([{"type": "segment", "id": id_}] for id_ in inner[:DEPTH])]


def test_a_segment_of_several_has_the_attributes_of_all(cards: Cards) -> None:
    one, two = cards.segment("One", predictive("total_clv")), cards.segment("Two", predictive("historic_clv"))
    cards.segment("Both", member(one), member(two), predictive("average_order_value"))
    (both,) = (row for row in cards.rows("segment") if row["attributes"]["name"] == "Both")
    assert both["attributes"]["clv_attributes"] == ["historic_clv", "total_clv", "average_order_value"]


def test_a_list_never_qualifies_by_itself(cards: Cards) -> None:
    regulars, letter = cards.segment("Regulars", predictive("total_clv")), cards.list("Letter")
    cards.segment("In both", member(letter, regulars))
    cards.segment("On the list", member(letter))
    cards.campaign("To the list", (letter,))
    cards.flow("Joined", {"type": "list", "id": letter})
    cards.form("Joins", shown_to((letter,)), connected=letter)
    assert cards.names("segment") == ["In both", "Regulars"]
    assert [cards.rows(card) for card in CARDS[1:]] == [[], [], []]


@pytest.mark.parametrize("side", ["included", "excluded"])
def test_a_campaign_qualifies_by_whom_it_goes_to_or_not(cards: Cards, side: str) -> None:
    regulars, letter = cards.segment("Regulars", predictive("total_clv")), cards.list("Letter")
    groups: dict[str, Any] = {"included": (letter,), "excluded": ()}
    groups[side] = (*groups[side], regulars)
    cards.campaign("Sale", **groups, channels=("mobile_push", "sms", "email"))
    (row,) = cards.rows("campaign")
    assert row["attributes"] == {
        "name": "Sale", "clv_attributes": ["total_clv"], "audience_names": ["Letter", "Regulars"],
        "status": "Scheduled", "message_types": ["email", "sms", "push"], "scheduled_at": "2026-07-02T12:00:00+00:00",
    }  # fmt: skip
    assert row["relationships"]["campaign"]["data"] == {"type": "campaign", "id": row["id"]}
    assert cards.messages.get(row["relationships"]["campaign"]["links"]["related"]).data["id"] == row["id"]


def test_only_campaigns_that_are_scheduled_or_sending_are_upcoming(cards: Cards) -> None:
    regulars = (cards.segment("Regulars", predictive("total_clv")),)
    for status in ("draft", "scheduled", "sending", "sent", "cancelled"):
        cards.campaign(status, regulars, status=status, at=None if status == "draft" else NOW + timedelta(hours=1))
    cards.campaign("its time has come", regulars, at=NOW - timedelta(seconds=1))
    assert cards.names("campaign") == ["scheduled", "sending"]


def test_a_segment_that_is_gone_qualifies_nothing(cards: Cards) -> None:
    gone = cards.segment("Regulars", predictive("total_clv"))
    cards.campaign("Sale", (gone,))
    assert cards.names("campaign") == ["Sale"]
    assert cards.shop.caller("DELETE", f"/api/segments/{gone}").status == 204
    assert cards.rows("campaign") == []


def test_a_flow_qualifies_by_its_trigger_or_its_profile_filter(cards: Cards) -> None:
    regulars, letter = cards.segment("Regulars", predictive("predicted_clv")), cards.list("Letter")
    metric = {"type": "metric", "id": cards.shop.metric("Placed Order")}
    cards.flow("By segment", {"type": "segment", "id": regulars}, actions=(SEND_EMAIL,))
    cards.flow("By filter", {"type": "list", "id": letter}, profile_filter=definition([member(regulars)]))
    cards.flow("By attribute", metric, profile_filter=definition([predictive("total_clv")]))
    cards.flow("Not at all", metric, profile_filter=definition([GENDER], [member(letter)]), actions=(SEND_WEBHOOK,))
    rows = {row["attributes"]["name"]: row for row in cards.rows("flow")}
    assert {name: row["attributes"]["clv_attributes"] for name, row in rows.items()} == {
        "By segment": ["predicted_clv"], "By filter": ["predicted_clv"], "By attribute": ["total_clv"],
    }  # fmt: skip
    assert [rows[name]["attributes"]["audience_names"] for name in ("By segment", "By filter", "By attribute")] == [
        ["Regulars"], ["Letter", "Regulars"], [],
    ]  # fmt: skip
    shown = rows["By segment"]["attributes"]
    assert (shown["status"], shown["message_types"]) == ("Draft", ["email"])
    assert datetime.fromisoformat(shown["updated"]).tzinfo is not None
    assert cards.messages.get(rows["By segment"]["relationships"]["flow"]["links"]["related"]).data["type"] == "flow"


@pytest.mark.parametrize("name", ["Expected Date of Next Order", "expected_date_of_next_purchase"])
def test_a_flow_that_begins_on_the_expected_date_qualifies(cards: Cards, name: str) -> None:
    date: Body = {
        "type": "date", "date_field_type": "profile-property", "date_profile_property": name,
        "timedelta_value_before_date": 7, "timedelta_unit_before_date": "days", "trigger_time": "09:00:00",
    }  # fmt: skip
    cards.flow("A week before", date)
    cards.flow("Birthday", {**date, "date_profile_property": "birthday"})
    assert [row["attributes"]["clv_attributes"] for row in cards.rows("flow")] == [["expected_date_of_next_order"]]


@pytest.mark.parametrize("side", ["allowed", "denied"])
def test_a_form_qualifies_by_whom_it_is_shown_to_or_kept_from(cards: Cards, side: str) -> None:
    regulars, letter = cards.segment("Regulars", predictive("average_order_value")), cards.list("Letter")
    cards.form("Offer", shown_to(**{side: (regulars,)}), connected=letter, type="flyout")
    cards.form("Plain", connected=letter)
    (row,) = cards.rows("form")
    assert row["attributes"] == {
        "name": "Offer", "clv_attributes": ["average_order_value"], "audience_names": ["Letter", "Regulars"],
        "status": "Draft", "form_type": "flyout",
    }  # fmt: skip
    assert cards.messages.get(row["relationships"]["form"]["links"]["related"]).data["id"] == row["id"]


def test_a_form_that_is_live_says_so(cards: Cards) -> None:
    id_ = cards.form("Offer", shown_to((cards.segment("Regulars", predictive("total_clv")),)))
    body = {"type": "form-publish-job", "relationships": {"form": {"data": {"type": "form", "id": id_}}}}
    assert cards.messages("POST", "/api/form-publish-jobs", {"data": body}).status < 300
    assert [row["attributes"]["status"] for row in cards.rows("form")] == ["Live"]


def _five_of_each(cards: Cards) -> None:
    regulars = [cards.segment(f"S{n}", predictive("total_clv")) for n in (3, 1, 2, 5, 4)]
    for n, id_ in enumerate(regulars):
        memberships.join(cards.shop.table, cards.shop.account, id_, range(1, 4 * (n % 3) + 2), NOW)
    channels = (("email",), ("sms",), ("email", "sms"), ("mobile_push",), ("email",))
    types = ("popup", "flyout", "embed", "full_screen", "banner")
    for n, (id_, channel, type_) in enumerate(zip(regulars, channels, types, strict=True)):
        at = NOW + timedelta(hours=1 + (n * 3) % 5)
        cards.campaign(f"C{(n * 2) % 5}", (id_,), channels=channel, at=at, status=("scheduled", "sending")[n % 2])
        cards.flow(f"F{(n * 2) % 5}", {"type": "segment", "id": id_})
        cards.form(f"W{(n * 2) % 5}", shown_to((id_,)), type=type_)


SORTS = {
    "segment": ("name", "profile_count", "updated"),
    "campaign": ("name", "status", "message_type", "scheduled_at"),
    "flow": ("name", "updated"),
    "form": ("name", "form_type"),
}
_KEYS = {"message_type": "message_types"}


def test_every_sort_of_every_card_both_ways_page_by_page(cards: Cards) -> None:
    _five_of_each(cards)
    for card, sorts in SORTS.items():
        assert cards.rows(card) == cards.rows(card, sort="name")
        for sort in sorts:
            wanted = sorted(cards.rows(card), key=lambda row: (_shown(cards, row, sort), row["id"]))
            for text, expected in ((sort, wanted), (f"-{sort}", wanted[::-1])):
                found = pages(cards.call, f"/api/clv-{card}-usages", **{"sort": text, "page[size]": "2"})
                assert [len(page.data) for page in found] == [2, 2, 1]
                assert [row for page in found for row in page.data] == expected
                back = cards.call.get(found[2].document["links"]["prev"])
                assert back.data == found[1].data


def _shown(cards: Cards, row: Body, sort: str) -> Any:
    """What the rows are sorted by; times are shown in whole seconds only."""
    if sort == "updated":
        get: Any = segments.get if row["type"] == "clv-segment-usage" else flows.get
        return get(cards.shop.table, cards.shop.account, row["id"]).updated
    value = row["attributes"][_KEYS.get(sort, sort)]
    return ",".join(value) if isinstance(value, list) else value


ALL_SORTS = sorted({sort for sorts in SORTS.values() for sort in sorts})


@pytest.mark.parametrize(("card", "sort"), [(c, s) for c in CARDS for s in ALL_SORTS if s not in SORTS[c]])
def test_a_card_refuses_the_sorts_of_others(cards: Cards, card: str, sort: str) -> None:
    answer = cards.call.get(f"/api/clv-{card}-usages", sort=f"-{sort}")
    assert (answer.status, answer.error["source"]) == (400, {"parameter": "sort"})


@pytest.mark.parametrize(
    ("parameter", "value"), [("page[size]", "0"), ("page[size]", "101"), ("page[cursor]", "spam"), ("sort", "id")]
)
def test_wrong_parameters_are_named(cards: Cards, parameter: str, value: str) -> None:
    answer = cards.call.get("/api/clv-flow-usages", **{parameter: value})
    assert (answer.status, answer.error["source"]) == (400, {"parameter": parameter})


def test_what_does_not_qualify_is_not_found(cards: Cards) -> None:
    unrelated = cards.segment("Named Ann", is_called("Ann"))
    assert cards.call.get(f"/api/clv-segment-usages/{unrelated}").error["code"] == "not_found"


def test_only_the_asked_fields_are_shown(cards: Cards) -> None:
    cards.segment("Regulars", predictive("total_clv"))
    (row,) = cards.rows("segment", **{"fields[clv-segment-usage]": "name"})
    assert row["attributes"] == {"name": "Regulars"}
