"""Forms through the official Python SDK, unmodified: every operation, listings over three pages, each filter and sort
(SPEC §1.5, §2.4). The SDK knows the definition of a form to the last field, and reads it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from tests.contract.clients.conftest import Platform
from tests.contract.clients.python_sdk import ids, pages

MADE = 65
Body = dict[str, Any]
TEXT_STYLE = {"font_family": "Arial", "font_size": 16, "font_weight": 400, "text_color": "#000000"}
CLICK = {"type": "next_step", "submit": True, "properties": {"list_id": "LiSt01"}}
BLOCKS: tuple[Body, ...] = (
    {
        "type": "button",
        "styles": {"padding": {"left": 1}, "width": "fit", "height": "auto", "text_styles": TEXT_STYLE},
        "properties": {"label": "Join", "display_device": ["both"]},
        "action": CLICK,
    },
    {"type": "age_gate", "properties": {"label": "Born", "required": True, "sms_country_code": "DE"}},
    {"type": "coupon", "properties": {"coupon": {"type": "static", "text": "TEA10"}}},
    {"type": "date", "properties": {"property_name": "birthday", "date_format": "MM/DD"}},
    {"type": "email", "properties": {"label": "E-mail", "required": True, "property_name": "$email"}},
    {"type": "html_text", "properties": {"content": "<p>Hi</p>"}},
    {"type": "opt_in_code", "properties": {"label": "Code"}},
    {"type": "phone_number", "properties": {"channel_settings": {"sms": {"consent_type": "promotional"}}}},
    {"type": "promotional_sms_checkbox", "properties": {"checkbox_text": "Yes", "channels": ["sms"]}},
    {"type": "bis_promotional_email_checkbox", "properties": {"checkbox_text": "Yes"}},
    {"type": "text", "properties": {"property_name": "city", "placeholder": "City"}},
    {
        "type": "checkboxes",
        "styles": {"arrangement": "horizontal"},
        "properties": {"property_name": "tea", "options": [{"label": "Green", "value": "green"}]},
    },
    {
        "type": "radio_buttons",
        "properties": {"property_name": "tea", "options": [{"label": "Green", "value": "green"}]},
    },
    {
        "type": "dropdown",
        "properties": {"property_name": "tea", "options": [{"label": "Green", "value": "green"}]},
    },
    {"type": "image", "properties": {"image": {"src": "https://shop.example/tea.png"}}, "action": CLICK},
    {
        "type": "countdown_timer",
        "properties": {"configuration": {"type": "fixed", "timezone": "Europe/Paris"}, "clock_face": "flip"},
    },
    {
        "type": "signup_counter",
        "properties": {"timeframe": "24_hours", "min_submits": 3, "content": "Many"},
    },
    {
        "type": "spin_to_win",
        "properties": {"slices": [{"label": "Tea", "probability": 100, "step_id": "s"}]},
        "styles": {"wheel_size": 300},
    },
    {"type": "sms_disclosure", "properties": {"content": {"type": "account_default"}}},
    {"type": "review", "properties": {"author": "Ann", "rating": 5}, "styles": {"rating_style": {"shape": "heart"}}},
    {"type": "custom_html", "properties": {"content": "<b>!</b>"}},
)
RULES: tuple[Body, ...] = (
    {"type": "after_close_or_submit_timeout", "properties": {"timeout_days": 3}},
    {"type": "cart_content", "properties": {"value": {"comparison": "greater_than", "value": 9.5}}},
    {"type": "channel", "properties": {"channel": "email"}},
    {"type": "delay", "properties": {"seconds": 5}},
    {"type": "device", "properties": {"device": "mobile"}},
    {"type": "exit_intent"},
    {"type": "lists_and_segments", "properties": {"allow_list": ["LiSt01"]}},
    {"type": "location", "properties": {"allow_list": ["FR", "con_EU"]}},
    {"type": "profile_event_tracked", "properties": {"metric": "Placed Order"}},
    {"type": "url_patterns", "properties": {"deny_list": ["/cart"]}},
)


def version(*blocks: Body, **parts: Any) -> Body:
    shown = list(blocks or BLOCKS[4:5])
    return {"steps": [{"name": "Opt in", "columns": [{"rows": [{"blocks": shown}]}]}], **parts}


def new(name: str, *versions: Body, ab_test: bool = False) -> Body:
    definition = {"versions": list(versions or (version(),))}
    attributes = {"name": name, "status": "draft", "ab_test": ab_test, "definition": definition}
    return {"data": {"type": "form", "attributes": attributes}}


@pytest.fixture(scope="module")
def api(shop: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(shop.private_key, max_retries=1, test_host=shop.url)


@pytest.fixture(scope="module")
def made(api: KlaviyoAPI) -> list[Any]:
    """65 forms; every third is live, every fifth an A/B test."""
    found = []
    for n in range(MADE):
        form = api.Forms.create_form(new(f"SDK form {n:02d}", ab_test=n % 5 == 1)).data
        if n % 3 == 0 and n % 5 != 1:
            assert publish(api, form.id).data.attributes.status == "complete"
        found.append(form)
    return found


def publish(api: KlaviyoAPI, id_: str, kind: str = "publish") -> Any:
    relationships = {"form": {"data": {"type": "form", "id": id_}}}
    body = {"data": {"type": f"form-{kind}-job", "relationships": relationships}}
    return (api.Forms.publish_form if kind == "publish" else api.Forms.unpublish_form)(body)


def test_a_form_from_beginning_to_end(api: KlaviyoAPI) -> None:
    teaser = {"content": "Join", "teaser_type": "circle", "location": "top_left", "size": "small"}
    styles = {"width": "large", "rich_text_styles": {"h1": TEXT_STYLE}, "custom_css": {"enabled": False}}
    whole = version(
        *BLOCKS,
        triggers=list(RULES),
        teasers=[teaser],
        styles=styles,
        properties={"side_image_settings": {"size": "small"}, "rule_based_trigger_evaluation": "all"},
        type="full_screen",
        location="center_left",
        name="Whole",
        message_priority=10,
    )
    form = api.Forms.create_form(new("Sign up", whole)).data
    (read,) = form.attributes.definition.versions
    assert (read.name, read.type, read.status) == ("Whole", "full_screen", "draft")
    assert len(read.steps[0].columns[0].rows[0].blocks) == len(BLOCKS)
    assert len(read.triggers) == len(RULES)
    shown = api.Forms.get_form(form.id).data
    assert shown.to_dict() == form.to_dict()
    changed = api.Forms.update_form(
        form.id, {"data": {"type": "form", "id": form.id, "attributes": {"name": "Join us"}}}
    ).data
    assert (changed.attributes.name, changed.attributes.definition) == ("Join us", form.attributes.definition)
    job = publish(api, form.id).data
    assert job.relationships.form.data.id == form.id
    assert api.Forms.get_form(form.id).data.attributes.status == "live"
    assert publish(api, form.id, "unpublish").data.attributes.status == "complete"
    assert api.Forms.get_form(form.id).data.attributes.status == "draft"
    assert api.Forms.delete_form(form.id) is None
    with pytest.raises(ApiException) as missing:
        api.Forms.get_form(form.id)
    assert missing.value.status == 404


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "updated_at", "-updated_at"])
def test_forms_over_three_pages_in_every_order(api: KlaviyoAPI, made: list[Any], sort: str) -> None:
    found = list(pages(api.Forms.get_forms, sort=sort))
    assert len(found) >= 4
    assert len(set(ids(found))) == len(ids(found)) >= MADE
    assert {one.id for one in made} <= set(ids(found))
    keys = [getattr(one.attributes, sort.removeprefix("-")) for page in found for one in page.data]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


def test_every_filter(api: KlaviyoAPI, made: list[Any]) -> None:
    attributes = {one.id: one.attributes for one in made}
    live = {one.id for n, one in enumerate(made) if n % 3 == 0 and n % 5 != 1}
    first, second = made[0], made[1]
    before = (min(one.created_at for one in attributes.values()) - timedelta(seconds=1)).isoformat()
    wanted = {
        f'equals(id,"{first.id}")': {first.id},
        f'any(id,["{first.id}","{second.id}"])': {first.id, second.id},
        'equals(name,"SDK form 00")': {first.id},
        'any(name,["SDK form 00","SDK form 01"])': {first.id, second.id},
        'contains(name,"form 1")': {i for i, a in attributes.items() if "form 1" in a.name},
        "equals(ab_test,true)": {i for i, a in attributes.items() if a.ab_test},
        'equals(status,"live")': live,
        'equals(status,"draft")': set(attributes) - live,
        f"greater-than(created_at,{before}),less-than(created_at,2100-01-01)": set(attributes),
        f"greater-or-equal(updated_at,{before}),less-or-equal(updated_at,2100-01-01)": set(attributes),
        "greater-than(updated_at,2100-01-01)": set(),
        "less-than(created_at,2020-01-01)": set(),
    }
    for filter_, expected in wanted.items():
        found = set(ids(list(pages(api.Forms.get_forms, filter=filter_, page_size=100))))
        assert found & set(attributes) == expected, filter_


def test_versions_over_three_pages(api: KlaviyoAPI) -> None:
    types = ("banner", "embed", "flyout", "full_screen", "popup")
    versions = [version(type=types[n % 5], name=f"V{n}") for n in range(10)]
    form = api.Forms.create_form(new("Test", *versions, ab_test=True)).data
    for sort in ("created_at", "-created_at", "updated_at", "-updated_at"):
        found = list(pages(api.Forms.get_versions_for_form, form.id, sort=sort, page_size=4))
        assert [len(page.data) for page in found] == [4, 4, 2]
        linked = pages(api.Forms.get_version_ids_for_form, form.id, sort=sort, page_size=4)
        assert ids(linked) == ids(found)
    counts = {
        'equals(form_type,"full_page")': 2,
        'any(form_type,["popup","embed"])': 4,
        'equals(status,"draft")': 10,
        'equals(status,"live")': 0,
        "greater-than(created_at,2020-01-01),less-than(created_at,2100-01-01)": 10,
        "greater-or-equal(updated_at,2020-01-01),less-or-equal(updated_at,2100-01-01)": 10,
        "less-than(updated_at,2020-01-01)": 0,
    }
    for filter_, count in counts.items():
        assert len(api.Forms.get_versions_for_form(form.id, filter=filter_).data) == count, filter_
    one = found[0].data[0]
    shown = api.Forms.get_form_version(one.id, include=["form"])
    assert shown.data.attributes.ab_test.variation_name == shown.data.attributes.variation_name
    assert [form_.id for form_ in shown.included] == [form.id]
    assert api.Forms.get_form_for_form_version(one.id).data.attributes.name == "Test"
    assert api.Forms.get_form_id_for_form_version(one.id).data.id == form.id


def test_a_fault_in_a_definition_names_its_field(api: KlaviyoAPI) -> None:
    with pytest.raises(ApiException) as refused:
        api.Forms.create_form(new("Bad", version({"type": "text", "properties": {"colour": "red"}})))
    assert refused.value.status == 400
    assert "/steps/0/columns/0/rows/0/blocks/0/properties/colour" in str(refused.value.body)
