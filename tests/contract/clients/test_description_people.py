"""Every answer on consents, merges, push tokens and privacy deletion validates against the public API's
description, and routes, scopes, filters, orders and page sizes are those that it names."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.spec import Auth, HttpRoute
from functions.profiles import consent_operations, push_operations
from functions.profiles.spec import SPEC
from tests.contract.clients.conftest import Platform, profile, until
from tests.contract.clients.description import PEOPLE, faults, operations
from tests.contract.clients.test_description import field_knows, without_null_links

OPERATIONS = {
    f"{method} {path}".replace("{job_id}", "{id}"): operation for method, path, operation in operations(PEOPLE)
}
ROUTES: dict[str, HttpRoute] = {route.key: route for route in SPEC.routes}
SUPPRESSIONS = [f"GET /api/profile-suppression-bulk-{verb}-jobs" for verb in ("create", "delete")]
YES, NO = {"consent": "SUBSCRIBED"}, {"consent": "UNSUBSCRIBED"}


@pytest.mark.parametrize("key", OPERATIONS)
def test_every_operation_is_served_with_the_same_scopes(key: str) -> None:
    route = ROUTES[key]
    assert not route.extension
    if route.auth is not Auth.PUBLIC:
        assert sorted(route.scopes) == OPERATIONS[key]["x-scopes"]


def test_filters_orders_and_page_sizes() -> None:
    known = {
        "GET /api/push-tokens": push_operations.FILTERS,
        **dict.fromkeys(SUPPRESSIONS, consent_operations.FILTERS),
    }
    assert known.keys() == {key for key, operation in OPERATIONS.items() if "x-filters" in operation}
    for key, filters in known.items():
        for field, operators in OPERATIONS[key]["x-filters"].items():
            assert all(field_knows(filters, field, operator) for operator in operators), f"{key}: {field}"
    assert OPERATIONS["GET /api/push-tokens"]["x-page-size"] == [push_operations.PAGE, push_operations.MAX_PAGE]
    for key in SUPPRESSIONS:
        assert OPERATIONS[key]["x-sort"] == ["created", "-created"]


def send(platform: Platform, key: str, sent: object = None, **path: str) -> Any:
    """Call the operation; its answer, which must validate."""
    method, url = key.format(**path).split(" ")
    query = f"?company_id={platform.account_id}" if url.startswith("/client") else path.get("query", "")
    status, document = platform.call(method, url + query, sent)
    schema = OPERATIONS[key]["responses"].get(str(status), "not described")
    assert schema != "not described", (key, status, document)
    if schema is None:
        assert document is None
    else:
        assert faults(without_null_links(document), schema) == []
    called.add(key)
    return document


called: set[str] = set()


def test_answers_validate(community: Platform) -> None:
    """Every operation, in the order of a person's life."""
    _, made = community.call("POST", "/api/lists", {"data": {"type": "list", "attributes": {"name": "Described"}}})
    related = {"list": {"data": {"type": "list", "id": made["data"]["id"]}}}
    for verb, word in (("create", YES), ("delete", NO)):
        kind = f"profile-subscription-bulk-{verb}-job"
        people = [profile(email="ann@described.example", subscriptions={"email": {"marketing": word}})]
        attributes = {"profiles": {"data": people}}
        send(community, f"POST /api/{kind}s", {"data": {"type": kind, "attributes": attributes, "relationships": related}})
        kind = f"profile-suppression-bulk-{verb}-job"
        attributes = {"profiles": {"data": [profile(email="ann@described.example")]}}
        body = {"data": {"type": kind, "attributes": attributes, "relationships": related}}
        job = send(community, f"POST /api/{kind}s", body)
        send(community, f"GET /api/{kind}s/{{id}}", id=job["data"]["id"])
        listed = send(community, f"GET /api/{kind}s", query="?sort=-created")
        assert [one["id"] for one in listed["data"]] == [job["data"]["id"]]

    def person(email: str) -> str:
        address = f"/api/profiles?filter=equals(email,'{email}')"
        found = until(lambda: community.call("GET", address)[1]["data"], email)
        id_: str = found[0]["id"]
        return id_

    ann = person("ann@described.example")
    form = {"profile": {"data": profile(email="bob@described.example")}}
    send(community, "POST /client/subscriptions",
         {"data": {"type": "subscription", "attributes": form, "relationships": related}})  # fmt: skip
    bob = person("bob@described.example")
    token = {"token": "t1", "platform": "ios", "vendor": "apns", "profile": {"data": profile(email="ann@described.example")}}
    for key in ("POST /api/push-tokens", "POST /client/push-tokens"):
        send(community, key, {"data": {"type": "push-token", "attributes": token}})
    (one,) = send(community, "GET /api/push-tokens", query="?include=profile")["data"]
    send(community, "GET /api/push-tokens/{id}", id=one["id"], query="?include=profile")
    assert send(community, "GET /api/push-tokens/{id}/profile", id=one["id"])["data"]["id"] == ann
    assert send(community, "GET /api/push-tokens/{id}/relationships/profile", id=one["id"])["data"]["id"] == ann
    send(community, "DELETE /api/push-tokens/{id}", id=one["id"])
    send(community, "POST /client/push-token-unregister", {"data": {"type": "push-token-unregister", "attributes": token}})
    for key in ("GET /api/profiles/{id}/conversation", "GET /api/profiles/{id}/relationships/conversation"):
        assert send(community, key, id=ann)["data"] is None
    merge = {"profiles": {"data": [{"type": "profile", "id": bob}]}}
    send(community, "POST /api/profile-merge", {"data": {"type": "profile-merge", "id": ann, "relationships": merge}})
    who = {"profile": {"data": profile(email="ann@described.example")}}
    request = {"data": {"type": "data-privacy-deletion-job", "attributes": who}}
    send(community, "POST /api/data-privacy-deletion-jobs", request)
    until(lambda: community.call("GET", f"/api/profiles/{ann}")[0] == 404, "erased")
    until(lambda: community.call("GET", f"/api/profiles/{bob}")[0] == 404, "erased with what was merged into it")
    assert called == OPERATIONS.keys()
