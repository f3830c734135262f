"""Every answer of Flows and Forms validates against the public API's description; routes, scopes, filters, orders and
page sizes are those that it names; and every definition that it allows is taken."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from cdp.errors import Rejected
from cdp.spec import HttpRoute
from functions.messages.flows import action_operations
from functions.messages.flows import operations as flow_operations
from functions.messages.flows.actions import ACTION, KINDS
from functions.messages.flows.conditions import ENTRY
from functions.messages.flows.routes import ROUTES as FLOW_ROUTES
from functions.messages.flows.triggers import TRIGGER
from functions.messages.forms import operations as form_operations
from functions.messages.forms import version_operations
from functions.messages.forms.definition import read
from functions.messages.forms.routes import ROUTES as FORM_ROUTES
from tests.contract.clients.conftest import Platform
from tests.contract.clients.description import FLOWS, faults, operations, schemas
from tests.contract.clients.test_description import field_knows, without_null_links
from tests.contract.clients.test_python_flows import delay, email, experiment, new
from tests.contract.clients.test_python_forms import BLOCKS, RULES, version
from tests.contract.clients.test_python_forms import new as new_form

OPERATIONS = {f"{method} {path}": operation for method, path, operation in operations(FLOWS)}
ROUTES: dict[str, HttpRoute] = {route.key: route for route in (*FLOW_ROUTES, *FORM_ROUTES)}
NEWER = {  # of revision 2026-10-15
    "POST /api/flow-actions",
    "PATCH /api/forms/{id}",
    "POST /api/form-publish-jobs",
    "POST /api/form-unpublish-jobs",
}
_ACTIONS = (flow_operations.ACTION_FILTERS, flow_operations.ACTION_SORTS, flow_operations.PAGE)
_MESSAGES = (action_operations.MESSAGE_FILTERS, action_operations.MESSAGE_SORTS, action_operations.PAGE)
_VERSIONS = (version_operations.FILTERS, version_operations.SORTS, version_operations.PAGE)
PAGING = {
    "GET /api/flows": (flow_operations.FILTERS, flow_operations.SORTS, flow_operations.PAGE),
    "GET /api/flows/{id}/flow-actions": _ACTIONS,
    "GET /api/flows/{id}/relationships/flow-actions": _ACTIONS,
    "GET /api/flow-actions/{id}/flow-messages": _MESSAGES,
    "GET /api/flow-actions/{id}/relationships/flow-messages": _MESSAGES,
    "GET /api/forms": (form_operations.FILTERS, form_operations.SORTS, form_operations.PAGE),
    "GET /api/forms/{id}/form-versions": _VERSIONS,
    "GET /api/forms/{id}/relationships/form-versions": _VERSIONS,
}


def test_every_operation_is_served_with_the_same_scopes() -> None:
    served = {key: sorted(route.scopes) for key, route in ROUTES.items() if key not in NEWER}
    assert served == {key: sorted(operation["x-scopes"]) for key, operation in OPERATIONS.items()}
    assert ROUTES.keys() >= NEWER


def test_filters_orders_and_page_sizes() -> None:
    assert PAGING.keys() == {key for key, operation in OPERATIONS.items() if "x-filters" in operation}
    for key, (filters, sorts, size) in PAGING.items():
        operation = OPERATIONS[key]
        for field, operators in operation["x-filters"].items():
            for operator in operators:
                assert field_knows(filters, field, operator), f"{key}: {operator}({field})"
        assert {name for sort in sorts for name in (sort, f"-{sort}")} == set(operation["x-sort"])
        assert list(size) == operation["x-page-size"]


@pytest.fixture(scope="module")
def made(shop: Platform) -> dict[str, str]:
    """What the paths name: a flow with an experiment, its action and message; a form and its version."""
    actions = [delay("d", "e"), email("e", "x", template_id="T"), experiment("x", 3)]
    profile_filter = {"condition_groups": [{"conditions": [{"type": "profile-sample", "percentage": 5}]}]}
    body = new("Described", *actions, triggers=({"type": "metric", "id": "M"},))
    body["data"]["attributes"]["definition"]["profile_filter"] = profile_filter
    flow = send(shop, "POST /api/flows", "/api/flows", body["data"])
    send(shop, "POST /api/flows", "/api/flows", new("Empty")["data"])
    action = flow["attributes"]["definition"]["actions"][1]
    whole = version(*BLOCKS, triggers=list(RULES), type="full_screen", name="Whole")
    form = send(shop, "POST /api/forms", "/api/forms", new_form("Described", whole, ab_test=True)["data"])
    return {
        "flows": flow["id"],
        "flow-actions": action["id"],
        "flow-messages": action["data"]["message"]["id"],
        "forms": form["id"],
        "form-versions": str(form["attributes"]["definition"]["versions"][0]["id"]),
    }


def send(shop: Platform, key: str, path: str, data: object) -> Any:
    status, document = shop.call(key.split()[0], path, {"data": data})
    assert status < 300, document
    check(key, status, document)
    return document and document["data"]


def check(key: str, status: int, document: Any) -> None:
    schema = OPERATIONS[key]["responses"][str(status)]
    if schema is None:
        assert document is None
    else:
        assert faults(without_null_links(document), schema) == []


@pytest.mark.parametrize("key", [key for key in OPERATIONS if key.startswith("GET")])
def test_reads_validate(shop: Platform, made: dict[str, str], key: str) -> None:
    path = key.removeprefix("GET ")
    path = path.replace("{id}", made[path.split("/")[2]])
    include = ",".join(OPERATIONS[key].get("x-include", ()))
    queries = ("", f"include={include}") if include else ("",)
    further = ("additional-fields[flow]=definition",) if key == "GET /api/flows/{id}" else ()
    for query in (*queries, *further):
        status, document = shop.call("GET", f"{path}?{query}")
        assert status == 200, document
        check(key, status, document)
        assert document["data"] or path.endswith(("/tags", "/template")), path


def test_changes_and_deletions_validate(shop: Platform) -> None:
    flow = send(shop, "POST /api/flows", "/api/flows", new("Changed", email("e"))["data"])
    (action,) = flow["attributes"]["definition"]["actions"]
    status = {"type": "flow", "id": flow["id"], "attributes": {"status": "live"}}
    send(shop, "PATCH /api/flows/{id}", f"/api/flows/{flow['id']}", status)
    change = {"type": "flow-action", "id": action["id"], "attributes": {"definition": action}}
    send(shop, "PATCH /api/flow-actions/{id}", f"/api/flow-actions/{action['id']}", change)
    form = send(shop, "POST /api/forms", "/api/forms", new_form("Gone")["data"])
    for path, id_ in (
        ("/api/flow-actions", action["id"]),
        ("/api/flows", flow["id"]),
        ("/api/forms", form["id"]),
    ):
        code, document = shop.call("DELETE", f"{path}/{id_}")
        check(f"DELETE {path}/{{id}}", code, document)


SCHEMAS = schemas()


def example(schema: dict[str, Any], random: Random, depth: int = 0) -> Any:
    """Some value that the schema allows; deep down only what must be there."""
    if schema.get("nullable") and (depth > 12 or random.random() < 0.1):
        return None
    if "$ref" in schema:
        return example(SCHEMAS[schema["$ref"].rpartition("/")[2]], random, depth)
    if "oneOf" in schema:
        return example(random.choice(schema["oneOf"]), random, depth)
    if "enum" in schema:
        return random.choice(schema["enum"])
    match schema.get("type"):
        case "object":
            needed = schema.get("required", ())
            return {
                name: example(inner, random, depth + 1)
                for name, inner in schema.get("properties", {}).items()
                if name in needed or (depth < 12 and random.random() < 0.6)
            }
        case "array":
            return [example(schema["items"], random, depth + 1) for _ in range(random.randrange(3 if depth < 9 else 1))]
        case "integer":
            return random.randrange(100)
        case "number":
            return random.choice([1, 2.5])
        case "boolean":
            return random.random() < 0.5
        case "string":
            return "2026-07-01T00:00:00+00:00" if "format" in schema else "FR"
    return None


def _zoned(value: Any) -> Any:
    """With a time zone's name where there must be one: the reduced description has left their list out."""
    if isinstance(value, dict):
        return {name: "Europe/Paris" if name == "timezone" and one else _zoned(one) for name, one in value.items()}
    return [_zoned(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("part", ["actions", "triggers", "profile_filter"])
def test_every_part_of_a_flow_that_the_description_allows_is_taken(part: str, seed: int) -> None:
    schema = SCHEMAS["FlowDefinition"]["properties"][part]
    kinds = schema["items"]["oneOf"] if "items" in schema else [schema]
    shape = {"actions": ACTION, "triggers": TRIGGER, "profile_filter": ENTRY}[part]
    for kind in kinds:
        given = _zoned(example({**kind, "nullable": False}, Random(seed)))
        try:
            kept = shape(given, "")
        except Rejected as error:
            raise AssertionError(f"{error.field}: {error.message} {given}") from error
        assert faults(kept, kind) == []


def test_every_kind_of_action_is_known() -> None:
    named = {one["$ref"].rpartition("/")[2] for one in SCHEMAS["FlowDefinition"]["properties"]["actions"]["items"]["oneOf"]}
    assert {SCHEMAS[name]["properties"]["type"]["enum"][0] for name in named} == KINDS.keys()


@pytest.mark.parametrize("seed", range(40))
def test_every_form_that_the_description_allows_is_taken(seed: int) -> None:
    given = _zoned(example(SCHEMAS["FormDefinition"], Random(seed)))
    given["versions"] = given["versions"] or [{"steps": []}]
    for one in given["versions"]:
        one.pop("id", None)
        one.pop("status", None)
    try:
        kept = read(given, "")
    except Rejected as error:
        raise AssertionError(f"{error.field}: {error.message}") from error
    assert faults(kept, SCHEMAS["FormDefinition"]) == []
