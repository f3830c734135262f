"""The synthesised template says what the specs say: function × trigger × grant."""

from __future__ import annotations

import re
from typing import Any

from cdp.events import Scheduled, decode
from cdp.spec import Auth
from infra.aws.storage import database_prefix
from infra.specs import rooms
from tests.unit.infra.wiring import Trigger, of_type, queue_room, reached, target, triggers
from tests.unit.infra.wiring import rooms as deployed

Template = dict[str, Any]


def said() -> set[Trigger]:
    """The triggers as the specs have them, routes apart."""
    found = set()
    for spec in rooms():
        found |= {Trigger(spec.name, "rule", rule.message.__name__) for rule in spec.rules}
        found |= {Trigger(spec.name, "schedule", schedule.name) for schedule in spec.schedules}
        if spec.inbox:
            found.add(Trigger(spec.name, "inbox", spec.name))
        if spec.authorizer:
            found.add(Trigger(spec.name, "authorizer", "*"))
    return found


def test_triggers_are_those_of_the_specs(template: Template) -> None:
    assert {one for one in triggers(template) if one.kind != "route"} == said()


def test_every_operation_reaches_its_room_with_the_authorizer_if_it_is_private(template: Template) -> None:
    (default,) = [spec.name for spec in rooms() if spec.default_route]
    for spec in rooms():
        for route in spec.routes:
            path = re.sub(r"\{\w+\}", "some:id", route.path)
            guard = "CUSTOM" if route.auth is Auth.PRIVATE else "NONE"
            assert reached(template, route.method, path) == (spec.name, guard), route.key
            assert reached(template, route.method, f"{path}/") in ((spec.name, guard), (default, "NONE")), route.key
    assert reached(template, "GET", "/api/nothing-here") == (default, "NONE")


def test_the_stack_keeps_the_limits_of_cloudformation_and_of_an_api(template: Template) -> None:
    assert max(template["Sizes"]) <= 450  # of 500
    assert len(of_type(template, "AWS::ApiGatewayV2::Route")) <= 250  # of 300


def test_every_room_is_deployed(template: Template) -> None:
    assert sorted(deployed(template).values()) == [spec.name for spec in rooms()]


def test_only_guarded_routes_lead_to_private_operations_alone(template: Template) -> None:
    routes = of_type(template, "AWS::ApiGatewayV2::Route").values()
    assert {route["AuthorizationType"] for route in routes} == {"CUSTOM", "NONE"}
    for route in routes:
        assert ("AuthorizerId" in route) is (route["AuthorizationType"] == "CUSTOM")
        if "ANY" in route["RouteKey"]:
            assert route["AuthorizationType"] == "CUSTOM"


def test_browsers_may_call_from_anywhere(template: Template) -> None:
    (api,) = of_type(template, "AWS::ApiGatewayV2::Api").values()
    cors = api["CorsConfiguration"]
    assert cors["AllowOrigins"] == ["*"]
    assert cors["AllowMethods"] == ["GET", "POST"]
    assert cors["AllowHeaders"] == ["content-type", "revision"]
    assert "AllowCredentials" not in cors


def test_failed_messages_come_back_alone_and_end_among_the_dead(template: Template) -> None:
    sources = of_type(template, "AWS::Lambda::EventSourceMapping").values()
    assert all(source["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for source in sources)
    queues = of_type(template, "AWS::SQS::Queue")
    attempts = {spec.name: spec.inbox.max_attempts for spec in rooms() if spec.inbox}
    hidden = {spec.name: 6 * spec.timeout_s for spec in rooms()}
    for queue in queues.values():
        room = queue_room(queue)
        if room in attempts:
            dead = queues[target(template, queue["RedrivePolicy"]["deadLetterTargetArn"], "AWS::SQS::Queue")]
            assert queue_room(dead) == f"{room}-dead"
            assert queue["RedrivePolicy"]["maxReceiveCount"] == attempts[room]
            assert queue["VisibilityTimeout"] == hidden[room]


def test_what_no_inbox_took_is_kept(template: Template) -> None:
    rules = of_type(template, "AWS::Events::Rule").values()
    targets = [rule["Targets"][0] for rule in rules]
    targets += [schedule["Target"] for schedule in of_type(template, "AWS::Scheduler::Schedule").values()]
    queues = of_type(template, "AWS::SQS::Queue")
    for one in targets:
        kept = queues[target(template, one["DeadLetterConfig"]["Arn"], "AWS::SQS::Queue")]
        assert queue_room(kept) == "undelivered"
    assert all(rule["Targets"][0]["InputPath"] == "$.detail" for rule in rules)


def test_a_schedule_sends_a_message_that_its_room_can_read(template: Template) -> None:
    for schedule in of_type(template, "AWS::Scheduler::Schedule").values():
        message = decode(schedule["Target"]["Input"])
        assert isinstance(message, Scheduled)
        assert schedule["ScheduleExpressionTimezone"] == "UTC"


def test_settings_reach_the_function_as_locators(template: Template) -> None:
    functions = of_type(template, "AWS::Lambda::Function")
    names = deployed(template)
    for logical_id, properties in functions.items():
        spec = next(spec for spec in rooms() if spec.name == names[logical_id])
        given = properties.get("Environment", {}).get("Variables", {})
        assert {name.lower() for name in given} <= set(spec.settings.__dataclass_fields__)  # type: ignore[attr-defined]
        assert properties["Handler"] == spec.handler
        assert properties["MemorySize"] == spec.memory_mb
        assert properties["Timeout"] == spec.timeout_s
        assert properties["Runtime"] == "python3.13"
        if spec.name == "reports":
            assert str(given["ENGINE"]).startswith("athena://")
        elif "ENGINE" in given:
            assert given["ENGINE"] == "duckdb:"


def test_the_table_has_the_indexes_of_the_adapter(template: Template) -> None:
    from cdp.adapters.aws.table_keys import index_name
    from cdp.ports import INDEXES

    tables = of_type(template, "AWS::DynamoDB::GlobalTable")
    documents = next(table for table in tables.values() if "GlobalSecondaryIndexes" in table)
    assert {index["IndexName"] for index in documents["GlobalSecondaryIndexes"]} == set(
        map(index_name, INDEXES)
    )
    for index in documents["GlobalSecondaryIndexes"]:
        name = index["IndexName"].split("-")[0]
        assert [key["AttributeName"] for key in index["KeySchema"]] == [f"{name}p", f"{name}s"]
    assert documents["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert documents["Replicas"][0]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert documents["BillingMode"] == "PAY_PER_REQUEST"


def test_buckets_are_closed_and_encrypted(template: Template) -> None:
    for bucket in of_type(template, "AWS::S3::Bucket").values():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]
        assert "VersioningConfiguration" not in bucket
    policies = of_type(template, "AWS::S3::BucketPolicy").values()
    assert len(policies) == 2
    assert all("aws:SecureTransport" in str(policy["PolicyDocument"]) for policy in policies)


def test_spilled_bodies_go_when_no_message_can_need_them(template: Template) -> None:
    from cdp.adapters.aws import spill

    rules = [
        rule
        for bucket in of_type(template, "AWS::S3::Bucket").values()
        for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", [])
    ]
    (rule,) = [rule for rule in rules if rule.get("Prefix") == spill._FOLDER]
    assert rule["ExpirationInDays"] > 2 * 14  # once in the queue, once among the dead letters


def test_everything_that_can_fail_has_an_alarm(template: Template) -> None:
    alarms = of_type(template, "AWS::CloudWatch::Alarm").values()
    names = {alarm["AlarmName"].removeprefix("regulars-") for alarm in alarms}
    expected = {"undelivered", "http-5xx", "throttles"}
    for spec in rooms():
        expected |= {f"{spec.name}-errors", *(alarm.name for alarm in spec.alarms)}
        if spec.inbox:
            expected |= {f"{spec.name}-dead", f"{spec.name}-age"}
    assert names == expected
    assert all(alarm["AlarmActions"] for alarm in alarms)
    filters = of_type(template, "AWS::Logs::MetricFilter").values()
    watched = {(one["MetricTransformations"][0]["MetricName"], one["FilterPattern"]) for one in filters}
    assert watched == {(alarm.name, f'"{alarm.words}"') for spec in rooms() for alarm in spec.alarms}


def test_two_deployments_in_one_account_share_nothing() -> None:
    """Glue's catalog is one for all; what one deployment may touch begins with its own prefix."""
    prefixes = [database_prefix(name) for name in ("regulars", "regulars-test", "regulars-test-2", "reg")]
    for one in prefixes:
        assert [other for other in prefixes if other.startswith(one)] == [one]
