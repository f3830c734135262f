"""Reports on campaigns, flows and forms through the official Python SDK, unmodified: every statistic, grouping,
filter, time frame and interval that the public API describes, and answers that validate against its description."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from functions.reports.spec import SPEC
from tests.contract.clients.conftest import Platform, bulk, person, until
from tests.contract.clients.description import faults
from tests.contract.clients.test_description import without_null_links

OPERATIONS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "data" / "public_api_reporting.json").read_text())[
    "operations"
]
PEOPLE, MESSAGES = 12, 3
SENT = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
FLOW = {"$flow": "FLOW01", "$message": "FLOWM1"}
FORM = {"form_id": "FORM01", "form_version_id": "1000001"}
FORM_METRICS = (
    "Viewed Form", "Submitted Form", "Closed Form", "Qualified Form", "Viewed Form Step", "Submitted Form Step",
)  # fmt: skip


def event(metric: str, hours: float, **properties: Any) -> dict[str, Any]:
    attributes = {
        "properties": properties,
        "time": (SENT + timedelta(hours=hours)).isoformat(),
        "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
    }
    return {"type": "event", "attributes": attributes}


def history(n: int) -> list[dict[str, Any]]:
    """Each person gets three campaigns, a flow's text message and a form; half of them act, all buy
    before and after the text message."""
    found = []
    for k in range(MESSAGES):
        named = {"$message": f"MSG{k}", "Campaign Name": f"Letter {k}", "$variation": "AB"[n % 2]}
        found += [event("Received Email", k, **named)]
        if n % 2:
            found += [event("Opened Email", k + 0.1, **named), event("Clicked Email", k + 0.2, **named)]
        if n == 0:
            found += [event("Unsubscribed", k + 0.3, **named), event("Marked Email as Spam", k + 0.4, **named)]
    found.append(event("Received SMS", 5, **FLOW, **{"$usage_amount": 1, "Segment Count": 2, "Message Format": "sms"}))
    found += [event(name, 7, **FORM) for name in FORM_METRICS]
    return [*found, *(event("Placed Order", hours, **{"$value": 10}) for hours in (4, 9))]


@pytest.fixture(scope="module")
def own(community: Platform) -> Platform:
    listed = [(person(n), history(n)) for n in range(PEOPLE)]
    listed.append((person(PEOPLE), [event("Bounced Email", 0, **{"$message": "MSG0"}),
                                    event("Failed to Deliver SMS", 5, **FLOW)]))  # fmt: skip
    status, _ = community.call("POST", "/api/event-bulk-create-jobs", bulk(listed))
    assert status == 202
    count = sum(len(some) for _, some in listed)
    until(lambda: len(community.call("GET", "/api/events?page%5Bsize%5D=1000")[1]["data"]) == count or None, "events")
    return community


@pytest.fixture(scope="module")
def api(own: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(own.private_key, max_retries=1, test_host=own.url)


@pytest.fixture(scope="module")
def placed(api: KlaviyoAPI) -> str:
    return str(next(m.id for m in api.Metrics.get_metrics().data if m.attributes.name == "Placed Order"))


def asked(key: str, placed: str, **attributes: Any) -> dict[str, Any]:
    operation = OPERATIONS[key]
    given: dict[str, Any] = {"statistics": operation["statistics"], "timeframe": {"key": "last_7_days"}}
    if "conversion_metric_id" in operation["required"]:
        given["conversion_metric_id"] = placed
    if "interval" in operation:
        given["interval"] = "daily"
    type_ = key.rpartition("/")[2].removesuffix("s")
    return {"data": {"type": type_, "attributes": {**given, **attributes}}}


def call(api: KlaviyoAPI, key: str, body: dict[str, Any], **more: Any) -> Any:
    name = key.rpartition("/")[2].removesuffix("-reports").replace("-", "_")
    return getattr(api.Reporting, f"query_{name}")(body, **more)


def results(found: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(one.groupings, one.statistics) for one in found.data.attributes.results]


@pytest.mark.parametrize("key", OPERATIONS)
def test_scopes_and_rates_are_those_described(key: str) -> None:
    (route,) = (route for route in SPEC.routes if route.key == key)
    assert sorted(route.scopes) == sorted(OPERATIONS[key]["x-scopes"])
    burst, steady, daily = route.limit.value
    assert {"burst": f"{burst}/s", "steady": f"{steady}/m", "daily": f"{daily}/d"} == OPERATIONS[key]["x-rate-limit"]


@pytest.mark.parametrize("key", OPERATIONS)
def test_every_answer_validates_against_the_description(own: Platform, placed: str, key: str) -> None:
    operation = OPERATIONS[key]
    path = key.partition(" ")[2]
    bodies = [asked(key, placed), asked(key, placed, group_by=operation["group_by"])]
    bodies += [asked(key, placed, timeframe={"key": "yesterday"}, interval=one) for one in operation.get("interval", ())]
    for body in bodies:
        status, document = own.call("POST", path, body)
        assert (status, faults(without_null_links(document), operation["schema"])) == (200, [])


def test_every_named_time_frame(api: KlaviyoAPI, placed: str) -> None:
    key = "POST /api/flow-values-reports"
    for name in OPERATIONS[key]["keys"]:
        body = asked(key, placed, timeframe={"key": name}, statistics=["recipients"])
        found = call(api, key, body)
        assert found.data.type == "flow-values-report"
        assert name not in ("last_30_days", "last_7_days", "last_90_days", "last_365_days") or results(found)


def test_campaigns(api: KlaviyoAPI, placed: str) -> None:
    key = "POST /api/campaign-values-reports"
    found = results(call(api, key, asked(key, placed)))
    assert [one["campaign_message_id"] for one, _ in found] == ["MSG0", "MSG1", "MSG2"]
    assert {tuple(one) for one, _ in found} == {("campaign_id", "campaign_message_id", "send_channel")}
    half = PEOPLE // 2
    first = found[0][1]
    assert (first["recipients"], first["bounced"], first["delivered"]) == (PEOPLE + 1, 1, PEOPLE)
    assert (first["opens"], first["clicks_unique"], first["open_rate"]) == (half, half, 0.5)
    assert (first["unsubscribes"], first["spam_complaints"]) == (1, 1)
    last = found[-1][1]
    assert (last["conversions"], last["conversion_value"], last["average_order_value"]) == (half, half * 10.0, 10.0)
    names = ["campaign_id", "campaign_message_id", "campaign_message_name", "variation"]
    varied = results(call(api, key, asked(key, placed, group_by=names, statistics=["opens", "delivered"])))
    assert [(one["campaign_message_name"], one["variation"]) for one, _ in varied] == [
        ("Letter 0", ""), *((f"Letter {k}", variation) for k in range(MESSAGES) for variation in "AB")
    ]  # fmt: skip
    assert [s["opens"] for one, s in varied if one["variation"] == "B"] == [half] * MESSAGES


@pytest.mark.parametrize(("filter_", "messages"), [
    ('equals(campaign_id,"MSG1")', ["MSG1"]),
    ('contains-any(campaign_message_id,["MSG0","MSG2"])', ["MSG0", "MSG2"]),
    ('and(equals(send_channel,"email"),contains-any(campaign_message_name,["Letter 2"]))', ["MSG2"]),
    ('contains-any(send_channel,["sms","push-notification","whatsapp"])', []),
    ('contains-all(tag_id,["none"])', []),
    ('contains-any(tag_name,["none"])', []),
    ('equals(variation,"B")', ["MSG0", "MSG1", "MSG2"]),
    ('equals(text_message_format,"mms")', []),
])  # fmt: skip
def test_filters(api: KlaviyoAPI, placed: str, filter_: str, messages: list[str]) -> None:
    key = "POST /api/campaign-values-reports"
    found = results(call(api, key, asked(key, placed, filter=filter_, statistics=["opens"])))
    assert [one["campaign_message_id"] for one, _ in found] == messages


def test_flows_and_their_series(api: KlaviyoAPI, placed: str) -> None:
    key = "POST /api/flow-values-reports"
    ((groups, values),) = results(call(api, key, asked(key, placed)))
    assert groups == {"flow_id": "FLOW01", "flow_message_id": "FLOWM1", "send_channel": "sms"}
    assert (values["recipients"], values["failed"], values["delivery_rate"]) == (PEOPLE + 1, 1, PEOPLE / (PEOPLE + 1))
    assert (values["conversions"], values["conversion_rate"], values["conversion_value"]) == (PEOPLE, 1.0, PEOPLE * 10.0)
    assert (values["text_message_credit_usage_amount"], values["message_segment_count_sum"]) == (PEOPLE, 2 * PEOPLE)
    for interval in ("hourly", "daily", "weekly", "monthly"):
        key = "POST /api/flow-series-reports"
        frame = {"start": (SENT - timedelta(days=2)).isoformat(), "end": (SENT + timedelta(days=2)).isoformat()}
        found = call(api, key, asked(key, placed, interval=interval, timeframe=frame))
        ((_, series),) = results(found)
        times = found.data.attributes.date_times
        assert times == sorted(times)
        for name in ("recipients", "delivered", "failed", "clicks", "conversions", "message_segment_count_sum"):
            assert len(series[name]) == len(times)
            assert sum(series[name]) == values[name]


def test_forms_and_their_series(api: KlaviyoAPI, placed: str) -> None:
    key = "POST /api/form-values-reports"
    ((groups, values),) = results(call(api, key, asked(key, placed, group_by=["form_id", "form_version_id"])))
    assert groups == FORM
    assert values == {**dict.fromkeys(OPERATIONS[key]["statistics"], PEOPLE), "submit_rate": 1.0}
    for filter_, count in (
        ('equals(form_id,"FORM01")', 1), ('any(form_id,["FORM01","x"]),equals(form_version_id,"1000001")', 1),
        ('any(form_version_id,["x"])', 0),
    ):  # fmt: skip
        assert len(results(call(api, key, asked(key, placed, filter=filter_)))) == count
    for interval in ("hourly", "daily", "weekly", "monthly"):
        key = "POST /api/form-series-reports"
        ((_, series),) = results(call(api, key, asked(key, placed, interval=interval, timeframe={"key": "last_7_days"}
                                                      if interval != "hourly" else {
            "start": (SENT - timedelta(days=2)).isoformat(), "end": (SENT + timedelta(days=2)).isoformat()})))  # fmt: skip
        assert sum(series["viewed_form"]) == PEOPLE


def test_what_is_refused(api: KlaviyoAPI, placed: str) -> None:
    key = "POST /api/flow-series-reports"
    long = {"start": "2026-01-01T00:00:00+00:00", "end": "2026-06-01T00:00:00+00:00"}
    with pytest.raises(ApiException) as refused:
        call(api, key, asked(key, placed, timeframe=long))
    assert refused.value.status == 400
    assert json.loads(refused.value.body)["errors"][0]["source"] == {"pointer": "/data/attributes/timeframe"}


def test_only_some_fields(api: KlaviyoAPI, placed: str) -> None:
    key = "POST /api/flow-values-reports"
    found = call(api, key, asked(key, placed), fields_flow_values_report=["results"])
    attributes = found["data"]["attributes"] if isinstance(found, dict) else found.data.attributes.to_dict()
    assert set(attributes) >= {"results"}
    assert "computed_at" not in attributes
