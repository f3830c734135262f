"""The official Python SDK, unmodified, with its strict validation of responses: every operation that is served
in Accounts, Events, Metrics and Profiles, each listing over at least three pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from tests.contract.clients.conftest import (
    BAD_ROWS,
    EVENTS,
    IMPORTS,
    METRICS,
    ORDERS,
    PEOPLE,
    Platform,
    import_body,
    order,
    person,
    profile,
)
from tests.contract.clients.python_sdk import ids, pages

LISTS = ("lists", "segments", "push-tokens", "conversations")


@pytest.fixture(scope="module")
def api(shop: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(shop.private_key, max_retries=1, test_host=shop.url)


@pytest.fixture(scope="module")
def order_metric(api: KlaviyoAPI) -> Any:
    """The metric `Placed Order`."""
    return next(
        m for page in pages(api.Metrics.get_metrics) for m in page.data if m.attributes.name == "Placed Order"
    )


def test_accounts(api: KlaviyoAPI, shop: Platform) -> None:
    (account,) = api.Accounts.get_accounts().data
    assert account.id == account.attributes.public_api_key == shop.account_id
    assert (account.attributes.timezone, account.attributes.preferred_currency) == ("Europe/Paris", "EUR")
    assert api.Accounts.get_account(account.id).data == account
    sparse = api.Accounts.get_account(account.id, fields_account=["timezone"])
    assert sparse["data"]["attributes"] == {"timezone": "Europe/Paris"}


def test_every_event_once_over_three_pages(api: KlaviyoAPI) -> None:
    for sort in ("datetime", "-datetime", "timestamp", "-timestamp"):
        found = list(pages(api.Events.get_events, sort=sort))
        assert len(found) == 3
        assert len(set(ids(found))) == len(ids(found)) == EVENTS
        times = [event.attributes.timestamp for page in found for event in page.data]
        assert times == sorted(times, reverse=sort.startswith("-"))


def test_orders_with_profile_and_metric(api: KlaviyoAPI, order_metric: Any) -> None:
    found = list(
        pages(
            api.Events.get_events,
            filter=f'equals(metric_id,"{order_metric.id}")',
            include=["profile", "metric", "attributions"],
            sort="datetime",
            page_size=20,
        )
    )
    assert [len(page.data) for page in found] == [20, 20, 20]
    events = [event for page in found for event in page.data]
    assert [event.attributes.event_properties["$value"] for event in events] == [
        10.0 + i for i in range(ORDERS)
    ]
    for page in found:
        people = {one["id"]: one for one in page.included if one["type"] == "profile"}
        assert {event.relationships.profile.data.id for event in page.data} == people.keys()
        assert [one["attributes"]["name"] for one in page.included if one["type"] == "metric"] == [
            "Placed Order"
        ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("greater-than(datetime,2025-06-15T11:59:59Z)", METRICS),
        ("greater-or-equal(timestamp,1749988800)", METRICS),
        ("less-than(datetime,2025-01-08)", 7),
        ("less-or-equal(timestamp,1735725600),has(profile),has(metric)", 1),
        ("and(greater-or-equal(datetime,2025-01-02),less-than(datetime,2025-01-04T00:00:00+00:00))", 2),
    ],
)
def test_event_filters(api: KlaviyoAPI, text: str, count: int) -> None:
    assert len(api.Events.get_events(filter=text, page_size=1000).data) == count


def test_events_of_a_profile(api: KlaviyoAPI) -> None:
    (one,) = api.Profiles.get_profiles(filter=f'equals(email,"{person(1)}")').data
    found = api.Events.get_events(filter=f'equals(profile_id,"{one.id}")').data
    assert sorted(event.attributes.event_properties["OrderId"] for event in found) == ["o1", "o46"]


def test_one_event_and_its_relations(api: KlaviyoAPI, order_metric: Any) -> None:
    included = ["metric", "profile", "attributions"]
    wanted = f'equals(metric_id,"{order_metric.id}")'
    event = api.Events.get_events(filter=wanted, page_size=1, include=included).data[0]
    one = api.Events.get_event(event.id, include=included)
    assert one.data == event
    assert api.Events.get_metric_for_event(event.id).data.attributes == order_metric.attributes
    assert api.Events.get_metric_id_for_event(event.id).data.id == order_metric.id
    who = api.Events.get_profile_for_event(
        event.id, additional_fields_profile=["subscriptions", "predictive_analytics"]
    )
    assert api.Events.get_profile_id_for_event(event.id).data.id == who.data.id
    assert who.data.attributes.subscriptions.email.marketing.consent == "NEVER_SUBSCRIBED"


def test_create_events(api: KlaviyoAPI, shop: Platform) -> None:
    """Accepted; each repeats what is stored already, so the other tests' figures stay."""
    event = order(0)
    event["attributes"]["profile"] = {"data": profile(email=person(0))}
    api.Events.create_event({"data": event})
    item = {
        "type": "event-bulk-create",
        "attributes": {"profile": {"data": profile(email=person(1))}, "events": {"data": [order(1)]}},
    }
    job = {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": [item]}}}
    api.Events.bulk_create_events({"data": job})


def test_every_metric_over_three_pages(api: KlaviyoAPI) -> None:
    found = list(pages(api.Metrics.get_metrics, include=["flow-triggers"]))
    assert [len(page.data) for page in found] == [200, 200, METRICS + 1 - 400]
    assert len(set(ids(found))) == METRICS + 1
    for field in ("name", "category"):
        assert len(list(pages(api.Metrics.get_metrics, filter=f'equals(integration.{field},"API")'))) == 3
        assert api.Metrics.get_metrics(filter=f'equals(integration.{field},"Other")').data == []


def test_one_metric_and_its_properties(api: KlaviyoAPI, order_metric: Any) -> None:
    assert api.Metrics.get_metric(order_metric.id).data == order_metric
    whole = api.Metrics.get_metric(order_metric.id, include=["flow-triggers"])
    assert (whole.included, whole.data.relationships.flow_triggers.data) == ([], [])
    found = api.Metrics.get_properties_for_metric(
        order_metric.id, additional_fields_metric_property=["sample_values"]
    ).data
    kinds = {one.attributes.label: one.attributes.inferred_type for one in found}
    assert kinds == {"OrderId": "string", "Items": "array", "gift": "boolean"}
    samples = {one.attributes.label: one.attributes.sample_values for one in found}
    assert samples["OrderId"] is not None
    assert len(samples["OrderId"]) == 10
    related = api.Metrics.get_property_ids_for_metric(order_metric.id).data
    assert {one.id for one in related} == {one.id for one in found}
    one = api.Metrics.get_metric_property(
        found[0].id, include=["metric"], additional_fields_metric_property=["sample_values"]
    )
    assert one.data == found[0]
    assert [metric.id for metric in one.included] == [order_metric.id]
    assert api.Metrics.get_metric_for_metric_property(found[0].id).data.id == order_metric.id
    assert api.Metrics.get_metric_id_for_metric_property(found[0].id).data.id == order_metric.id
    assert api.Metrics.get_flows_triggered_by_metric(order_metric.id).data == []
    assert api.Metrics.get_ids_for_flows_triggered_by_metric(order_metric.id).data == []


@pytest.mark.parametrize(
    "sort", ["created", "-created", "email", "-email", "id", "-id", "updated", "-updated"]
)
def test_every_profile_once_in_every_order(api: KlaviyoAPI, sort: str) -> None:
    found = list(pages(api.Profiles.get_profiles, sort=sort, filter="less-than(created,2100-01-01)"))
    assert len(found) >= 3
    assert len(set(ids(found))) == len(ids(found)) >= PEOPLE


def test_profile_filters(api: KlaviyoAPI) -> None:
    one = api.Profiles.get_profiles(filter=f'equals(email,"{person(7)}")').data[0]
    for text in (
        f'equals(id,"{one.id}")',
        f'any(id,["{one.id}","x"])',
        f"any(email,['{person(7)}'])",
        f'equals(external_id,"{one.attributes.external_id}")',
        f'any(external_id,["{one.attributes.external_id}"])',
    ):
        assert [found.id for found in api.Profiles.get_profiles(filter=text).data] == [one.id]
    since = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    for field in ("created", "updated"):
        assert len(list(pages(api.Profiles.get_profiles, filter=f"greater-than({field},{since})"))) >= 3
        assert api.Profiles.get_profiles(filter=f"less-than({field},{since})").data == []
    for text in (
        'equals(phone_number,"+15005550006")',
        'any(phone_number,["+15005550006"])',
        'equals(_kx,"nothing")',
        'equals(subscriptions.email.marketing.suppression.reason,"UNSUBSCRIBE")',
        f"greater-than(subscriptions.email.marketing.suppression.timestamp,{since})",
        'equals(subscriptions.email.marketing.list_suppressions.reason,"UNSUBSCRIBE")',
        'equals(subscriptions.email.marketing.list_suppressions.list_id,"LiSt42")',
        f"less-or-equal(subscriptions.email.marketing.list_suppressions.timestamp,{since})",
    ):
        assert api.Profiles.get_profiles(filter=text).data == []


def test_one_profile_with_everything(api: KlaviyoAPI) -> None:
    listed = api.Profiles.get_profiles(
        filter=f'equals(email,"{person(3)}")',
        additional_fields_profile=["subscriptions", "predictive_analytics"],
        include=["conversations", "push-tokens"],
    ).data[0]
    one = api.Profiles.get_profile(
        listed.id,
        additional_fields_profile=["subscriptions", "predictive_analytics"],
        include=["lists", "segments", "push-tokens", "conversations"],
    )
    assert one.data.attributes == listed.attributes
    assert one.data.attributes.first_name == "Ann 3"
    profiles, relations = api.Profiles, one.data.relationships
    for of_kind, listing, id_listing in (
        (relations.lists, profiles.get_lists_for_profile, profiles.get_list_ids_for_profile),
        (relations.segments, profiles.get_segments_for_profile, profiles.get_segment_ids_for_profile),
        (relations.push_tokens, profiles.get_push_tokens_for_profile, profiles.get_push_token_ids_for_profile),
        (None, profiles.get_conversations_for_profile, profiles.get_conversation_ids_for_profile),
    ):
        found = [one.id for one in listing(listed.id).data]
        assert [one.id for one in id_listing(listed.id).data] == found
        assert {one.id for one in (of_kind.data if of_kind else ())} == set(found)


def test_create_change_and_import_a_profile(api: KlaviyoAPI) -> None:
    email = f"{uuid.uuid4().hex}@shop.example"
    place = {"city": "Paris", "latitude": 48.85, "zip": "75011"}
    made = api.Profiles.create_profile(
        {"data": profile(email=email, first_name="Zoé", location=place, properties={"size": "M"})},
        additional_fields_profile=["subscriptions"],
    ).data
    assert (made.attributes.first_name, made.attributes.location.city) == ("Zoé", "Paris")
    change = {"type": "profile", "id": made.id, "attributes": {"first_name": None, "title": "Dr"}}
    change["meta"] = {"patch_properties": {"append": {"tags": ["a"]}, "unset": "size"}}
    changed = api.Profiles.update_profile(made.id, {"data": change}).data.attributes
    assert (changed.first_name, changed.title, changed.properties) == (None, "Dr", {"tags": ["a"]})
    again = api.Profiles.create_or_update_profile({"data": profile(email=email, last_name="Roy")}).data
    assert (again.id, again.attributes.title, again.attributes.last_name) == (made.id, "Dr", "Roy")


def test_bulk_imports(api: KlaviyoAPI) -> None:
    found = list(pages(api.Profiles.get_bulk_import_profiles_jobs, page_size=2, sort="created_at"))
    assert len(found) >= 3
    jobs = [job for page in found for job in page.data]
    assert [job.attributes.failed_count for job in jobs[:IMPORTS]] == [BAD_ROWS, 0, 0, 0, 0]
    done = api.Profiles.get_bulk_import_profiles_jobs(filter='any(status,["complete"])', page_size=100).data
    assert {job.id for job in jobs[:IMPORTS]} <= {job.id for job in done}
    job = jobs[0]
    assert api.Profiles.get_bulk_import_profiles_job(job.id, include=["lists"]).data == job
    people = list(pages(api.Profiles.get_profiles_for_bulk_import_profiles_job, job.id))
    assert [len(page.data) for page in people] == [20, 20, 5]
    related = list(pages(api.Profiles.get_profile_ids_for_bulk_import_profiles_job, job.id, page_size=15))
    assert ids(related) == ids(people)
    errors = list(pages(api.Profiles.get_errors_for_bulk_import_profiles_job, job.id, page_size=2))
    assert [len(page.data) for page in errors] == [2, 2, 1]
    assert (
        errors[0].data[0].attributes.source.pointer == f"/data/attributes/profiles/data/{PEOPLE}/attributes"
    )
    assert api.Profiles.get_list_for_bulk_import_profiles_job(job.id).data == []
    assert api.Profiles.get_list_ids_for_bulk_import_profiles_job(job.id).data == []


def test_start_a_bulk_import(api: KlaviyoAPI) -> None:
    made = api.Profiles.bulk_import_profiles(import_body(profile(email=person(0)))).data
    assert (made.attributes.status, made.attributes.total_count) == ("queued", 1)


def refused(call: Callable[[], object]) -> tuple[int, dict[str, Any]]:
    """Status and first error of a call that must fail; read from the SDK's own exception."""
    import json

    with pytest.raises(ApiException) as caught:
        call()
    return caught.value.status, json.loads(caught.value.body)["errors"][0]


def test_errors_parse(api: KlaviyoAPI, shop: Platform) -> None:
    wrong = KlaviyoAPI("pk_wrong", max_retries=1, test_host=shop.url)
    status, error = refused(wrong.Accounts.get_accounts)
    assert (status, error["code"]) == (401, "authentication_failed")
    status, error = refused(lambda: api.Metrics.get_metric("ZZZZZZ"))
    assert (status, error["code"]) == (404, "not_found")
    status, error = refused(lambda: api.Profiles.get_profiles(filter="equals(wishes,1)"))
    assert (status, error["source"]) == (400, {"parameter": "filter"})
    status, error = refused(lambda: api.Events.get_events(page_cursor="nonsense"))
    assert (status, error["source"]) == (400, {"parameter": "page[cursor]"})
    owner = api.Profiles.get_profiles(filter=f'equals(email,"{person(0)}")').data[0].id
    status, error = refused(lambda: api.Profiles.create_profile({"data": profile(email=person(0))}))
    assert (status, error["meta"]["duplicate_profile_id"]) == (409, owner)
    status, error = refused(lambda: api.Profiles.create_profile({"data": profile(first_name="Nobody")}))
    assert (status, error["source"]) == (400, {"pointer": "/data/attributes"})
    huge = {"data": profile(email="huge@shop.example", properties={"x": "y" * 100_000})}
    assert refused(lambda: api.Profiles.create_profile(huge))[0] == 413


def test_wrong_verb_media_type_and_path(shop: Platform) -> None:
    assert shop.call("DELETE", "/api/profiles")[0] == 405
    status, document = shop.call("PUT", "/api/profiles/x", {})
    assert (status, document["errors"][0]["code"]) == (405, "method_not_allowed")
    status, document = shop.call("POST", "/api/profiles", {}, **{"Content-Type": "text/plain"})
    assert (status, document["errors"][0]["code"]) == (415, "unsupported_media_type")
    status, document = shop.call("GET", "/api/nothing")
    assert (status, document["errors"][0]["code"]) == (404, "not_found")


def test_a_trailing_slash_changes_nothing(shop: Platform) -> None:
    for path in ("/api/accounts/", "/api/metrics/", "/api/profiles/?page%5Bsize%5D=1", "/api/events/"):
        status, document = shop.call("GET", path)
        assert (status, bool(document["data"])) == (200, True)
