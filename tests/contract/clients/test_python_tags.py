"""Tags through the official Python SDK, unmodified: every operation, listings over three pages, each filter and
sort (SPEC §1.5, §2.3)."""

from __future__ import annotations

from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from tests.contract.clients.conftest import Platform
from tests.contract.clients.python_sdk import pages

TAGS, GROUPS = 120, 49
SORTS = ["id", "-id", "name", "-name"]


@pytest.fixture(scope="module")
def own(community: Platform) -> Platform:
    """An account's tags are limited."""
    return community


@pytest.fixture(scope="module")
def api(own: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(own.private_key, max_retries=1, test_host=own.url)


def tag(name: str, group_id: str | None = None) -> dict[str, Any]:
    data: dict[str, Any] = {"type": "tag", "attributes": {"name": name}}
    if group_id is not None:
        data["relationships"] = {"tag-group": {"data": {"type": "tag-group", "id": group_id}}}
    return {"data": data}


def group(name: str, *, exclusive: bool = False) -> dict[str, Any]:
    return {"data": {"type": "tag-group", "attributes": {"name": name, "exclusive": exclusive}}}


def named(type_: str, id_: str, name: str) -> dict[str, Any]:
    return {"data": {"type": type_, "id": id_, "attributes": {"name": name}}}


def bearers(type_: str, *ids: str) -> dict[str, Any]:
    return {"data": [{"type": type_, "id": id_} for id_ in ids]}


@pytest.fixture(scope="module")
def filled(api: KlaviyoAPI) -> list[Any]:
    """120 tags and 49 groups beside the default one."""
    groups = [api.Tags.create_tag_group(group(f"group {n:02d}", exclusive=n % 2 == 0)).data for n in range(GROUPS)]
    return [
        api.Tags.create_tag(tag(f"tag {n * 7 % TAGS:03d}", groups[n % GROUPS].id if n % 2 else None)).data
        for n in range(TAGS)
    ]


@pytest.mark.parametrize("sort", SORTS)
def test_tags_over_three_pages(api: KlaviyoAPI, filled: list[Any], sort: str) -> None:
    found = list(pages(api.Tags.get_tags, sort=sort, include=["tag-group"]))
    assert [len(page.data) for page in found] == [50, 50, TAGS - 100]
    keys = [one.id if "id" in sort else one.attributes.name for page in found for one in page.data]
    assert keys == sorted(keys, reverse=sort.startswith("-"))
    for page in found:
        groups = {one.relationships.tag_group.data.id for one in page.data}
        assert {one.id for one in page.included} == groups


@pytest.mark.parametrize("sort", SORTS)
def test_groups_over_pages(api: KlaviyoAPI, filled: list[Any], sort: str) -> None:
    found = list(pages(api.Tags.get_tag_groups, sort=sort))
    assert [len(page.data) for page in found] == [25, 25]  # the API allows 50 groups and shows 25 a page
    keys = [one.id if "id" in sort else one.attributes.name for page in found for one in page.data]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    ("filter_", "count"),
    [
        ('equals(name,"tag 007")', 1),
        ('contains(name,"g 00")', 10),
        ('starts-with(name,"tag 11")', 10),
        ('ends-with(name,"9")', 12),
        ('starts-with(name,"tag 0"),ends-with(name,"9")', 10),
    ],
)
def test_filters_of_tags(api: KlaviyoAPI, filled: list[Any], filter_: str, count: int) -> None:
    assert sum(len(page.data) for page in pages(api.Tags.get_tags, filter=filter_, sort="-name")) == count


@pytest.mark.parametrize(
    ("filter_", "count"),
    [
        ('equals(name,"group 07")', 1),
        ('contains(name,"up 0")', 10),
        ('starts-with(name,"group 1")', 10),
        ('ends-with(name,"9")', 4),
        ("equals(exclusive,true)", 25),
        ("equals(exclusive,false)", 25),
        ("equals(default,true)", 1),
        ('equals(default,false),equals(exclusive,false),contains(name,"0")', 5),
    ],
)
def test_filters_of_groups(api: KlaviyoAPI, filled: list[Any], filter_: str, count: int) -> None:
    found = [one for page in pages(api.Tags.get_tag_groups, filter=filter_) for one in page.data]
    assert len(found) == count, [one.attributes.name for one in found]


def test_a_tag_and_its_group(api: KlaviyoAPI, filled: list[Any]) -> None:
    found = filled[1]
    assert api.Tags.get_tag(found.id).data.attributes == found.attributes
    of_tag = api.Tags.get_tag_group_for_tag(found.id).data
    assert api.Tags.get_tag_group_id_for_tag(found.id).data.id == of_tag.id
    assert api.Tags.get_tag_group(of_tag.id).data.attributes == of_tag.attributes
    assert api.Tags.get_tag(found.id, include=["tag-group"]).included[0].id == of_tag.id
    inside = api.Tags.get_tags_for_tag_group(of_tag.id).data
    assert found.id in {one.id for one in inside}
    assert [one.id for one in api.Tags.get_tag_ids_for_tag_group(of_tag.id).data] == [one.id for one in inside]
    assert api.Tags.update_tag(found.id, named("tag", found.id, "renamed")) is None
    assert api.Tags.get_tag(found.id).data.attributes.name == "renamed"
    api.Tags.update_tag(found.id, named("tag", found.id, found.attributes.name))
    api.Tags.update_tag_group(of_tag.id, named("tag-group", of_tag.id, "renamed"))
    assert api.Tags.get_tag_group(of_tag.id).data.attributes.name == "renamed"
    api.Tags.update_tag_group(of_tag.id, named("tag-group", of_tag.id, of_tag.attributes.name))


def test_tags_and_groups_are_deleted(api: KlaviyoAPI, filled: list[Any]) -> None:
    first = api.Tags.get_tag_groups(filter='equals(name,"group 01")').data[0]
    made = api.Tags.create_tag(tag("short-lived", first.id)).data
    assert api.Tags.delete_tag(made.id) is None
    with pytest.raises(ApiException) as missing:
        api.Tags.get_tag(made.id)
    assert missing.value.status == 404
    with pytest.raises(ApiException) as full:
        api.Tags.create_tag_group(group("one too many"))
    assert full.value.status == 400
    (default,) = api.Tags.get_tag_groups(filter="equals(default,true)").data
    with pytest.raises(ApiException) as stays:
        api.Tags.delete_tag_group(default.id)
    assert stays.value.status == 400


def test_what_bears_a_tag(api: KlaviyoAPI, filled: list[Any]) -> None:
    lists = [
        api.Lists.create_list({"data": {"type": "list", "attributes": {"name": f"list {n}"}}}).data.id for n in range(3)
    ]
    conditions = [{"type": "profile-marketing-consent", "consent": {"channel": "email", "can_receive_marketing": True,
                   "consent_status": {"subscription": "any", "filters": None}}}]
    made = api.Segments.create_segment(
        {"data": {"type": "segment", "attributes": {"name": "s", "definition": {"condition_groups": [{"conditions": conditions}]}}}}
    ).data
    one = filled[0].id
    assert api.Tags.tag_lists(one, bearers("list", *lists)) is None
    assert api.Tags.tag_segments(one, bearers("segment", made.id)) is None
    assert {found.id for found in api.Tags.get_list_ids_for_tag(one).data} == set(lists)
    assert [found.id for found in api.Tags.get_segment_ids_for_tag(one).data] == [made.id]
    assert [found.id for found in api.Segments.get_tags_for_segment(made.id).data] == [one]
    assert api.Tags.remove_tag_from_lists(one, bearers("list", *lists[1:])) is None
    assert api.Tags.remove_tag_from_segments(one, bearers("segment", made.id)) is None
    assert [found.id for found in api.Tags.get_list_ids_for_tag(one).data] == lists[:1]
    assert api.Tags.get_segment_ids_for_tag(one).data == []


def test_campaigns_and_flows_that_do_not_exist_bear_no_tag(api: KlaviyoAPI, filled: list[Any]) -> None:
    one = filled[0].id
    assert api.Tags.get_campaign_ids_for_tag(one).data == []
    assert api.Tags.get_flow_ids_for_tag(one).data == []
    calls = {
        "campaign": (api.Tags.tag_campaigns, api.Tags.remove_tag_from_campaigns),
        "flow": (api.Tags.tag_flows, api.Tags.remove_tag_from_flows),
    }
    for type_, operations in calls.items():
        for operation in operations:
            with pytest.raises(ApiException) as missing:
                operation(one, bearers(type_, "AAAAAA"))
            assert missing.value.status == 404


def test_an_exclusive_group_gives_a_list_one_tag(api: KlaviyoAPI, filled: list[Any]) -> None:
    exclusive = api.Tags.get_tag_groups(filter='equals(name,"group 02")').data[0]
    two = [api.Tags.create_tag(tag(name, exclusive.id)).data.id for name in ("either", "or")]
    id_ = api.Lists.create_list({"data": {"type": "list", "attributes": {"name": "exclusive"}}}).data.id
    api.Tags.tag_lists(two[0], bearers("list", id_))
    with pytest.raises(ApiException) as taken:
        api.Tags.tag_lists(two[1], bearers("list", id_))
    assert taken.value.status == 409
    for one in two:
        api.Tags.delete_tag(one)
    assert api.Tags.delete_tag_group(exclusive.id) is None
    with pytest.raises(ApiException) as gone:
        api.Tags.get_tag_group(exclusive.id)
    assert gone.value.status == 404
