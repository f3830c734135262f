"""Every answer of Campaigns and Templates in the earlier shape validates against the public API's description, and
routes, scopes, filters, orders, includes and page sizes are those that it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from functions.messages.campaigns import messages, operations
from functions.messages.spec import SPEC
from functions.messages.templates import operations as template_operations
from tests.contract.clients.conftest import Platform
from tests.contract.clients.description import faults
from tests.contract.clients.test_description import field_knows, without_null_links

OPERATIONS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "public_api_campaigns.json").read_text()
)["operations"]
ROUTES = {route.key: route for route in SPEC.routes}
PAGING = {
    "GET /api/campaigns": (operations.FILTERS, operations.SORTS, operations.PAGE),
    "GET /api/templates": (template_operations.FILTERS, template_operations.SORTS, (10, 10)),
}
INCLUDE = {
    "GET /api/campaigns": operations.OLDER_INCLUDE,
    "GET /api/campaigns/{id}": operations.OLDER_INCLUDE,
    "GET /api/campaigns/{id}/campaign-messages": messages.OLDER_INCLUDE,
    "GET /api/campaign-messages/{id}": messages.OLDER_INCLUDE,
}
AT = "2030-01-01T10:00:00+00:00"
PARAMS = [
    {"type": "static", "name": "utm_source", "value": "shop"},
    {"type": "dynamic", "name": "utm_campaign", "value": "campaign_name"},
]
STRATEGIES: list[dict[str, Any]] = [
    {"method": "immediate"},
    {"method": "static", "datetime": AT},
    {"method": "static", "datetime": AT, "options": {"is_local": True, "send_past_recipients_immediately": True}},
    {"method": "throttled", "datetime": AT, "throttle_percentage": 33},
    {"method": "smart_send_time", "date": "2030-01-01"},
]
EMAIL = {"channel": "email", "label": "Letter", "content": {"subject": "Hello"}}
DEFINITIONS: list[dict[str, Any]] = [
    EMAIL,
    {"channel": "sms", "content": {"body": "Hello"}, "render_options": {"add_info_link": False}},
    {"channel": "mobile_push", "notification_type": "silent", "kv_pairs": {"k": "v"}},
    {
        "channel": "mobile_push",
        "content": {"title": "Hello", "body": "There", "action_buttons": [{"label": "Go", "action_type": "open_app"}]},
        "options": {
            "on_open": {"type": "deep_link", "ios_deep_link": "shop://"},
            "badge": {"display": True, "badge_options": {"badge_config": "set_count", "value": "3"}},
            "play_sound": True,
        },
    },
]


def test_every_operation_is_served_with_the_same_scopes() -> None:
    assert len(OPERATIONS) == 33
    for key, operation in OPERATIONS.items():
        assert sorted(ROUTES[key].scopes) == sorted(operation["x-scopes"]), key


def test_filters_orders_includes_and_page_sizes() -> None:
    assert PAGING.keys() == {key for key, operation in OPERATIONS.items() if "x-filters" in operation}
    for key, (filters, sorts, size) in PAGING.items():
        operation = OPERATIONS[key]
        for field, operators in operation["x-filters"].items():
            for operator in operators:
                assert field_knows(filters, field, operator), f"{key}: {operator}({field})"
        assert {name for sort in sorts for name in (sort, f"-{sort}")} == set(operation["x-sort"])
        assert list(size) == operation["x-page-size"]
    included = {key: operation["x-include"] for key, operation in OPERATIONS.items() if "x-include" in operation}
    assert {key: sorted(names) for key, names in INCLUDE.items()} == {
        key: sorted(names) for key, names in included.items()
    }


def send(shop: Platform, key: str, data: dict[str, Any], id_: str = "") -> Any:
    """Do it and validate the answer; its data."""
    method, path = key.split()
    status, document = shop.call(method, path.replace("{id}", id_), {"data": data})
    assert status < 300, document
    check(key, status, document)
    return document and document["data"]


def check(key: str, status: int, document: Any) -> None:
    schema = OPERATIONS[key]["responses"][str(status)]
    if schema is None:
        assert document is None
    else:
        assert faults(without_null_links(document), schema) == []


def create(shop: Platform, name: str, *definitions: dict[str, Any], **attributes: Any) -> Any:
    data = [{"type": "campaign-message", "attributes": {"definition": definition}} for definition in definitions]
    audiences = {"included": ["LIST01"], "excluded": ["SEGM01"]}
    given = {"name": name, "audiences": audiences, "campaign-messages": {"data": data}, **attributes}
    return send(shop, "POST /api/campaigns", {"type": "campaign", "attributes": given})


@pytest.fixture(scope="module")
def made(shop: Platform) -> dict[str, str]:
    """Ids of a campaign with messages of every kind, of its first message and of that one's template."""
    tracking = {"add_tracking_params": True, "custom_tracking_params": PARAMS, "is_tracking_opens": False}
    campaign = create(shop, "Described", *DEFINITIONS, tracking_options=tracking, send_strategy=STRATEGIES[2])
    message = campaign["relationships"]["campaign-messages"]["data"][0]["id"]
    attributes = {"name": "Described", "editor_type": "CODE", "html": "<p>{{ name }}</p>", "text": "Hello"}
    template = send(shop, "POST /api/templates", {"type": "template", "attributes": attributes})["id"]
    related = {"template": {"data": {"type": "template", "id": template}}}
    body = {"type": "campaign-message", "id": message, "relationships": related}
    send(shop, "POST /api/campaign-message-assign-template", body)
    send(shop, "POST /api/campaign-send-jobs", {"type": "campaign-send-job", "id": campaign["id"]})
    return {"campaigns": campaign["id"], "campaign-messages": message, "templates": template}


@pytest.mark.parametrize("key", [key for key in OPERATIONS if key.startswith("GET") and "image" not in key])
def test_reads_validate(shop: Platform, made: dict[str, str], key: str) -> None:
    path = key.removeprefix("GET ")
    kind = path.split("/")[2]
    path = path.replace("{id}", made.get(kind, made["campaigns"]))
    query = "filter=equals(messages.channel,'email')" if path == "/api/campaigns" else ""
    for include in ("", *OPERATIONS[key].get("x-include", ())):
        status, document = shop.call("GET", f"{path}?{query}&include={include}")
        assert status == 200, document
        check(key, status, document)
        assert document["data"] or "tags" in path, path


@pytest.mark.parametrize(("strategy", "definition"), [*zip(STRATEGIES, (*DEFINITIONS, EMAIL), strict=True)])
def test_campaigns_of_every_kind_validate(shop: Platform, strategy: dict[str, Any], definition: dict[str, Any]) -> None:
    id_ = create(shop, "Kind", definition, send_strategy=strategy)["id"]
    status, document = shop.call("GET", f"/api/campaigns/{id_}?include=campaign-messages")
    check("GET /api/campaigns/{id}", status, document)
    shown = document["data"]["attributes"]["send_strategy"]
    assert {name: shown[name] for name in strategy} == strategy
    found = document["included"][0]["attributes"]["definition"]
    assert {name: found[name] for name in definition if name != "content"}.items() <= found.items()
    shop.call("DELETE", f"/api/campaigns/{id_}")


def test_changes_validate(shop: Platform, made: dict[str, str]) -> None:
    campaign, message, template = made["campaigns"], made["campaign-messages"], made["templates"]
    job = {"type": "campaign-recipient-estimation-job", "id": campaign}
    definition = {"channel": "email", "content": {"subject": "Again"}}
    for key, type_, id_, attributes in (
        ("PATCH /api/campaigns/{id}", "campaign", campaign, {"name": "Again"}),
        ("PATCH /api/campaign-messages/{id}", "campaign-message", message, {"definition": definition}),
        ("PATCH /api/templates/{id}", "template", template, {"name": "Again"}),
        ("POST /api/template-clone", "template", template, {"name": "Copy"}),
        ("POST /api/template-render", "template", template, {"context": {"name": "Ann"}}),
        ("POST /api/campaign-clone", "campaign", campaign, {"new_name": "Copy"}),
    ):
        send(shop, key, {"type": type_, "id": id_, "attributes": attributes}, id_)
    send(shop, "POST /api/campaign-recipient-estimation-jobs", job)
    cancel = {"type": "campaign-send-job", "id": campaign, "attributes": {"action": "cancel"}}
    send(shop, "PATCH /api/campaign-send-jobs/{id}", cancel, campaign)
    for key, id_ in (("DELETE /api/templates/{id}", template), ("DELETE /api/campaigns/{id}", campaign)):
        method, path = key.split()
        check(key, *shop.call(method, path.replace("{id}", id_)))


def test_what_is_not_there_is_null(shop: Platform) -> None:
    campaign = create(shop, "Bare", EMAIL)
    message = campaign["relationships"]["campaign-messages"]["data"][0]["id"]
    for name in ("image", "template", "relationships/image", "relationships/template"):
        status, document = shop.call("GET", f"/api/campaign-messages/{message}/{name}")
        assert (status, document["data"]) == (200, None)
    shop.call("DELETE", f"/api/campaigns/{campaign['id']}")
