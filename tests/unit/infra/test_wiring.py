"""The synthesised template says what the specs say: function × trigger × grant."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cdp.events import Scheduled, decode
from cdp.spec import Access, Auth, FunctionSpec, Grant
from infra.aws.storage import database_prefix
from infra.specs import rooms
from tests.unit.infra.conftest import synthesise
from tests.unit.infra.wiring import Trigger, actions, of_type, queue_room, reached, target, triggers
from tests.unit.infra.wiring import rooms as deployed

Template = dict[str, Any]


@pytest.fixture(scope="session")
def allowed(template: Template) -> dict[str, set[str]]:
    """What each room's role allows."""
    return actions(template)


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


# ---------------------------------------------------------------- grants

_READS = {
    "table": {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"},
    "lake": {"s3:GetObject", "s3:ListBucket", "glue:GetTable"},
}
_WRITES = {
    "table": {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"},
    "lake": {"s3:PutObject", "s3:DeleteObject", "glue:CreateTable", "glue:UpdateTable"},
}
_PLACE = {"table": "StorageDocuments", "lake": "lake/*"}


def touches(action: str, place: str) -> bool:
    """Is this "service:Action resource" about that place?"""
    if place == "lake/*":
        return place in action or "glue:" in action or action.startswith("s3:ListBucket")
    return place in action


@pytest.mark.parametrize("resource", ["table", "lake"])
def test_a_room_reads_and_writes_what_it_was_granted(allowed: dict[str, set[str]], resource: str) -> None:
    for spec in rooms():
        granted = {grant.access for grant in spec.grants if grant.resource == resource}
        mine = allowed[spec.name]
        if spec.name == "reports":  # on Athena here: results and partitions are granted besides
            mine = {action for action in mine if "athena-results" not in action}
        done = {action.split()[0] for action in mine if touches(action, _PLACE[resource])}
        done &= _READS[resource] | _WRITES[resource]
        expected = set()
        if granted:
            expected |= _READS[resource]
        if Access.WRITE in granted:
            expected |= _WRITES[resource]
        assert done == expected, spec.name


def test_a_room_knows_only_the_secrets_that_it_was_granted(allowed: dict[str, set[str]]) -> None:
    for spec in rooms():
        found = {
            (verb.removeprefix("secretsmanager:"), place.split("secret:regulars/")[1])
            for verb, _, place in (action.partition(" ") for action in allowed[spec.name])
            if verb.startswith("secretsmanager:") and verb.endswith(("GetSecretValue", "PutSecretValue"))
        }
        folders = {
            (grant.resource.partition(":")[2], grant.access)
            for grant in spec.grants
            if grant.resource.startswith("secrets:")
        }
        assert found == {("GetSecretValue", f"{folder}/*") for folder, _ in folders} | {
            ("PutSecretValue", f"{folder}/*") for folder, access in folders if access is Access.WRITE
        }, spec.name


def test_a_sandbox_is_one_accounts_and_may_do_nothing(template: Template, allowed: dict[str, set[str]]) -> None:
    (sandbox,) = [spec.name for spec in rooms() if spec.sandbox]
    functions = {deployed(template)[name]: one for name, one in of_type(template, "AWS::Lambda::Function").items()}
    assert [name for name, one in functions.items() if "TenancyConfig" in one] == [sandbox]
    made = functions[sandbox]
    assert made["TenancyConfig"] == {"TenantIsolationMode": "PER_TENANT"}
    assert made["ReservedConcurrentExecutions"] == 100
    assert made["RecursiveLoop"] == "Terminate"
    assert "VpcConfig" not in made
    assert allowed[sandbox] == set()
    role = of_type(template, "AWS::IAM::Role")[target(template, made["Role"], "AWS::IAM::Role")]
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Deny", "*", "*")
    callers = {room for room, done in allowed.items() if any(a.startswith("lambda:InvokeFunction") for a in done)}
    assert callers == {spec.name for spec in rooms() if Grant(f"room:{sandbox}", Access.SEND) in spec.grants}
    assert not [one for one in triggers(template) if one.room == sandbox]


def test_mail_is_sent_by_granted_rooms_as_one_address(tmp_path: Path) -> None:
    with_mail = actions(synthesise(tmp_path, mail_from="shop@example.com"))
    senders = {room: {a for a in done if a.startswith("ses:")} for room, done in with_mail.items()}
    for spec in rooms():
        identities = {"shop@example.com", "example.com"} if Grant("post", Access.SEND) in spec.grants else set()
        assert {a.split(":identity/")[1] for a in senders[spec.name]} == identities


def queues(spec: FunctionSpec, *access: Access) -> set[str]:
    """The inboxes that a room is granted with one of these kinds of access."""
    return {
        f"regulars-{grant.resource.removeprefix('queue:')}"
        for grant in spec.grants
        if grant.resource.startswith("queue:") and grant.access in access
    }


def test_a_room_sends_only_to_granted_inboxes_and_its_own_dead_letters(allowed: dict[str, set[str]]) -> None:
    for spec in rooms():
        sends = {a.split()[1] for a in allowed[spec.name] if a.startswith("sqs:SendMessage ")}
        expected = queues(spec, Access.SEND, Access.WRITE)
        expected |= {f"{queue}-dead" for queue in queues(spec, Access.WRITE)}
        if spec.inbox:
            expected.add(f"regulars-{spec.name}-dead")
        assert sends == expected, spec.name


def test_a_room_reads_its_own_inbox_and_the_dead_letters_it_may_repair(allowed: dict[str, set[str]]) -> None:
    for spec in rooms():
        reads = {a.split()[1] for a in allowed[spec.name] if a.startswith("sqs:ReceiveMessage ")}
        own = {f"regulars-{spec.name}"} if spec.inbox else set()
        assert reads == own | {f"{queue}-dead" for queue in queues(spec, Access.WRITE)}, spec.name


def test_only_granted_rooms_publish(allowed: dict[str, set[str]]) -> None:
    publishers = {room for room, done in allowed.items() if any("events:PutEvents" in a for a in done)}
    assert publishers == {spec.name for spec in rooms() if Grant("bus", Access.SEND) in spec.grants}


def test_nobody_may_do_everything(allowed: dict[str, set[str]]) -> None:
    for room, done in allowed.items():
        for action in done:
            verb, _, resource = action.partition(" ")
            assert "*" not in verb, f"{room}: {action}"
            assert resource != "*", f"{room}: {action}"


def test_every_room_logs_to_its_own_group_for_a_while(
    template: Template, allowed: dict[str, set[str]]
) -> None:
    sandboxes = {spec.name for spec in rooms() if spec.sandbox}
    for room, done in allowed.items():
        group = {f"logs:CreateLogStream /regulars/{room}", f"logs:PutLogEvents /regulars/{room}"}
        assert {a for a in done if a.startswith("logs:")} == (set() if room in sandboxes else group)
    assert all(group["RetentionInDays"] for group in of_type(template, "AWS::Logs::LogGroup").values())


# ---------------------------------------------------------------- settings and storage


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
