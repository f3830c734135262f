"""The wiring table of a template: who is called by what, and who may do what to what.

Read from the synthesised CloudFormation alone, so that it can be compared with what the specs say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

Template = dict[str, Any]


class Trigger(NamedTuple):
    room: str
    kind: str  # "route", "authorizer", "inbox", "rule", "schedule"
    what: str


def of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Properties by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def rooms(template: Template) -> dict[str, str]:
    """Logical id of each function -> room."""
    return {
        name: properties["FunctionName"].split("-", 1)[1]
        for name, properties in of_type(template, "AWS::Lambda::Function").items()
    }


def refs(value: Any) -> Iterator[str]:
    """Logical ids that a value points at."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref":
                yield inner
            elif key == "Fn::GetAtt":
                yield inner[0]
            else:
                yield from refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from refs(inner)


def target(template: Template, value: Any, kind: str) -> str:
    """The one resource of that type that a value points at."""
    (found,) = {ref for ref in refs(value) if template["Resources"].get(ref, {}).get("Type") == kind}
    return found


def named(value: Any) -> str | None:
    """The room of a function whose ARN is made of its name."""
    found = re.search(r":function:regulars-(\w+)", json.dumps(value))
    return found and found[1]


def triggers(template: Template) -> set[Trigger]:
    functions = rooms(template)
    queues = {name: queue_room(q) for name, q in of_type(template, "AWS::SQS::Queue").items()}

    def room_of(value: Any) -> str:
        return named(value) or functions[target(template, value, "AWS::Lambda::Function")]

    def inbox_of(value: Any) -> str:
        return queues[target(template, value, "AWS::SQS::Queue")]

    found = set()
    integrations = of_type(template, "AWS::ApiGatewayV2::Integration")
    for route in of_type(template, "AWS::ApiGatewayV2::Route").values():
        integration = integrations[target(template, route["Target"], "AWS::ApiGatewayV2::Integration")]
        found.add(Trigger(room_of(integration["IntegrationUri"]), "route", route["RouteKey"]))
    for authorizer in of_type(template, "AWS::ApiGatewayV2::Authorizer").values():
        found.add(Trigger(room_of(authorizer["AuthorizerUri"]), "authorizer", "*"))
    for source in of_type(template, "AWS::Lambda::EventSourceMapping").values():
        found.add(Trigger(room_of(source["FunctionName"]), "inbox", inbox_of(source["EventSourceArn"])))
    for rule in of_type(template, "AWS::Events::Rule").values():
        (message,) = rule["EventPattern"]["detail-type"]
        found.add(Trigger(inbox_of(rule["Targets"][0]["Arn"]), "rule", message))
    for schedule in of_type(template, "AWS::Scheduler::Schedule").values():
        job = json.loads(schedule["Target"]["Input"])["job"]
        found.add(Trigger(inbox_of(schedule["Target"]["Arn"]), "schedule", job))
    return found


def reached(template: Template, method: str, path: str) -> tuple[str, str]:
    """(room, authorization) of the route that API Gateway takes: a full match before a greedy one, literal segments
    before parameters, a method before ANY, and $default last."""
    functions = rooms(template)
    integrations = of_type(template, "AWS::ApiGatewayV2::Integration")
    found: list[tuple[tuple[int, int, int], dict[str, Any]]] = []
    for route in of_type(template, "AWS::ApiGatewayV2::Route").values():
        verb, _, at = route["RouteKey"].partition(" ")
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(at)).replace(re.escape("{proxy+}"), ".+")
        if verb == "$default":
            found.append(((-1, 0, 0), route))
        elif verb in ("ANY", method) and re.fullmatch(pattern, path):
            literal = sum("{" not in segment for segment in at.split("/"))
            found.append(((int("+" not in at), literal, int(verb != "ANY")), route))
    _, chosen = max(found, key=lambda one: one[0])
    integration = integrations[target(template, chosen["Target"], "AWS::ApiGatewayV2::Integration")]
    room = named(integration["IntegrationUri"])
    assert room in functions.values()
    return room, chosen["AuthorizationType"]


def queue_room(queue: dict[str, Any]) -> str:
    name: str = queue["QueueName"]
    return name.split("-", 1)[1]


def actions(template: Template) -> dict[str, set[str]]:
    """Room -> "service:Action resource" that its role allows. Resources are "Type" or "Type/path"."""
    roles = of_type(template, "AWS::IAM::Role")
    names = {name: _name(name, resource) for name, resource in template["Resources"].items()}
    granted: dict[str, set[str]] = {}
    for name, room in rooms(template).items():
        role = roles[target(template, template["Resources"][name]["Properties"]["Role"], "AWS::IAM::Role")]
        assert "ManagedPolicyArns" not in role, f"{room} has a managed policy"
        statements = [s for policy in role["Policies"] for s in policy["PolicyDocument"]["Statement"]]
        granted[room] = {
            f"{action} {_resource(names, resource)}"
            for statement in statements
            if statement["Effect"] == "Allow"
            for action in _list(statement["Action"])
            for resource in _list(statement["Resource"])
        }
        effects = {statement["Effect"] for statement in statements}
        assert effects == {"Deny" if "TenancyConfig" in template["Resources"][name]["Properties"] else "Allow"}
    return granted


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _resource(names: dict[str, str], value: Any) -> str:
    """A readable name: the queue's name, "StorageDocuments/index/*", "…lake/*" …"""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(_resource(names, part) for part in value["Fn::Join"][1])
    (found,) = refs(value)
    return names.get(found, "")


def _name(logical_id: str, resource: dict[str, Any]) -> str:
    properties = resource.get("Properties", {})
    names = {
        "AWS::SQS::Queue": "QueueName", "AWS::Events::EventBus": "Name", "AWS::Logs::LogGroup": "LogGroupName",
    }  # fmt: skip
    return str(properties.get(names.get(resource["Type"], ""), logical_id.rstrip("0123456789ABCDEF")))
