"""What a definition may say, where a wrong one is pointed at, and what it depends on (SPEC §4.1-§4.2)."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cdp.errors import Rejected
from cdp.query.sql import compile
from functions.audiences.conditions import CONDITIONS
from functions.audiences.definition import Dependencies, parse
from functions.audiences.evaluation import Context, matrix, query
from tests.unit.audiences.conditions import trees

NUMBER = {"type": "numeric", "operator": "greater-than", "value": 0}
ALWAYS = {"type": "date", "operator": "alltime"}
MONTH = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 30}
TEXT = {"type": "string", "operator": "equals", "value": "x"}
PROPERTY = {"type": "profile-property", "property": "email", "filter": TEXT}
METRIC = {
    "type": "profile-metric", "metric_id": "M1", "measurement": "count", "measurement_filter": NUMBER,
    "timeframe_filter": ALWAYS, "metric_filters": [{"property": "size", "filter": TEXT}],
}  # fmt: skip
GROUP = {"type": "profile-group-membership", "is_member": True, "group_ids": ["L1", "S1"], "timeframe_filter": MONTH}
CONSENT = {
    "type": "profile-marketing-consent",
    "consent": {
        "channel": "email", "can_receive_marketing": True,
        "consent_status": {"subscription": "subscribed", "filters": [{"field": "status_date", "filter": MONTH}]},
    },
}  # fmt: skip
PERMISSION = {
    "type": "profile-permissions", "channel": "whatsapp_marketing",
    "permission": {"reachable_status": "explicitly_reachable", "filters": []},
}  # fmt: skip
DISTANCE = {
    "type": "profile-postal-code-distance", "country_code": "US", "postal_code": "90210", "unit": "miles",
    "filter": {**NUMBER, "value": 5},
}  # fmt: skip
REGION = {"type": "profile-region", "region": "european_union", "in_region": True}
PREDICTED = {"type": "profile-predictive-analytics", "dimension": "total_clv", "filter": NUMBER}
CHANNEL = {
    "type": "profile-predictive-analytics", "dimension": "channel_affinity", "measurement": "rank",
    "predicted_channel": "email", "filter": {"type": "string", "operator": "equals", "value": "high"},
}  # fmt: skip
OBJECT = {
    "type": "profile-has-custom-object", "object_type_id": "T1", "object_type_relationship_id": "R1", "filter": NUMBER,
    "filters": [{"property_id": 1, "filter": TEXT}],
}  # fmt: skip
FUNNEL = {
    "type": "profile-metric-funnel", "timeframe_filter": MONTH, "completion_window_seconds": "DAYS_1",
    "steps": [{"metric_exists": True, "metric_id": "M1"}, {"metric_exists": False, "metric_id": "M2"}],
}  # fmt: skip
EVERY = (PROPERTY, METRIC, GROUP, CONSENT, PERMISSION, DISTANCE, REGION, PREDICTED, CHANNEL, OBJECT, FUNNEL)
AT = "/data/attributes/definition"


def definition(*groups: list[Any]) -> bytes:
    return json.dumps({"condition_groups": [{"conditions": group} for group in groups]}).encode()


def changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at the path; ... removes it."""
    copy = deepcopy(data)
    inner: Any = copy
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split("/")]
    for step in steps:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return copy


@pytest.mark.parametrize("condition", EVERY, ids=lambda one: one["type"])
def test_unknown_and_missing_attributes_are_pointed_at(condition: dict[str, Any]) -> None:
    refused_at({**condition, "colour": 1}, "/colour")
    for name in condition:
        if name not in ("metric_filters", "timeframe_filter", "completion_window_seconds"):
            refused_at(changed(condition, name, ...), f"/{name}")


@pytest.mark.parametrize(
    ("condition", "path", "value", "pointer"),
    [
        (PROPERTY, "type", "profile-mood", None),
        (PROPERTY, "property", "shoe_size", None),
        (PROPERTY, "property", "properties['']", None),
        (PROPERTY, "filter/type", "existential", None),
        (METRIC, "measurement", "mean", None),
        (METRIC, "measurement_filter/type", "string", None),
        (METRIC, "timeframe_filter", {"type": "date", "operator": "calendar-month", "value": 3}, "timeframe_filter/operator"),
        (METRIC, "metric_filters/0/filter", {"type": "date", "operator": "anniversary"}, "metric_filters/0/filter/type"),
        (METRIC, "metric_filters/0/colour", "red", None),
        (METRIC, "metric_filters", [{"property": "a"}] * 11, None),
        (GROUP, "group_ids", [], None),
        (GROUP, "group_ids/1", 7, None),
        (GROUP, "is_member", False, "timeframe_filter"),
        (GROUP, "timeframe_filter", {"type": "date", "operator": "anniversary-last", "unit": "day", "quantity": 1},
         "timeframe_filter/operator"),
        (CONSENT, "consent/channel", "pigeon", None),
        (CONSENT, "consent/consent_status/subscription", "unsubscribed", None),
        (CONSENT, "consent/consent_status/filters/0/field", "bounce_date", None),
        (CONSENT, "consent/consent_status/filters/0", {"field": "method", "method": "pigeon"},
         "consent/consent_status/filters/0/method"),
        (CONSENT, "consent/consent_status/filters/0", {"field": "method", "method": "integration"},
         "consent/consent_status/filters/0/filter"),
        (CONSENT, "consent/consent_status/filters/0", {"field": "method", "method": "sftp", "filter": TEXT},
         "consent/consent_status/filters/0/filter"),
        (CONSENT, "consent/consent_status", {"subscription": "any", "filters": [{"field": "status_date", "filter": MONTH}]},
         "consent/consent_status/filters"),
        (PERMISSION, "channel", "email", None),
        (PERMISSION, "permission", {"reachable_status": "explicitly_reachable"}, "permission/filters"),
        (PERMISSION, "permission/reachable_status", "implicitly_reachable", "permission/filters"),
        (DISTANCE, "country_code", "DE", None),
        (DISTANCE, "postal_code", "00000", None),
        (DISTANCE, "postal_code", "9021", None),
        (DISTANCE, "unit", "leagues", None),
        (DISTANCE, "filter/value", 0, None),
        (DISTANCE, "filter/operator", "equals", None),
        (REGION, "region", "atlantis", None),
        (PREDICTED, "dimension", "mood", None),
        (PREDICTED, "dimension", "predicted_gender", "filter/type"),
        (PREDICTED, "measurement", "rank", None),
        (CHANNEL, "filter/value", "highest", None),
        (CHANNEL, "measurement", "priority", "filter/type"),
        (CHANNEL, "predicted_channel", "pigeon", None),
        (OBJECT, "filter/value", 1.5, None),
        (OBJECT, "filters/0/property_id", "1", None),
        (OBJECT, "filters/0/filter", {"type": "date", "operator": "anniversary"}, "filters/0/filter/operator"),
        (FUNNEL, "steps", [{"metric_exists": True, "metric_id": "M1"}], None),
        (FUNNEL, "steps", [{"metric_exists": True, "metric_id": "M1"}] * 6, None),
        (FUNNEL, "steps/0/metric_exists", False, None),
        (FUNNEL, "steps/1/metric_filters", [{"property": "a"}] * 11, None),
        (FUNNEL, "steps/1/metric_filters", [{"property": "a", "filter": {"type": "string", "operator": "equals"}}],
         "steps/1/metric_filters/0/filter/value"),
        (FUNNEL, "completion_window_seconds", "DAYS_2", None),
        (FUNNEL, "timeframe_filter/quantity", 367, "timeframe_filter"),
        (FUNNEL, "timeframe_filter", ALWAYS, "timeframe_filter/operator"),
        (FUNNEL, "timeframe_filter/operator", "at-least", None),
    ],
)  # fmt: skip
def test_a_wrong_condition_is_pointed_at(condition: Any, path: str, value: Any, pointer: str | None) -> None:
    refused_at(changed(condition, path, value) if path != "measurement" or "measurement" in condition else {**condition, path: value},
               f"/{pointer or path}")  # fmt: skip


def refused_at(condition: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Rejected) as refused:
        parse(definition([REGION], [REGION, condition]), AT)
    assert refused.value.field == f"{AT}/condition_groups/1/conditions/1{pointer}"


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (b"[]", ""),
        (b"{", ""),
        (b'{"condition_groups": []}', "/condition_groups"),
        (b'{"condition_groups": {}}', "/condition_groups"),
        (b'{"condition_groups": [{"conditions": []}]}', "/condition_groups/0/conditions"),
        (b'{"condition_groups": [{}]}', "/condition_groups/0/conditions"),
        (b'{"condition_groups": [5]}', "/condition_groups/0"),
        (b'{"condition_groups": [{"conditions": [5]}]}', "/condition_groups/0/conditions/0"),
        (b'{"condition_groups": [{"conditions": [{}]}]}', "/condition_groups/0/conditions/0/type"),
        (b'{"condition_groups": [{"conditions": [], "or": 1}]}', "/condition_groups/0/or"),
        (b'{"condition_groups": [], "name": 1}', "/name"),
        (definition([FUNNEL], [PROPERTY, FUNNEL]), "/condition_groups/1/conditions/1"),
        (definition(*[[REGION]] * 21), "/condition_groups"),
        (definition([REGION] * 101), "/condition_groups"),
    ],
)
def test_a_wrong_definition_is_pointed_at(raw: bytes, pointer: str) -> None:
    with pytest.raises(Rejected) as refused:
        parse(raw, AT)
    assert refused.value.field == f"{AT}{pointer}"
    assert refused.value.status == 400


def test_a_definition_says_what_it_depends_on() -> None:
    found = parse(definition([PROPERTY, METRIC], [GROUP, OBJECT], [FUNNEL]), AT)
    assert found.dependencies == Dependencies(
        frozenset({"M1", "M2"}), frozenset({"L1", "S1"}), frozenset({"T1"}), profile=True, detailed=frozenset({"M1"})
    )
    assert [len(group) for group in found.groups] == [2, 2, 1]
    assert not parse(definition([METRIC]), AT).dependencies.profile


@pytest.mark.parametrize(
    ("condition", "relative"),
    [
        (PROPERTY, False), (METRIC, False), (REGION, False), (DISTANCE, False), (PERMISSION, False), (PREDICTED, False),
        (changed(METRIC, "timeframe_filter", MONTH), True), (GROUP, True), (CONSENT, True), (FUNNEL, True),
        (changed(PROPERTY, "filter", {"type": "date", "operator": "anniversary"}), True),
        (changed(OBJECT, "filters/0/filter", MONTH), True),
        (changed(PROPERTY, "filter", {"type": "date", "operator": "calendar-month", "value": 5}), False),
    ],
)  # fmt: skip
def test_a_definition_says_whether_the_clock_changes_it(condition: dict[str, Any], relative: bool) -> None:
    assert parse(definition([condition]), AT).relative is relative


def test_every_type_is_tried_here() -> None:
    assert {one.name for one in CONDITIONS} == {one["type"] for one in EVERY} == set(trees.EVERY)


@pytest.mark.parametrize("kind", trees.EVERY)
def test_trino_can_parse_every_type(kind: str) -> None:
    @settings(max_examples=2, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(
        conditions=st.lists(trees.EVERY[kind], min_size=3, max_size=3), zone=st.sampled_from(["UTC", "Europe/Berlin"])
    )
    def parses(conditions: list[dict[str, Any]], zone: str) -> None:
        found = [parse(definition([condition], [REGION]), AT) for condition in conditions]
        context = Context(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), ZoneInfo(zone), {"MetrA": 7})
        for one in (query(found[0], context), matrix(found, context)):
            compiled = compile(one, "athena")
            assert compiled.sql.count("?") >= len(compiled.arguments) > 0

    parses()
