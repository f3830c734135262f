"""Campaigns through the official Python SDK (revision 2026-10-15), unmodified, with its strict validation of responses:
every operation, listings over three pages, each filter and sort (SPEC §1.5, §1.8)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from tests.contract.clients.conftest import Platform
from tests.contract.clients.python_sdk import ids, pages

MADE = 7
SORTS = [f"{sign}{field}" for field in ("created_at", "id", "name", "scheduled_at", "updated_at") for sign in ("", "-")]
MESSAGE_SORTS = [f"{sign}{field}" for field in ("created", "id", "name", "updated") for sign in ("", "-")]
DETAILS = {"channel": "email", "content": {"subject": "Hello", "from_email": "shop@shop.example"}}


def body(type_: str, attributes: dict[str, Any], id_: str | None = None, **related: tuple[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = {"type": type_, "attributes": attributes}
    if id_ is not None:
        data["id"] = id_
    if related:
        data["relationships"] = {
            name.replace("_", "-"): {"data": {"type": of, "id": one}} for name, (of, one) in related.items()
        }
    return {"data": data}


def campaign(name: str, **definition: Any) -> dict[str, Any]:
    """One audience, one message with one variation."""
    attributes = {
        "definition": {"name": name, **definition},
        "audiences": [{"temporary_id": "a", "name": "Everybody", "included": ["LIST01"]}],
        "messages": [
            {"audience_temporary_id": "a", "name": f"{name} letter", "variations": [{"definition": {"details": DETAILS}}]}
        ],
    }
    return body("campaign", attributes)


@pytest.fixture(scope="module")
def api(shop: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(shop.private_key, max_retries=1, test_host=shop.url)


@pytest.fixture(scope="module")
def made(api: KlaviyoAPI) -> list[Any]:
    """Campaigns whose names are in another order."""
    names = [f"SDK campaign {n * 3 % MADE}" for n in range(MADE)]
    return [api.Campaigns.create_campaign(campaign(name)).data for name in names]


def parts(api: KlaviyoAPI, one: Any) -> tuple[str, str, str]:
    """Ids of the campaign's audience, message and variation."""
    audience, message = one.relationships.campaign_audiences.data[0].id, one.relationships.campaign_messages.data[0].id
    return audience, message, api.Campaigns.get_variation_ids_for_campaign_message(message).data[0].id


def refused(call: Any, *args: Any, **kwargs: Any) -> int:
    with pytest.raises(ApiException) as error:
        call(*args, **kwargs)
    return int(error.value.status)


def test_a_campaign_from_beginning_to_end(api: KlaviyoAPI) -> None:
    settings = {"send_timezone": "Europe/Paris", "send_strategy": "static"}
    new = campaign("Omni", builder="canvas", color="ff5733", description="Why", send_settings=settings)
    made = api.Campaigns.create_campaign(new).data
    definition = made.attributes.definition
    assert (definition.name, definition.builder, definition.archived) == ("Omni", "canvas", False)
    assert definition.send_settings.send_timezone == "Europe/Paris"
    whole = api.Campaigns.get_campaign(made.id, include=["campaign-audiences", "campaign-messages", "tags"])
    assert whole.data.attributes == made.attributes
    assert [one["type"] for one in whole.included] == ["campaign-audience", "campaign-message"]
    change = body("campaign", {"definition": {"name": "Omni 2", "archived": True}}, made.id)
    changed = api.Campaigns.update_campaign(made.id, change).data.attributes.definition
    assert (changed.name, changed.archived, changed.color) == ("Omni 2", True, "ff5733")
    clone = api.Campaigns.clone_campaign(body("campaign", {"name": "Omni 3"}, made.id)).data
    assert (clone.attributes.definition.name, clone.attributes.definition.archived) == ("Omni 3", False)
    assert api.Campaigns.delete_campaign(made.id) is None
    assert refused(api.Campaigns.get_campaign, made.id) == 404
    api.Campaigns.delete_campaign(clone.id)


def test_audiences_messages_and_variations(api: KlaviyoAPI) -> None:
    calls, one = api.Campaigns, api.Campaigns.create_campaign(campaign("Parts")).data
    audience, message, variation = parts(api, one)
    added = calls.create_campaign_audience(
        body("campaign-audience", {"definition": {"name": "VIP", "priority": 1}}, campaign=("campaign", one.id))
    ).data
    definition = {"included": ["SEGM01"], "excluded": ["LIST01"]}
    changed = calls.update_campaign_audience(added.id, body("campaign-audience", {"definition": definition}, added.id))
    assert changed.data.attributes.definition.excluded == ["LIST01"]
    assert ids([calls.get_campaign_audiences_for_campaign(one.id)]) == [audience, added.id]
    assert ids([calls.get_audience_ids_for_campaign(one.id)]) == [audience, added.id]
    found = calls.get_campaign_audience(added.id, include=["campaign", "campaign-messages"])
    assert [one["type"] for one in found.included] == ["campaign"]
    assert calls.get_campaign_for_campaign_audience(added.id).data.id == one.id
    assert calls.get_campaign_id_for_campaign_audience(added.id).data.id == one.id
    new = body("campaign-message", {"definition": {"name": "More"}}, campaign_audience=("campaign-audience", added.id),
               campaign=("campaign", one.id))  # fmt: skip
    more = calls.create_campaign_message(new).data
    assert ids([calls.get_campaign_messages_for_campaign_audience(added.id)]) == [more.id]
    assert ids([calls.get_message_ids_for_campaign_audience(added.id)]) == [more.id]
    assert ids([calls.get_messages_for_campaign(one.id, include=["campaign"])]) == [message, more.id]
    assert ids([calls.get_message_ids_for_campaign(one.id)]) == [message, more.id]
    options = {"send_time": "2030-01-01T10:00:00Z", "send_strategy": "local_timezone"}
    tested = {"winner_metric": "opens_unique", "winner_percentage": 50, "winner_wait_hours": 2}
    change = {"definition": {"send_options": options, "ab_test": tested, "tracking_options": {"is_add_utm": True}}}
    shown = calls.update_campaign_message(more.id, body("campaign-message", change, more.id)).data.attributes.definition
    assert shown.send_options.send_time == datetime(2030, 1, 1, 10, tzinfo=UTC)
    assert (shown.ab_test.winner_percentage, shown.tracking_options.is_add_utm, shown.name) == (50, True, "More")
    whole = calls.get_campaign_message(message, include=["campaign", "campaign-variations"])
    assert whole.data.attributes.definition.name == "Parts letter"
    assert calls.get_campaign_for_campaign_message(message).data.id == one.id
    assert calls.get_campaign_id_for_campaign_message(message).data.id == one.id
    assert calls.get_audience_for_campaign_message(message).data.id == audience
    assert calls.get_audience_id_for_campaign_message(message).data.id == audience
    assert calls.get_tags_for_campaign_message(message).data == calls.get_tag_ids_for_campaign_message(message).data == []
    details = {"channel": "sms", "content": {"body": "Hello"}}
    b = calls.create_campaign_variation(
        body("campaign-variation", {"definition": {"name": "B"}}, campaign_message=("campaign-message", message))
    ).data
    changed = calls.update_campaign_variation(b.id, body("campaign-variation", {"definition": {"details": details}}, b.id))
    assert changed.data.attributes.definition.details == details
    assert ids([calls.get_variations_for_campaign_message(message)]) == [variation, b.id]
    assert calls.get_campaign_variation(b.id, include=["campaign-message", "image", "translation"]).data.id == b.id
    assert calls.get_message_for_campaign_variation(b.id).data.id == message
    assert calls.get_message_id_for_campaign_variation(b.id).data.id == message
    for nothing, id_ in (
        (calls.get_image_for_campaign_variation, b.id),
        (calls.get_image_id_for_campaign_variation, b.id),
        (calls.get_translation_for_campaign_variation, b.id),
        (calls.get_translation_id_for_campaign_variation, b.id),
        (calls.get_image_for_campaign_message, message),
        (calls.get_image_id_for_campaign_message, message),
        (calls.get_template_for_campaign_message, message),
        (calls.get_template_id_for_campaign_message, message),
    ):
        assert nothing(id_).data is None
    copy = calls.clone_campaign_message(
        body("campaign-message", {"id": message, "name": "Copy"}, message, campaign_audience=("campaign-audience", added.id))
    ).data
    assert copy.attributes.definition.name == "Copy"
    twin = calls.clone_campaign_audience(body("campaign-audience-clone", {"id": added.id, "name": "Twin"}, added.id)).data
    assert (twin.attributes.definition.name, twin.attributes.definition.included) == ("Twin", ["SEGM01"])
    assert refused(calls.delete_campaign_audience, added.id) == 409
    for delete, id_ in (
        (calls.delete_campaign_variation, b.id),
        (calls.delete_campaign_message, copy.id),
        (calls.delete_campaign_audience, twin.id),
        (calls.delete_campaign, one.id),
    ):
        assert delete(id_) is None
    assert refused(calls.get_campaign_message, message) == 404


def test_templates_and_tags_of_campaigns(api: KlaviyoAPI) -> None:
    one = api.Campaigns.create_campaign(campaign("Tagged")).data
    _, message, _ = parts(api, one)
    html = {"name": "For a campaign", "editor_type": "CODE", "html": "<p></p>"}
    template = api.Templates.create_template(body("template", html)).data.id
    given = {"data": {"type": "campaign-message", "id": message, "relationships": {"template": {"data": {"type": "template", "id": template}}}}}  # fmt: skip
    assigned = api.Campaigns.assign_template_to_campaign_message(given).data
    assert (assigned.attributes.channel, assigned.attributes.content["subject"]) == ("email", "Hello")
    assert api.Campaigns.get_template_for_campaign_message(message).data.attributes.name == "For a campaign"
    assert api.Campaigns.get_template_id_for_campaign_message(message).data.id == template
    tag = api.Tags.create_tag(body("tag", {"name": "campaign tag"})).data.id
    bearers = {"data": [{"type": "campaign", "id": one.id}]}
    assert api.Tags.tag_campaigns(tag, bearers) is None
    assert ids([api.Tags.get_campaign_ids_for_tag(tag)]) == [one.id]
    assert ids([api.Campaigns.get_tags_for_campaign(one.id)]) == [tag]
    assert ids([api.Campaigns.get_tag_ids_for_campaign(one.id)]) == [tag]
    assert api.Campaigns.get_campaign(one.id, include=["tags"]).included[0]["id"] == tag
    assert api.Tags.remove_tag_from_campaigns(tag, bearers) is None
    api.Tags.tag_campaigns(tag, bearers)
    api.Campaigns.delete_campaign(one.id)
    assert api.Tags.get_campaign_ids_for_tag(tag).data == []
    api.Tags.delete_tag(tag)


def test_sending_and_scheduling(api: KlaviyoAPI) -> None:
    calls, one = api.Campaigns, api.Campaigns.create_campaign(campaign("Sent")).data
    _, message, _ = parts(api, one)
    schedule = {"strategy": "static", "send_time": "2030-01-01T10:00:00Z"}
    planned = calls.schedule_campaign(
        body("campaign-schedule", {"message_schedules": [{"message_id": message, **schedule}]}, campaign=("campaign", one.id))
    ).data
    assert [(m.id, m.strategy) for m in planned.attributes.messages] == [(message, "static")]
    assert calls.get_campaign_send_job(one.id).data.attributes.status == "queued"
    cancel = body("campaign-send-job", {"action": "cancel"}, one.id)
    assert calls.cancel_campaign_send(one.id, cancel) is None
    assert calls.get_campaign_send_job(one.id).data.attributes.status == "cancelled"
    revert = body("campaign-message-schedule", {"action": "revert"}, message)
    assert calls.update_campaign_message_schedule(message, revert) is None
    assert refused(calls.get_campaign_send_job, one.id) == 404
    throttled = {"strategy": "throttled", "send_time": "2030-01-01T10:00:00Z", "throttled_options": {"throttling_percentage": 20}}
    again = calls.schedule_campaign_message(
        body("campaign-message-schedule", throttled, campaign_message=("campaign-message", message))
    ).data
    assert (again.attributes.strategy, again.attributes.throttling_percentage) == ("throttled", 20)
    assert calls.get_campaign_message(message).data.attributes.definition.status == "scheduled"
    calls.update_campaign_message_schedule(message, revert)
    options = {"definition": {"send_options": {"send_time": None, "send_strategy": None}}}
    calls.update_campaign_message(message, body("campaign-message", options, message))
    sent = calls.send_campaign({"data": {"type": "campaign-send-job", "id": one.id}}).data
    assert (sent.id, sent.attributes.status) == (one.id, "complete")
    assert calls.get_campaign_message(message).data.attributes.definition.status == "sent"
    job = calls.refresh_campaign_recipient_estimation({"data": {"type": "campaign-recipient-estimation-job", "id": one.id}}).data
    assert calls.get_campaign_recipient_estimation_job(job.id).data.attributes.status == "complete"
    assert calls.get_campaign_recipient_estimation(one.id).data.attributes.estimated_recipient_count == 0
    calls.delete_campaign(one.id)


@pytest.mark.parametrize("sort", SORTS)
def test_campaigns_over_three_pages_in_every_order(api: KlaviyoAPI, made: list[Any], sort: str) -> None:
    found = list(pages(api.Campaigns.get_campaigns, sort=sort, page_size=2))
    assert len(found) >= 3
    assert len(set(ids(found))) == len(ids(found)) >= MADE
    assert {one.id for one in made} <= set(ids(found))
    if sort.endswith(("id", "name")):
        data = [one for page in found for one in page.data]
        keys = [one.id if sort.endswith("id") else one.attributes.definition.name for one in data]
        assert keys == sorted(keys, reverse=sort.startswith("-"))


@pytest.mark.parametrize("sort", MESSAGE_SORTS)
def test_messages_over_three_pages_in_every_order(api: KlaviyoAPI, made: list[Any], sort: str) -> None:
    found = list(pages(api.Campaigns.get_campaign_messages, sort=sort, page_size=2, include=["campaign"]))
    assert len(found) >= 3
    assert len(set(ids(found))) == len(ids(found)) >= MADE


def test_filters(api: KlaviyoAPI, made: list[Any]) -> None:
    mine, listing = {one.id for one in made}, api.Campaigns.get_campaigns

    def found(text: str) -> set[str]:
        return set(ids(pages(listing, filter=text, page_size=3))) & mine

    first, second = made[0].id, made[1].id
    name = made[2].attributes.definition.name
    day, later = "2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"
    assert found(f'any(id,["{first}","{second}"])') == {first, second}
    assert found(f"contains(name,'{name[4:]}')") == {made[2].id}
    assert found("equals(archived,false)") == mine
    assert found("equals(archived,true)") == found("equals(builder,'canvas')") == set()
    assert found("equals(messages.channel,'email')") == mine
    assert found("equals(messages.channel,'sms')") == set()
    assert found("equals(status,'Draft')") == found("any(status,['Draft','Sent'])") == mine
    for field in ("created_at", "updated_at"):
        for past, future in (("greater-than", "less-than"), ("greater-or-equal", "less-or-equal")):
            assert found(f"{past}({field},{day})") == found(f"{future}({field},{later})") == mine
            assert found(f"{past}({field},{later})") == found(f"{future}({field},{day})") == set()
    for operator in ("greater-than", "greater-or-equal", "less-than", "less-or-equal"):
        assert found(f"{operator}(scheduled_at,{day})") == set()
    message = made[0].relationships.campaign_messages.data[0].id

    def messages(text: str) -> list[str]:
        return ids(pages(api.Campaigns.get_campaign_messages, filter=text))

    assert messages(f'equals(id,"{message}")') == messages(f'any(id,["{message}"])') == [message]
    assert messages(f'equals(campaign_id,"{first}")') == [message]
    assert messages(f"equals(campaign_id,\"{first}\"),contains(name,'letter'),equals(status,'draft')") == [message]
    assert messages(f"less-than(created,{day})") == messages(f"greater-or-equal(updated,{later})") == []
    assert refused(api.Campaigns.get_campaigns, filter="equals(name,'x')") == 400
    assert refused(api.Campaigns.get_campaigns, sort="status") == 400


def test_sparse_fields(api: KlaviyoAPI, made: list[Any]) -> None:
    found = api.Campaigns.get_campaign(made[0].id, fields_campaign=["definition.name"])
    assert found["data"]["attributes"] == {"definition": {"name": made[0].attributes.definition.name}}
