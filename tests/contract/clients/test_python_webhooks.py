"""Webhooks and their topics through the official Python SDK, unmodified, and every answer against the public API's
description (SPEC §15)."""

from __future__ import annotations

from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from cdp.spec import HttpRoute
from functions.webhooks.spec import SPEC
from tests.contract.clients.conftest import Platform, bulk, order, person, until
from tests.contract.clients.description import WEBHOOKS, faults, operations
from tests.contract.clients.test_description import without_null_links

OPERATIONS = {f"{method} {path}": operation for method, path, operation in operations(WEBHOOKS)}
PUBLIC: dict[str, HttpRoute] = {route.key: route for route in SPEC.routes if not route.extension}
URL, SECRET = "https://hooks.shop.example/in/regulars?key=1", "correct horse battery staple"
OPENED, SENT = "event:klaviyo.opened_email", "event:klaviyo.sent_sms"


def new(*topics: str, **attributes: Any) -> dict[str, Any]:
    given = {"name": "Till", "endpoint_url": URL, "secret_key": SECRET, **attributes}
    return {"data": {"type": "webhook", "attributes": given, "relationships": related(*topics)}}


def related(*topics: str) -> dict[str, Any]:
    return {"webhook-topics": {"data": [{"type": "webhook-topic", "id": topic} for topic in topics]}}


def change(id_: str, *topics: str, **attributes: Any) -> dict[str, Any]:
    data = {"type": "webhook", "id": id_, "attributes": attributes}
    return {"data": {**data, "relationships": related(*topics)} if topics else data}


@pytest.fixture(scope="module")
def api(community: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(community.private_key, max_retries=1, test_host=community.url)


@pytest.fixture(scope="module")
def own_topic(community: Platform) -> str:
    """The topic of a metric that the account has made itself."""
    status, _ = community.call("POST", "/api/event-bulk-create-jobs", bulk([(person(0), [order(0)])]))
    assert status == 202
    topic = "event:api.placed_order"
    until(lambda: community.call("GET", f"/api/webhook-topics/{topic}")[0] == 200, topic)
    return topic


def test_every_operation_is_served_with_the_same_scopes_and_limits() -> None:
    assert {key: sorted(route.scopes) for key, route in PUBLIC.items()} == {
        key: sorted(operation["x-scopes"]) for key, operation in OPERATIONS.items()
    }
    limits = {key: tuple(int(text.partition("/")[0]) for text in operation["x-limit"].values())
              for key, operation in OPERATIONS.items()}  # fmt: skip
    assert {key: route.limit.value for key, route in PUBLIC.items()} == limits


def test_a_webhook_from_beginning_to_end(api: KlaviyoAPI, own_topic: str) -> None:
    made = api.Webhooks.create_webhook(new(OPENED, own_topic, description="For the till")).data
    shown = made.attributes
    assert (shown.name, shown.description, shown.enabled) == ("Till", "For the till", True)
    assert shown.endpoint_url == "https://hooks.shop.example"
    assert topics(made) == [OPENED, own_topic]
    one = api.Webhooks.get_webhook(made.id, include=["webhook-topics"])
    assert one.data.attributes.created_at == shown.created_at
    assert [topic.id for topic in one.included] == [OPENED, own_topic]
    body = change(made.id, SENT, name="Desk", enabled=False, secret_key="another secret, twenty")
    changed = api.Webhooks.update_webhook(made.id, body).data
    assert (changed.attributes.name, changed.attributes.enabled, topics(changed)) == ("Desk", False, [SENT])
    assert changed.attributes.updated_at >= shown.updated_at
    assert made.id in [webhook.id for webhook in api.Webhooks.get_webhooks(include=["webhook-topics"]).data]
    assert api.Webhooks.delete_webhook(made.id) is None
    with pytest.raises(ApiException) as missing:
        api.Webhooks.get_webhook(made.id)
    assert missing.value.status == 404


def test_topics_of_everybody_and_of_the_account(api: KlaviyoAPI, own_topic: str) -> None:
    found = [topic.id for topic in api.Webhooks.get_webhook_topics().data]
    assert {OPENED, SENT, own_topic, "system:monitor_alert"} <= set(found)
    assert len(found) == len(set(found))
    for topic in [*found[:3], own_topic]:
        assert api.Webhooks.get_webhook_topic(topic).data.id == topic
    with pytest.raises(ApiException) as missing:
        api.Webhooks.get_webhook_topic("event:api.nothing")
    assert missing.value.status == 404


@pytest.mark.parametrize(
    "body",
    [
        new(OPENED, secret_key="fifteen letters"),
        new(OPENED, endpoint_url="http://hooks.shop.example/in"),
        new(),
        new("event:api.nothing"),
    ],
)
def test_what_is_wrong_is_told(api: KlaviyoAPI, body: dict[str, Any]) -> None:
    with pytest.raises(ApiException) as refused:
        api.Webhooks.create_webhook(body)
    assert refused.value.status == 400
    assert '"pointer":"/data/' in str(refused.value.body)
    assert body["data"]["attributes"]["secret_key"] not in str(refused.value.body)


def test_every_answer_validates(community: Platform, own_topic: str) -> None:
    id_ = told(community, "POST", "/api/webhooks", new(OPENED, own_topic))["data"]["id"]
    path, fields = "/api/webhooks/{id}", "fields[webhook-topic]=id&include=webhook-topics"
    for query in ("", f"?{fields}"):
        told(community, "GET", f"/api/webhooks{query}")
        told(community, "GET", path.format(id=id_) + query, template=path)
    told(community, "PATCH", path.format(id=id_), change(id_, SENT, description=None), template=path)
    told(community, "GET", "/api/webhook-topics")
    told(community, "GET", f"/api/webhook-topics/{own_topic}", template="/api/webhook-topics/{id}")
    assert community.call("DELETE", path.format(id=id_)) == (204, None)


def test_whatever_may_be_asked_for_is_answered(community: Platform) -> None:
    asked = OPERATIONS["GET /api/webhooks"]["x-query"]
    assert asked.keys() == {"fields[webhook-topic]", "fields[webhook]", "include"}
    community.call("POST", "/api/webhooks", new(OPENED))
    for name in asked["fields[webhook]"]:
        status, document = community.call("GET", f"/api/webhooks?fields[webhook]={name}")
        assert status == 200
        assert all(one["attributes"].keys() == ({name} - {"id"}) for one in document["data"])


def topics(webhook: Any) -> list[str]:
    return [topic.id for topic in webhook.relationships.webhook_topics.data]


def told(platform: Platform, method: str, path: str, body: object = None, template: str = "") -> Any:
    """The answer, which is as described."""
    key = f"{method} {template or path.partition('?')[0]}"
    status, document = platform.call(method, path, body)
    assert str(status) in OPERATIONS[key]["responses"], document
    assert faults(without_null_links(document), OPERATIONS[key]["responses"][str(status)]) == []
    return document
