"""Topics: those that everybody has, the account's own, and two names for one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.documents import webhooks
from cdp.documents.metrics import Metric
from cdp.webhooks.topics import METRICS, MONITOR_ALERT, STATIC, canonical, slug, topic_of
from functions.webhooks.subscribing import choose, known
from tests.unit.webhooks.conftest import ACCOUNT, NOW, OPENED, OTHER, SENT, Room, room_of

# As SPEC §15 lists them.
SPECIFIED = """received_email, opened_email, clicked_email, bounced_email, dropped_email, marked_email_as_spam,
subscribed_to_email_marketing, unsubscribed_from_email_marketing, manually_suppressed_from_email_marketing,
manually_unsuppressed_from_email_marketing, updated_email_preferences, sent_sms, received_sms, clicked_sms,
failed_to_deliver_sms, received_automated_response_sms, failed_to_deliver_automated_response_sms,
subscribed_to_sms_marketing, unsubscribed_from_sms_marketing, received_push, opened_push, bounced_push,
subscribed_to_list, ready_to_review, submitted_review, submitted_rating"""
EVERYBODYS = {f"event:klaviyo.{name}" for name in re.split(r",\s+", SPECIFIED)}
ALIAS, RECEIVED = "event:klaviyo.email_delivered", "event:klaviyo.received_email"


def test_the_static_ones() -> None:
    assert STATIC.keys() == EVERYBODYS
    assert len(METRICS) == 26


@pytest.mark.parametrize(
    ("service", "name", "topic"),
    [
        ("api", "Placed Order", "event:api.placed_order"),
        ("api", "placed-order!", "event:api.placed_order"),
        ("klaviyo", "Sent SMS", SENT),
        ("My.Shop", "Order #1 / paid", "event:my_shop.order_1_paid"),
        ("api", "Заказ оплачен", "event:api.заказ_оплачен"),
        ("api", "¡!", "event:api.XyZ123"),
    ],
)
def test_topics_of_metrics(service: str, name: str, topic: str) -> None:
    assert topic_of(service, name, "XyZ123") == topic


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_a_slug_is_the_slug_of_itself(text: str) -> None:
    assert slug(slug(text)) == slug(text)
    assert not re.search(r"[\s.:,]", slug(text))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["api", "klaviyo", "shop"]), st.text(min_size=1, max_size=12)), max_size=12))
def test_every_metric_can_be_subscribed_to(pairs: list[tuple[str, str]]) -> None:
    metrics = [Metric(f"id{no:04d}", no, name, service, NOW, NOW) for no, (service, name) in enumerate(pairs)]
    topics = known(metrics)
    assert topics.keys() >= EVERYBODYS | {ALIAS, MONITOR_ALERT}
    for metric in metrics:
        assert metric.id in topics[topic_of(metric.service, metric.name, metric.id)]
    chosen = choose(list(topics), topics)
    assert set(chosen.listens) >= {metric.id for metric in metrics}


def test_listed_and_shown(room: Room) -> None:
    room.metric("Placed Order")
    room.metric("Sent SMS", "klaviyo")
    found = [one["id"] for one in room.caller.get("/api/webhook-topics").data]
    assert found == sorted({*EVERYBODYS, ALIAS, MONITOR_ALERT, "event:api.placed_order"})
    assert all(one.keys() == {"type", "id", "links"} for one in room.caller.get("/api/webhook-topics").data)
    shown = room.caller.get("/api/webhook-topics/event:api.placed_order").data
    assert shown["type"] == "webhook-topic"
    assert room.caller.get(shown["links"]["self"]).data == shown
    assert room.caller.get("/api/webhook-topics/event:api.nothing").status == 404
    other = room_of(room.settings, room.folder, OTHER)
    assert other.caller.get("/api/webhook-topics/event:api.placed_order").status == 404
    assert other.create(["event:api.placed_order"]).status == 400


def test_the_same_topic_twice_is_one(room: Room) -> None:
    shown = room.create([SENT, OPENED, SENT]).data["relationships"]["webhook-topics"]["data"]
    assert [one["id"] for one in shown] == [SENT, OPENED]


def test_who_is_told_of_what(room: Room) -> None:
    """Under the name that was asked for, and once, whatever it is called."""
    first, both = room.made([ALIAS, SENT]), room.made([RECEIVED, ALIAS])
    room.change(room.made([RECEIVED]), enabled=False)
    subscribed = webhooks.subscribed(room.table, ACCOUNT)
    assert canonical(ALIAS) == RECEIVED
    assert {topic: [(one.webhook.id, one.topic) for one in found] for topic, found in subscribed.items()} == {
        RECEIVED: [(first, ALIAS), (both, RECEIVED)],
        SENT: [(first, SENT)],
    }
    assert webhooks.subscribed(room.table, OTHER) == {}
