"""Flows over HTTP: made, read, listed, changed, deleted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from cdp import connect
from cdp.documents import flows, tags
from cdp.documents.flows import Definition, Flow
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.ports import Table
from functions.messages.flows.operations import Flows
from functions.messages.flows.routes import ROUTES
from functions.messages.spec import SPEC
from tests.unit.calls import BASE, pages
from tests.unit.messages.flows.conftest import (
    ACCOUNT,
    Room,
    chain,
    delay,
    email,
    experiment,
    new_flow,
    split,
)


def test_a_flow_gets_ids_and_is_shown_as_it_was_made(room: Room) -> None:
    answer = room.create(
        " Welcome ",
        triggers=[{"type": "list", "id": "LiSt01"}],
        **chain(delay("wait"), email("first", template_id="TpLt01"), email("second", name="Reminder")),
    )
    flow = answer.data
    id_ = flow["id"]
    assert answer.status == 201
    assert answer.headers["location"] == flow["links"]["self"] == f"{BASE}/api/flows/{id_}"
    shown = flow["attributes"]
    assert (shown["name"], shown["status"], shown["archived"]) == ("Welcome", "draft", False)
    assert shown["trigger_type"] == "Added to List"
    definition = shown["definition"]
    actions = definition["actions"]
    assert definition["entry_action_id"] == actions[0]["id"]
    assert [one["links"].get("next") for one in actions] == [actions[1]["id"], actions[2]["id"], None]
    assert not any("temporary_id" in one for one in actions)
    assert [one["data"].get("status") for one in actions] == [None, "draft", "draft"]
    assert [one["data"]["message"]["name"] for one in actions[1:]] == ["Email #1", "Reminder"]
    linked = flow["relationships"]["flow-actions"]
    assert linked["data"] == [{"type": "flow-action", "id": one["id"]} for one in actions]
    assert linked["links"]["related"] == f"{BASE}/api/flows/{id_}/flow-actions"
    assert room.whole(id_) == definition
    plain = room.get(f"/api/flows/{id_}").data
    assert "definition" not in plain["attributes"]
    some = room.get(f"/api/flows/{id_}", **{"fields[flow]": "name,definition.entry_action_id"}).data
    assert some["attributes"] == {"name": "Welcome", "definition": {"entry_action_id": actions[0]["id"]}}


@pytest.mark.parametrize(
    ("trigger", "called"),
    [
        ({"type": "segment", "id": "s"}, "Added to List"),
        ({"type": "metric", "id": "m", "trigger_filter": None}, "Metric"),
        (
            {
                "type": "date",
                "date_field_type": "profile-property",
                "date_profile_property": "birthday",
                "timedelta_value_before_date": 1,
                "trigger_time": "10:00:00",
                "timezone": "Europe/Paris",
            },
            "Date Based",
        ),
        (
            {
                "type": "price-drop",
                "trigger_filter": None,
                "price_drop_amount_value": 10,
                "audience": ["viewed"],
            },
            "Price Drop",
        ),
        (
            {
                "type": "low-inventory",
                "product_level": "product",
                "trigger_filter": None,
                "inventory_count": 3,
                "audience": ["added-to-cart"],
            },
            "Low Inventory",
        ),
    ],
)
def test_what_starts_a_flow(room: Room, trigger: dict[str, Any], called: str) -> None:
    made = room.made(triggers=[trigger])
    assert made["attributes"]["trigger_type"] == called
    kept = {name: value for name, value in trigger.items() if value is not None or name == "trigger_filter"}
    if trigger["type"] == "metric":
        del kept["trigger_filter"]
    assert made["attributes"]["definition"]["triggers"] == [kept]


def test_a_flow_without_a_trigger_is_unconfigured(room: Room) -> None:
    assert room.made()["attributes"]["trigger_type"] == "Unconfigured"


def test_the_status_of_a_flow_is_that_of_its_actions(room: Room) -> None:
    id_ = room.made(**chain(delay("wait"), email("first"), experiment("test", "A", "B")))["id"]
    body = {"data": {"type": "flow", "id": id_, "attributes": {"status": "live"}}}
    changed = room("PATCH", f"/api/flows/{id_}", body)
    assert changed.data["attributes"]["status"] == "live"
    assert [one["data"].get("status") for one in room.whole(id_)["actions"]] == [None, "live", "live"]
    assert room.get(f"/api/flows/{id_}").data["attributes"]["status"] == "live"
    again = room("PATCH", f"/api/flows/{id_}", body).data
    assert again["attributes"]["updated"] == changed.data["attributes"]["updated"]


def test_a_deleted_flow_is_gone_with_all_that_belongs_to_it(room: Room, table: Table) -> None:
    made = room.made(**chain(email("first")), triggers=[{"type": "metric", "id": "MeTr01"}])
    (action,) = made["attributes"]["definition"]["actions"]
    group = tags.default_group(table, ACCOUNT, datetime.now(UTC))
    tag = tags.Tag("t1", "summer", group.id, group.created, group.created)
    table.write([[tags.TAGS.put(ACCOUNT, tag, 0)]])
    assert tags.attach(table, ACCOUNT, "flow", made["id"], tag, group)
    assert len(flows.triggered_by(table, ACCOUNT, "metric", "MeTr01")) == 1
    assert room("DELETE", f"/api/flows/{made['id']}").status == 204
    for path in (
        f"/api/flows/{made['id']}",
        f"/api/flow-actions/{action['id']}",
        f"/api/flow-messages/{action['data']['message']['id']}",
    ):
        assert room.get(path).error["code"] == "not_found"
    assert room("DELETE", f"/api/flows/{made['id']}").status == 404
    assert flows.triggered_by(table, ACCOUNT, "metric", "MeTr01") == []
    assert tags.of(table, ACCOUNT, "flow", made["id"]) == []
    assert flows.all_of(table, ACCOUNT) == []


def test_includes(room: Room, table: Table) -> None:
    made = [room.made(f"Flow {n}", **chain(email("first"), delay("wait"))) for n in range(2)]
    group = tags.default_group(table, ACCOUNT, datetime.now(UTC))
    tag = tags.Tag("t1", "summer", group.id, group.created, group.created)
    table.write([[tags.TAGS.put(ACCOUNT, tag, 0)]])
    for one in made:
        tags.attach(table, ACCOUNT, "flow", one["id"], tag, group)
    answer = room.get("/api/flows", include="flow-actions,tags", sort="name")
    actions = {a["id"] for one in made for a in one["attributes"]["definition"]["actions"]}
    assert {one["id"] for one in answer.document["included"]} == actions | {"t1"}
    for one in answer.data:
        assert {i["id"] for i in one["relationships"]["flow-actions"]["data"]} <= actions
        assert one["relationships"]["tags"]["data"] == [{"type": "tag", "id": "t1"}]
    id_ = made[0]["id"]
    single = room.get(f"/api/flows/{id_}", include="tags")
    assert [one["type"] for one in single.document["included"]] == ["tag"]
    assert [one["attributes"] for one in room.get(f"/api/flows/{id_}/tags").data] == [{"name": "summer"}]
    assert room.get(f"/api/flows/{id_}/relationships/tags").data == [{"type": "tag", "id": "t1"}]
    assert room.get("/api/flows", include="events").error["source"] == {"parameter": "include"}


@pytest.fixture
def many(table: Table) -> list[Flow]:
    """130 flows of all kinds, of three days."""
    found = []
    for n in range(130):
        at = datetime(2026, 1, 1 + n % 3, n % 7, tzinfo=UTC)
        flow = Flow(
            id=flows.new_id(table, ACCOUNT),
            name=f"Flow {n * 37 % 130:03d}",
            status=("draft", "manual", "live")[n % 3],
            archived=n % 10 == 0,
            trigger_type=("Metric", "Unconfigured")[n % 2],
            created=at,
            updated=replace_day(at),
        )
        empty = Definition((), None, (), None)
        assert flows.save(table, ACCOUNT, flow, empty, 0)
        found.append(flow)
    return found


def replace_day(at: datetime) -> datetime:
    return at.replace(day=at.day + 10)


@pytest.mark.parametrize("field", ["created", "id", "name", "status", "trigger_type", "updated"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_order_over_three_pages(room: Room, many: list[Flow], field: str, sign: str) -> None:
    found = pages(room, "/api/flows", sort=f"{sign}{field}", **{"page[size]": "50"})
    assert [len(page.data) for page in found] == [50, 50, 30]
    wanted = sorted(many, key=lambda one: (getattr(one, field), one.id), reverse=bool(sign))
    assert [one["id"] for page in found for one in page.data] == [one.id for one in wanted]
    back = room.get(room.get(found[1].document["links"]["next"]).document["links"]["prev"])
    assert back.data == found[1].data


def test_every_filter(room: Room, many: list[Flow]) -> None:
    day, first = datetime(2026, 1, 2, tzinfo=UTC), many[5]
    wanted: dict[str, Callable[[Flow], bool]] = {
        f'any(id,["{first.id}","{many[9].id}","x"])': lambda f: f.id in (first.id, many[9].id),
        'contains(name,"04")': lambda f: "04" in f.name,
        'starts-with(name,"Flow 1")': lambda f: f.name.startswith("Flow 1"),
        'ends-with(name,"7")': lambda f: f.name.endswith("7"),
        f'equals(name,"{first.name}")': lambda f: f.name == first.name,
        'equals(status,"live")': lambda f: f.status == "live",
        "equals(archived,true)": lambda f: f.archived,
        'equals(trigger_type,"Metric")': lambda f: f.trigger_type == "Metric",
        "equals(created,2026-01-02T00:00:00Z)": lambda f: f.created == day,
        "greater-than(created,2026-01-02)": lambda f: f.created > day,
        "greater-or-equal(created,2026-01-02)": lambda f: f.created >= day,
        "less-than(created,2026-01-02)": lambda f: f.created < day,
        "less-or-equal(created,2026-01-02)": lambda f: f.created <= day,
        "greater-than(updated,2026-01-12),less-than(updated,2026-01-13)": lambda f: (
            replace_day(day) < f.updated < datetime(2026, 1, 13, tzinfo=UTC)
        ),
        'equals(status,"draft"),equals(archived,false)': lambda f: f.status == "draft" and not f.archived,
    }
    for text, holds in wanted.items():
        found = {one["id"] for page in pages(room, "/api/flows", filter=text) for one in page.data}
        assert found == {one.id for one in many if holds(one)} != set(), text


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"filter": 'contains(status,"x")'}, "filter"),
        ({"filter": 'equals(status,"paused")'}, "filter"),
        ({"filter": "equals(archived,1)"}, "filter"),
        ({"filter": 'equals(colour,"red")'}, "filter"),
        ({"sort": "archived"}, "sort"),
        ({"page[size]": "51"}, "page[size]"),
        ({"page[cursor]": "nonsense"}, "page[cursor]"),
    ],
)
def test_a_query_that_is_not_understood_names_its_parameter(
    room: Room, query: dict[str, str], parameter: str
) -> None:
    answer = room.get("/api/flows", **query)
    assert (answer.status, answer.error["source"]) == (400, {"parameter": parameter})


def _definition(*path: str | int, value: Any) -> dict[str, Any]:
    """A body that is right but for `value` at this place of its definition."""
    body = new_flow("x", triggers=[{"type": "metric", "id": "m"}], **chain(delay("a"), email("b")))
    at: Any = body["data"]["attributes"]["definition"]
    for step in path[:-1]:
        at = at[step]
    if path:
        at[path[-1]] = value
    return body


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("colour",), 1, "colour"),
        (("triggers", 0, "type"), "smoke", "triggers/0/type"),
        (("triggers", 0, "colour"), 1, "triggers/0/colour"),
        (("triggers",), [{"type": "list"}, {"type": "list"}], "triggers"),
        (("triggers",), [{"type": "date", "date_field_type": "moon"}], "triggers/0/date_field_type"),
        (("entry_action_id",), "c", "entry_action_id"),
        (("entry_action_id",), None, "entry_action_id"),
        (("actions", 0, "links", "next"), "c", "actions/0/links/next"),
        (("actions", 1, "links"), {"next": "a"}, "actions"),
        (("actions", 1, "temporary_id"), "a", "actions/1/temporary_id"),
        (("actions", 1, "temporary_id"), "", "actions/1/temporary_id"),
        (("actions", 1, "id"), "b", "actions/1/id"),
        (("actions", 0, "data", "value"), "one", "actions/0/data/value"),
        (("actions", 0, "data", "value"), True, "actions/0/data/value"),
        (("actions", 0, "data"), {"unit": "days"}, "actions/0/data/value"),
        (("actions", 0, "data", "timezone"), "Mars/Olympus", "actions/0/data/timezone"),
        (("actions", 1, "data", "message", "subject"), "x", "actions/1/data/message/subject"),
        (("actions", 1, "data", "status"), "paused", "actions/1/data/status"),
        (("actions", 1, "type"), "send-pigeon", "actions/1/type"),
        (("actions", 1, "type"), "send-sms", "actions/1/data/message/subject_line"),
        (("profile_filter",), {"condition_groups": [{"conditions": [{}]}]},
         "profile_filter/condition_groups/0/conditions/0/type"),
        (("profile_filter",), {"condition_groups": [{"conditions": [
            {"type": "profile-property", "property": "p",
             "filter": {"type": "string", "operator": "sounds-like", "value": "x"}}]}]},
         "profile_filter/condition_groups/0/conditions/0/filter/operator"),
        (("reentry_criteria",), {"duration": 1, "unit": "moon"}, "reentry_criteria/unit"),
        (("actions",), "none", "actions"),
    ],
)  # fmt: skip
def test_a_fault_in_a_definition_names_its_field(
    room: Room, path: tuple[str | int, ...], value: Any, pointer: str
) -> None:
    answer = room("POST", "/api/flows", _definition(*path, value=value))
    assert (answer.status, answer.error["source"]) == (
        400,
        {"pointer": f"/data/attributes/definition/{pointer}"},
    )
    assert room.get("/api/flows").data == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"data": {"type": "flow", "attributes": {"definition": {}}}}, "/data/attributes/name"),
        ({"data": {"type": "flow", "attributes": {"name": "x"}}}, "/data/attributes/definition"),
        ({"data": {"type": "flow", "attributes": {"name": " ", "definition": {}}}}, "/data/attributes/name"),
        (
            {"data": {"type": "flow", "attributes": {"name": "x", "definition": []}}},
            "/data/attributes/definition",
        ),
        ({"data": {"type": "form", "attributes": {"name": "x", "definition": {}}}}, "/data/type"),
    ],
)
def test_a_fault_in_a_new_flow_names_its_field(room: Room, body: dict[str, Any], pointer: str) -> None:
    assert room("POST", "/api/flows", body).error["source"] == {"pointer": pointer}


def test_a_status_that_there_is_not_names_its_field(room: Room) -> None:
    id_ = room.made()["id"]
    body = {"data": {"type": "flow", "id": id_, "attributes": {"status": "paused"}}}
    error = room("PATCH", f"/api/flows/{id_}", body).error
    assert error["source"] == {"pointer": "/data/attributes/status"}
    other = {"data": {"type": "flow", "id": "x", "attributes": {"status": "live"}}}
    assert room("PATCH", f"/api/flows/{id_}", other).error["source"] == {"pointer": "/data/id"}


def test_a_split_leads_to_two_actions(room: Room) -> None:
    actions = [split("which", "yes", None), email("yes")]
    made = room.made(actions=actions, entry_action_id="which")["attributes"]["definition"]["actions"]
    assert made[0]["links"] == {"next_if_true": made[1]["id"], "next_if_false": None}


def test_documents_for_the_reports(room: Room, table: Table) -> None:
    flow_id = room.made(**chain(email("one", name="Hello", template_id="T"), experiment("two", "A", "B", "C")))["id"]
    (flow,) = flows.all_of(table, ACCOUNT)
    first, second = flow.messages
    assert (flow.id, first.name, first.channel, first.template_id) == (flow_id, "Hello", "email", "T")
    assert (second.name, [one.name for one in second.variations]) == ("A", ["B", "C"])
    assert set(flows.names(flow).values()) == {"Hello", "A", "B", "C"}
    for id_, name in flows.names(flow).items():
        assert room.get(f"/api/flow-messages/{id_}").data["attributes"]["definition"]["name"] == name


def test_a_flow_of_another_account_is_unknown(room: Room) -> None:
    id_ = room.made(**chain(email("one")))["id"]
    stranger = Room(room.handler, room.spec, "XYZ789")
    assert stranger.get(f"/api/flows/{id_}").status == 404
    assert stranger.get(f"/api/flow-actions/{id_}0001").status == 404
    assert stranger.get("/api/flows").data == []


def test_nesting_without_end_is_refused(room: Room) -> None:
    text = '{"data":{"type":"flow","attributes":{"name":"x","definition":' + "[" * 50_000 + "]" * 50_000 + "}}}"
    assert room("POST", "/api/flows", text.encode()).status == 400


def test_somebody_who_was_slower_changes_nothing(table: Table) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    flow, empty = Flow("Abc234", "x", "draft", False, "Metric", at, at), Definition((), None, (), None)
    assert flows.save(table, ACCOUNT, flow, empty, 0)
    assert not flows.save(table, ACCOUNT, replace(flow, name="y"), empty, 0)
    found = flows.whole(table, ACCOUNT, "Abc234")
    assert found is not None
    assert flows.save(table, ACCOUNT, replace(flow, name="z"), empty, found.version)
    assert not flows.save(table, ACCOUNT, replace(flow, name="y"), empty, found.version)
    assert [one.name for one in flows.all_of(table, ACCOUNT)] == ["z"]


def test_so_many_flows_a_day(table: Table) -> None:
    spec = dataclasses.replace(SPEC, routes=ROUTES)
    throttle = Throttle(connect.limits("memory:"), 0)
    room = Room(serve(spec, Flows(table, per_day=2).operations(), throttle=throttle), spec, ACCOUNT)
    assert [room.create(f"Flow {n}").status for n in range(3)] == [201, 201, 429]
    assert room.create("", triggers=[]).status == 400
    assert len(room.get("/api/flows").data) == 2
