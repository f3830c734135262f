"""What must hold for the specs of all rooms together."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import pytest

import functions
from cdp.events import EVENTS
from cdp.spec import Access, Auth, FunctionSpec, Limit
from infra.aws.assets import names
from infra.aws.values import required
from infra.embedded.values import locators
from infra.specs import load_handler, rooms

ROOMS = pytest.mark.parametrize("spec", rooms(), ids=lambda spec: spec.name)


def test_every_folder_with_code_is_a_room() -> None:
    folders = {path.parent.name for path in Path(functions.__path__[0]).glob("*/__init__.py")}
    assert {spec.name for spec in rooms()} == folders
    assert [spec.name for spec in rooms()] == sorted(folders)


def test_every_route_belongs_to_one_room() -> None:
    keys = Counter(route.key for spec in rooms() for route in spec.routes)
    assert [key for key, count in keys.items() if count > 1] == []


def test_one_authorizer_and_at_most_one_default_route() -> None:
    assert [spec.name for spec in rooms() if spec.authorizer] == ["authorize"]
    assert len([spec for spec in rooms() if spec.default_route]) == 1


@ROOMS
def test_routes_are_well_formed(spec: FunctionSpec) -> None:
    for route in spec.routes:
        assert route.method in {"GET", "POST", "PATCH", "PUT", "DELETE"}
        assert route.path.startswith("/")
        assert route.path == "/" or not route.path.endswith("/")
        assert route.path.startswith("/client/") == (route.auth is Auth.PUBLIC)
        assert bool(route.scopes) == (route.auth is Auth.PRIVATE), f"{route.key}: private routes name a scope"
        assert (route.limit is Limit.NONE) == (route.auth is Auth.OPEN)


@ROOMS
def test_rules_listen_to_known_messages(spec: FunctionSpec) -> None:
    assert [rule.message for rule in spec.rules if rule.message not in EVENTS] == []


@ROOMS
def test_grants_name_known_resources(spec: FunctionSpec) -> None:
    inboxes = {f"queue:{room.name}" for room in rooms() if room.inbox}
    sandboxes = {f"room:{room.name}" for room in rooms() if room.sandbox}
    for grant in spec.grants:
        known = {"table", "lake", "bus", "limits", "post", "secrets:webhooks", "secrets:functions", "secrets:function-keys"}
        assert grant.resource in known | inboxes | sandboxes
        assert (grant.access is Access.SEND) <= (
            grant.resource in {"bus", "post"} or grant.resource.startswith(("queue:", "room:"))
        )


@ROOMS
def test_a_setting_that_names_a_resource_comes_with_its_grant(spec: FunctionSpec) -> None:
    """The locator without the permission fails only when deployed; on one machine nobody would notice."""
    of_rooms = {"room:code_runner": "runner"}
    granted = {of_rooms.get(grant.resource, grant.resource) for grant in spec.grants}
    granted |= {"secrets" for resource in granted if resource.startswith("secrets:")}
    for field in dataclasses.fields(spec.settings):
        if field.name in {"table", "lake", "bus", "secrets", "post", "runner"}:
            assert field.name in granted, f"{spec.name} has the setting {field.name} and no grant"
        if field.name.endswith("_queue") and field.name != f"{spec.name}_queue":
            assert f"queue:{field.name.removesuffix('_queue')}" in granted
    fields = {field.name for field in dataclasses.fields(spec.settings)}
    assert ("lake" in granted) <= ("lake" in fields), f"{spec.name} has a grant it has no setting for"


@ROOMS
def test_every_required_setting_has_a_value_on_one_machine(spec: FunctionSpec, tmp_path: Path) -> None:
    assert required(spec) <= locators(tmp_path, rooms()).keys()


@ROOMS
def test_settings_are_frozen(spec: FunctionSpec) -> None:
    assert spec.settings.__dataclass_params__.frozen  # type: ignore[attr-defined]


@ROOMS
def test_layers_are_known_and_few_enough(spec: FunctionSpec) -> None:
    for athena in (False, True):
        assert len(names(spec, athena=athena)) <= 4, "Lambda takes five, one is ours"


@ROOMS
def test_sizes_are_what_lambda_offers(spec: FunctionSpec) -> None:
    assert 128 <= spec.memory_mb <= 10_240
    assert 1 <= spec.timeout_s <= 900
    assert spec.timeout_s <= 29 or spec.inbox or not spec.routes, "API Gateway waits 30 s"


@ROOMS
def test_handlers_are_found_by_name(spec: FunctionSpec) -> None:
    assert callable(load_handler(spec))
