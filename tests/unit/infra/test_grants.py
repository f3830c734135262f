"""What each room's role allows is what its spec was granted, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdp.spec import Access, FunctionSpec, Grant
from infra.specs import rooms
from tests.unit.infra.conftest import synthesise
from tests.unit.infra.wiring import actions, of_type, target, triggers
from tests.unit.infra.wiring import rooms as deployed

Template = dict[str, Any]


@pytest.fixture(scope="session")
def allowed(template: Template) -> dict[str, set[str]]:
    """What each room's role allows."""
    return actions(template)


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
