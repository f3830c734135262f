"""Lists through the official Python SDK, unmodified: every operation, listings over three pages, each filter and
sort (SPEC §1.5, §2.3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from tests.contract.clients.conftest import PEOPLE, Platform, person
from tests.contract.clients.python_sdk import ids, pages

MADE = 25
SORTS = [f"{sign}{field}" for field in ("created", "id", "name", "updated") for sign in ("", "-")]


def new(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "list", "attributes": attributes}}


def members(*ids: str) -> dict[str, Any]:
    return {"data": [{"type": "profile", "id": id_} for id_ in ids]}


@pytest.fixture(scope="module")
def api(shop: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(shop.private_key, max_retries=1, test_host=shop.url)


@pytest.fixture(scope="module")
def made(api: KlaviyoAPI) -> list[Any]:
    """25 lists, whose names are in another order."""
    names = [f"SDK list {n * 7 % MADE:02d}" for n in range(MADE)]
    return [api.Lists.create_list(new(name=name)).data for name in names]


@pytest.fixture(scope="module")
def people(api: KlaviyoAPI) -> dict[str, str]:
    """E-mail address -> id of the shop's people."""
    found: dict[str, str] = {}
    wanted = "[" + ",".join(f'"{person(n)}"' for n in range(PEOPLE)) + "]"
    for page in pages(api.Profiles.get_profiles, filter=f"any(email,{wanted})", page_size=100):
        found |= {one.attributes.email: one.id for one in page.data}
    assert len(found) == PEOPLE
    return found


@pytest.fixture(scope="module")
def full(api: KlaviyoAPI, people: dict[str, str]) -> tuple[str, list[str]]:
    """A list with everybody in it, and their ids in the order of joining."""
    id_ = api.Lists.create_list(new(name="Everybody")).data.id
    joined = [people[person(n)] for n in range(PEOPLE)]
    for at in range(0, PEOPLE, 15):
        assert api.Lists.add_profiles_to_list(id_, members(*joined[at : at + 15])) is None
    return id_, joined


def test_a_list_from_beginning_to_end(api: KlaviyoAPI) -> None:
    made = api.Lists.create_list(new(name="News", opt_in_process="double_opt_in")).data
    assert (made.attributes.name, made.attributes.opt_in_process) == ("News", "double_opt_in")
    assert api.Lists.get_list(made.id).data.attributes.created == made.attributes.created
    change = {"data": {"type": "list", "id": made.id, "attributes": {"name": "Newsletter"}}}
    changed = api.Lists.update_list(made.id, change).data
    assert (changed.attributes.name, changed.attributes.opt_in_process) == ("Newsletter", "double_opt_in")
    assert changed.attributes.updated >= made.attributes.updated
    assert api.Lists.delete_list(made.id) is None
    with pytest.raises(ApiException) as missing:
        api.Lists.get_list(made.id)
    assert missing.value.status == 404


@pytest.mark.parametrize("sort", SORTS)
def test_lists_over_three_pages_in_every_order(api: KlaviyoAPI, made: list[Any], sort: str) -> None:
    found = list(pages(api.Lists.get_lists, sort=sort))
    assert len(found) >= 3
    assert len(set(ids(found))) == len(ids(found)) >= MADE
    assert {one.id for one in made} <= set(ids(found))
    field = sort.removeprefix("-")
    keys = [one.id if field == "id" else getattr(one.attributes, field) for page in found for one in page.data]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


def test_every_filter(api: KlaviyoAPI, made: list[Any]) -> None:
    by_name = {one.attributes.name: one.id for one in made}
    first, last = made[0], made[-1]
    before = (min(one.attributes.created for one in made) - timedelta(seconds=1)).isoformat()
    wanted = {
        'equals(name,"SDK list 03")': {by_name["SDK list 03"]},
        'any(name,["SDK list 03","SDK list 04","x"])': {by_name["SDK list 03"], by_name["SDK list 04"]},
        f'equals(id,"{first.id}")': {first.id},
        f'any(id,["{first.id}","{last.id}"])': {first.id, last.id},
        f'greater-than(created,{before}),equals(name,"SDK list 03")': {by_name["SDK list 03"]},
        f'greater-than(updated,{before}),equals(name,"SDK list 03")': {by_name["SDK list 03"]},
        "greater-than(created,2100-01-01)": set(),
        "greater-than(updated,2100-01-01)": set(),
    }
    for filter_, expected in wanted.items():
        assert set(ids(list(pages(api.Lists.get_lists, filter=filter_)))) == expected, filter_
    after = list(pages(api.Lists.get_lists, filter=f"greater-than(created,{before})", sort="-name"))
    assert len(after) >= 3
    assert {one.id for one in made} <= set(ids(after))


@pytest.mark.parametrize("sort", ["joined_group_at", "-joined_group_at"])
def test_members_over_three_pages(api: KlaviyoAPI, full: tuple[str, list[str]], sort: str) -> None:
    id_, joined = full
    found = list(pages(api.Lists.get_profiles_for_list, id_, sort=sort))
    assert [len(page.data) for page in found] == [20, 20, PEOPLE - 40]
    times = [one.attributes.joined_group_at for page in found for one in page.data]
    assert times == sorted(times, reverse=sort.startswith("-"))
    assert set(ids(found)) == set(joined)
    plain = list(pages(api.Lists.get_profile_ids_for_list, id_, sort=sort))
    assert ids(plain) == ids(found)
    assert [len(page.data) for page in plain] == [20, 20, PEOPLE - 40]


def test_filters_of_members(
    api: KlaviyoAPI, shop: Platform, full: tuple[str, list[str]], people: dict[str, str]
) -> None:
    id_, joined = full
    some = people[person(3)]
    further = {"phone_number": "+15005550103", "_kx": "sdk-kx-3"}
    body = {"data": {"type": "profile", "id": some, "attributes": further}}
    assert shop.call("PATCH", f"/api/profiles/{some}", body)[0] == 200
    middle = api.Lists.get_profiles_for_list(id_, page_size=100).data[20].attributes.joined_group_at
    moment = middle.isoformat()
    assert ids([api.Lists.get_profiles_for_list(id_, filter=f'equals(email,"{person(3)}")')]) == [some]
    two = f'any(email,["{person(3)}","{person(4)}","nobody@shop.example"])'
    assert set(ids([api.Lists.get_profiles_for_list(id_, filter=two)])) == {some, people[person(4)]}
    assert ids([api.Lists.get_profiles_for_list(id_, filter='equals(phone_number,"+15005550103")')]) == [some]
    assert ids([api.Lists.get_profiles_for_list(id_, filter='any(phone_number,["+15005550103"])')]) == [some]
    assert ids([api.Lists.get_profiles_for_list(id_, filter='equals(_kx,"sdk-kx-3")')]) == [some]
    assert ids([api.Lists.get_profiles_for_list(id_, filter='equals(push_token,"none")')]) == []
    assert ids([api.Lists.get_profiles_for_list(id_, filter='any(push_token,["none"])')]) == []
    counts = {}
    for operator in ("greater-than", "greater-or-equal", "less-than", "less-or-equal"):
        filter_ = f"{operator}(joined_group_at,{moment})"
        listed = ids(list(pages(api.Lists.get_profile_ids_for_list, id_, filter=filter_)))
        counts[operator] = set(listed)
    assert counts["greater-or-equal"] | counts["less-than"] == set(joined)
    assert counts["greater-than"] | counts["less-or-equal"] == set(joined)
    assert not counts["greater-or-equal"] & counts["less-than"]
    assert not counts["greater-than"] & counts["less-or-equal"]


def test_members_join_and_leave(api: KlaviyoAPI, full: tuple[str, list[str]]) -> None:
    _, joined = full
    id_ = api.Lists.create_list(new(name="A few")).data.id
    api.Lists.add_profiles_to_list(id_, members(*joined[:3]))
    counted = api.Lists.get_list(id_, additional_fields_list=["profile_count"]).data
    assert counted.attributes.profile_count == 3
    api.Lists.remove_profiles_from_list(id_, members(joined[1]))
    assert set(ids([api.Lists.get_profile_ids_for_list(id_)])) == {joined[0], joined[2]}
    with pytest.raises(ApiException) as unknown:
        api.Lists.add_profiles_to_list(id_, members("01ARZ3NDEKTSV4RRFFQ69G5FAV"))
    assert unknown.value.status == 404


def test_fields_and_additional_fields_of_members(api: KlaviyoAPI, full: tuple[str, list[str]]) -> None:
    page = api.Lists.get_profiles_for_list(
        full[0], additional_fields_profile=["subscriptions", "predictive_analytics"], page_size=1
    )
    assert page.data[0].attributes.subscriptions.email.marketing.consent
    sparse = api.Lists.get_profiles_for_list(full[0], fields_profile=["email"], page_size=1)
    assert list(sparse["data"][0]["attributes"]) == ["email"]


def test_tags_and_flow_triggers_of_a_list(api: KlaviyoAPI, made: list[Any]) -> None:
    tag = api.Tags.create_tag({"data": {"type": "tag", "attributes": {"name": "on a list"}}}).data
    api.Tags.tag_lists(tag.id, {"data": [{"type": "list", "id": made[0].id}]})
    assert [one.id for one in api.Lists.get_tags_for_list(made[0].id).data] == [tag.id]
    assert [one.id for one in api.Lists.get_tag_ids_for_list(made[0].id).data] == [tag.id]
    found = api.Lists.get_list(made[0].id, include=["tags", "flow-triggers"])
    assert [one.id for one in found.data.relationships.tags.data] == [tag.id]
    assert [one["id"] for one in found.included] == [tag.id]
    listed = list(pages(api.Lists.get_lists, include=["tags", "flow-triggers"], filter=f'equals(id,"{made[0].id}")'))
    assert [one["id"] for page in listed for one in page.included] == [tag.id]
    assert api.Lists.get_flows_triggered_by_list(made[0].id).data == []
    assert api.Lists.get_ids_for_flows_triggered_by_list(made[0].id).data == []


def test_errors_name_what_is_wrong(api: KlaviyoAPI) -> None:
    with pytest.raises(ApiException) as refused:
        api.Lists.get_lists(filter='contains(name,"x")')
    assert refused.value.status == 400
    assert '"parameter":"filter"' in refused.value.body
    with pytest.raises(ApiException) as unnamed:
        api.Lists.create_list(new(name=" "))
    assert '"pointer":"/data/attributes/name"' in unnamed.value.body
