"""Flows through the official Python SDK, unmodified: every operation, listings over three pages, each filter and sort
(SPEC §1.5, §2.4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from tests.contract.clients.conftest import Platform
from tests.contract.clients.python_sdk import ids, pages

MADE = 105
SORTS = [
    f"{sign}{field}"
    for field in ("created", "id", "name", "status", "trigger_type", "updated")
    for sign in ("", "-")
]
Body = dict[str, Any]


def new(name: str, *actions: Body, triggers: tuple[Body, ...] = ()) -> Body:
    """A flow whose actions follow each other."""
    entry = actions[0]["temporary_id"] if actions else None
    definition = {"triggers": list(triggers), "actions": list(actions), "entry_action_id": entry}
    return {"data": {"type": "flow", "attributes": {"name": name, "definition": definition}}}


def email(temporary_id: str, follows: str | None = None, **message: Any) -> Body:
    return {
        "type": "send-email",
        "temporary_id": temporary_id,
        "links": {"next": follows},
        "data": {"message": {"subject_line": "Hello", **message}, "status": "draft"},
    }


def delay(temporary_id: str, follows: str | None = None) -> Body:
    return {
        "type": "time-delay",
        "temporary_id": temporary_id,
        "links": {"next": follows},
        "data": {"unit": "days", "value": 2},
    }


def experiment(temporary_id: str, count: int) -> Body:
    sending = [{"type": "send-sms", "data": {"message": {"body": "Hi", "name": f"V{n:02d}"}}} for n in range(count)]
    current = {"variations": sending[1:], "winner_metric": "unique-clicks"}
    data = {"main_action": sending[0], "current_experiment": current}
    return {"type": "ab-test", "temporary_id": temporary_id, "data": data}


def included(document: Any) -> list[str]:
    """Ids of what is included. Where it may be of several types, the SDK leaves it as plain dictionaries."""
    return [one["id"] if isinstance(one, dict) else one.id for one in document.included]


@pytest.fixture(scope="module")
def api(shop: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(shop.private_key, max_retries=1, test_host=shop.url)


@pytest.fixture(scope="module")
def made(api: KlaviyoAPI) -> list[Any]:
    """105 flows, whose names are in another order; every second has a trigger, every third is live."""
    found = []
    for n in range(MADE):
        triggers: tuple[Body, ...] = ({"type": "metric", "id": "MeTr01"},) if n % 2 else ()
        flow = api.Flows.create_flow(new(f"SDK flow {n * 11 % MADE:03d}", triggers=triggers)).data
        if n % 3 == 0:
            change = {"data": {"type": "flow", "id": flow.id, "attributes": {"status": "live"}}}
            flow = api.Flows.update_flow(flow.id, change).data
        found.append(flow)
    return found


def test_a_flow_from_beginning_to_end(api: KlaviyoAPI) -> None:
    list_id = api.Lists.create_list({"data": {"type": "list", "attributes": {"name": "Flow list"}}}).data.id
    trigger = {"type": "list", "id": list_id}
    flow = api.Flows.create_flow(
        new("Welcome", delay("d", "e"), email("e"), triggers=(trigger,)), additional_fields_flow=["definition"]
    ).data
    definition = flow.attributes.definition
    assert (flow.attributes.trigger_type, flow.attributes.status) == ("Added to List", "draft")
    assert definition.triggers == [trigger]
    first, second = definition.actions
    assert (definition.entry_action_id, first["links"]["next"]) == (first["id"], second["id"])
    shown = api.Flows.get_flow(flow.id, include=["flow-actions", "tags"], additional_fields_flow=["definition"])
    assert shown.data.attributes.definition.to_dict() == definition.to_dict()
    assert included(shown) == [first["id"], second["id"]]
    change = {"data": {"type": "flow", "id": flow.id, "attributes": {"status": "manual"}}}
    assert api.Flows.update_flow(flow.id, change).data.attributes.status == "manual"
    triggered = api.Lists.get_flows_triggered_by_list(list_id).data
    assert [one.id for one in triggered] == [flow.id]
    assert [one.id for one in api.Lists.get_ids_for_flows_triggered_by_list(list_id).data] == [flow.id]
    listed = api.Lists.get_list(list_id, include=["flow-triggers"])
    assert included(listed) == [flow.id]
    assert api.Flows.delete_flow(flow.id) is None
    with pytest.raises(ApiException) as missing:
        api.Flows.get_flow(flow.id)
    assert missing.value.status == 404
    assert api.Lists.get_flows_triggered_by_list(list_id).data == []


@pytest.mark.parametrize("sort", SORTS)
def test_flows_over_three_pages_in_every_order(api: KlaviyoAPI, made: list[Any], sort: str) -> None:
    found = list(pages(api.Flows.get_flows, sort=sort))
    assert len(found) >= 3
    assert len(set(ids(found))) == len(ids(found)) >= MADE
    assert {one.id for one in made} <= set(ids(found))
    field = sort.removeprefix("-")
    keys = [one.id if field == "id" else getattr(one.attributes, field) for page in found for one in page.data]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


def test_every_filter(api: KlaviyoAPI, made: list[Any]) -> None:
    attributes = {one.id: one.attributes for one in made}
    first = made[0]
    before = (min(one.created for one in attributes.values()) - timedelta(seconds=1)).isoformat()
    same = first.attributes.created
    wanted = {
        f'any(id,["{first.id}","{made[7].id}"])': {first.id, made[7].id},
        f'equals(name,"{first.attributes.name}")': {first.id},
        'starts-with(name,"SDK flow 00")': {i for i, a in attributes.items() if a.name.startswith("SDK flow 00")},
        'ends-with(name,"7")': {i for i, a in attributes.items() if a.name.endswith("7")},
        'contains(name,"flow 1")': {i for i, a in attributes.items() if "flow 1" in a.name},
        'equals(status,"live")': {i for i, a in attributes.items() if a.status == "live"},
        'equals(trigger_type,"Metric")': {i for i, a in attributes.items() if a.trigger_type == "Metric"},
        "equals(archived,true)": set(),
        f"equals(created,{same.isoformat()})": {i for i, a in attributes.items() if a.created == same},
        f"greater-than(created,{before}),less-than(created,2100-01-01)": set(attributes),
        f"greater-or-equal(updated,{before}),less-or-equal(updated,2100-01-01)": set(attributes),
        "greater-than(updated,2100-01-01)": set(),
        "equals(updated,2100-01-01T00:00:00Z)": set(),
    }
    for filter_, expected in wanted.items():
        found = set(ids(list(pages(api.Flows.get_flows, filter=filter_))))
        assert found & set(attributes) == expected, filter_
    with pytest.raises(ApiException) as refused:
        api.Flows.get_flows(filter='contains(status,"live")')
    assert refused.value.status == 400


def test_actions_over_three_pages(api: KlaviyoAPI) -> None:
    actions = [
        (email if n % 2 else delay)(f"a{n}", f"a{n + 1}" if n < 119 else None) for n in range(120)
    ]
    flow = api.Flows.create_flow(new("Long", *actions)).data
    every: set[str] = set()
    for field in ("action_type", "created", "id", "status", "updated"):
        for sort in (field, f"-{field}"):
            found = list(pages(api.Flows.get_actions_for_flow, flow.id, sort=sort))
            every = set(ids(found))
            assert [len(page.data) for page in found] == [50, 50, 20]
            linked = list(pages(api.Flows.get_action_ids_for_flow, flow.id, sort=sort))
            assert ids(linked) == ids(found)
    assert len(every) == 120
    one = min(every)
    counts = {
        f'any(id,["{one}"])': 1,
        'equals(action_type,"send-email")': 60,
        'any(action_type,["send-email","time-delay"])': 120,
        'equals(status,"draft")': 60,
        "greater-than(created,2020-01-01),less-than(created,2100-01-01)": 120,
        "greater-or-equal(updated,2100-01-01)": 0,
        "less-or-equal(updated,2100-01-01)": 120,
        f"equals(created,{flow.attributes.created.isoformat()})": 120,
        f"equals(updated,{flow.attributes.updated.isoformat()})": 120,
    }
    for filter_, count in counts.items():
        found = list(pages(api.Flows.get_actions_for_flow, flow.id, filter=filter_))
        assert len(ids(found)) == count, filter_


def test_messages_over_three_pages(api: KlaviyoAPI) -> None:
    flow = api.Flows.create_flow(new("Experiment", experiment("x", 20))).data
    (action,) = api.Flows.get_actions_for_flow(flow.id).data
    for field in ("created", "id", "name", "updated"):
        for sort in (field, f"-{field}"):
            found = list(pages(api.Flows.get_flow_action_messages, action.id, sort=sort, page_size=8))
            assert [len(page.data) for page in found] == [8, 8, 4]
            linked = pages(api.Flows.get_message_ids_for_flow_action, action.id, sort=sort, page_size=8)
            assert ids(linked) == ids(found)
    counts = {
        f'any(id,["{found[0].data[0].id}"])': 1,
        'contains(name,"1")': 11,
        'starts-with(name,"V1")': 10,
        'ends-with(name,"3")': 2,
        'equals(name,"V03")': 1,
        "greater-than(created,2020-01-01)": 20,
        "less-than(updated,2020-01-01)": 0,
    }
    for filter_, count in counts.items():
        assert len(api.Flows.get_flow_action_messages(action.id, filter=filter_).data) == count, filter_


def test_an_action_and_its_message(api: KlaviyoAPI) -> None:
    template = api.Templates.create_template(
        {"data": {"type": "template", "attributes": {"name": "T", "editor_type": "CODE", "html": "<p>Hi</p>"}}}
    ).data
    flow = api.Flows.create_flow(new("Parts", email("e", template_id=template.id))).data
    (action,) = api.Flows.get_actions_for_flow(flow.id).data
    shown = api.Flows.get_flow_action(action.id, include=["flow", "flow-messages"])
    message_id = action.attributes.definition["data"]["message"]["id"]
    assert included(shown) == [flow.id, message_id]
    assert api.Flows.get_flow_for_flow_action(action.id).data.attributes.name == "Parts"
    assert api.Flows.get_flow_id_for_flow_action(action.id).data.id == flow.id
    message = api.Flows.get_flow_message(message_id, include=["flow-action", "template"])
    assert message.data.attributes.channel == "email"
    assert included(message) == [action.id, template.id]
    assert api.Flows.get_action_for_flow_message(message_id).data.id == action.id
    assert api.Flows.get_action_id_for_flow_message(message_id).data.id == action.id
    assert api.Flows.get_template_for_flow_message(message_id).data.id == template.id
    assert api.Flows.get_template_id_for_flow_message(message_id).data.id == template.id
    definition = {**action.attributes.definition, "links": {"next": None}}
    definition["data"]["message"]["subject_line"] = "Changed"
    change = {"data": {"type": "flow-action", "id": action.id, "attributes": {"definition": definition}}}
    changed = api.Flows.update_flow_action(action.id, change).data.attributes.definition
    assert changed["data"]["message"] == {**definition["data"]["message"], "id": message_id}
    anchor = {
        "type": "flow-action",
        "id": action.id,
        "attributes": {"definition": {"type": "send-email", "links": {"next": "n"}}},
    }
    inserted = api.Flows.create_flow_action(
        {
            "data": {
                "type": "flow-action",
                "attributes": {
                    "definition": {"type": "time-delay", "temporary_id": "n", "data": {"value": 1}},
                    "anchor-action": {"data": anchor},
                },
            }
        }
    ).data
    followed = api.Flows.get_flow_action(action.id).data.attributes.definition["links"]
    assert followed == {"next": inserted.id}
    assert api.Flows.delete_flow_action(inserted.id) is None
    assert len(api.Flows.get_actions_for_flow(flow.id).data) == 1


def test_tags_on_flows(api: KlaviyoAPI, made: list[Any]) -> None:
    tag = api.Tags.create_tag({"data": {"type": "tag", "attributes": {"name": "flow tag"}}}).data
    flows = {"data": [{"type": "flow", "id": one.id} for one in made[:2]]}
    assert api.Tags.tag_flows(tag.id, flows) is None
    assert {one.id for one in api.Tags.get_flow_ids_for_tag(tag.id).data} == {one.id for one in made[:2]}
    shown = api.Flows.get_flows(filter=f'any(id,["{made[0].id}"])', include=["tags", "flow-actions"])
    assert included(shown) == [tag.id]
    assert [one.attributes.name for one in api.Flows.get_tags_for_flow(made[0].id).data] == ["flow tag"]
    assert [one.id for one in api.Flows.get_tag_ids_for_flow(made[0].id).data] == [tag.id]
    assert api.Tags.remove_tag_from_flows(tag.id, flows) is None
    assert api.Flows.get_tags_for_flow(made[0].id).data == []
    assert api.Tags.delete_tag(tag.id) is None


@pytest.mark.parametrize("kind", ["metric", "segment"])
def test_what_a_metric_or_segment_starts(api: KlaviyoAPI, kind: str) -> None:
    if kind == "metric":
        rare = [one.id for one in api.Metrics.get_metrics().data if one.attributes.name.startswith("Custom")]
        id_ = rare[-1]  # flows of other tests begin with the first
    else:
        condition = {
            "type": "profile-property",
            "property": "email",
            "filter": {"type": "existence", "operator": "is-set"},
        }
        definition = {"condition_groups": [{"conditions": [condition]}]}
        body = {"data": {"type": "segment", "attributes": {"name": "S", "definition": definition}}}
        id_ = api.Segments.create_segment(body).data.id
    flow = api.Flows.create_flow(new("Started", triggers=({"type": kind, "id": id_},))).data
    if kind == "metric":
        found = api.Metrics.get_flows_triggered_by_metric(id_).data
        linked = api.Metrics.get_ids_for_flows_triggered_by_metric(id_).data
        shown = api.Metrics.get_metric(id_, include=["flow-triggers"])
        page = api.Metrics.get_metrics(include=["flow-triggers"])
    else:
        found = api.Segments.get_flows_triggered_by_segment(id_).data
        linked = api.Segments.get_ids_for_flows_triggered_by_segment(id_).data
        shown = api.Segments.get_segment(id_, include=["flow-triggers"])
        page = api.Segments.get_segments(filter=f'equals(id,"{id_}")', include=["flow-triggers"])
    assert [one.id for one in found] == [one.id for one in linked] == [flow.id]
    assert included(shown) == [flow.id]
    assert flow.id in included(page)


def test_a_fault_in_a_definition_names_its_field(api: KlaviyoAPI) -> None:
    bad = email("e")
    bad["data"]["message"]["colour"] = "red"
    with pytest.raises(ApiException) as refused:
        api.Flows.create_flow(new("Bad", bad))
    assert refused.value.status == 400
    assert '"/data/attributes/definition/actions/0/data/message/colour"' in str(refused.value.body)
