"""Segments through the official Python SDK, unmodified: every operation, listings over three pages, each filter
and sort (SPEC §1.5, §4.1-§4.3)."""

from __future__ import annotations

import time
from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from tests.contract.clients.conftest import ORDERS, PEOPLE, VISIBLE_S, Platform, person
from tests.contract.clients.python_sdk import ids, pages

MADE = 24


def bought(metric_id: str, at_least: int) -> dict[str, Any]:
    return {
        "type": "profile-metric",
        "metric_id": metric_id,
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "greater-than-or-equal", "value": at_least},
        "timeframe_filter": {"type": "date", "operator": "alltime"},
    }


def definition(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"condition_groups": [{"conditions": list(conditions)}]}


def segment(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "segment", "attributes": attributes}}


@pytest.fixture(scope="module")
def api(shop: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(shop.private_key, max_retries=1, test_host=shop.url)


@pytest.fixture(scope="module")
def metric_id(api: KlaviyoAPI) -> str:
    return next(
        m.id for page in pages(api.Metrics.get_metrics) for m in page.data if m.attributes.name == "Placed Order"
    )


@pytest.fixture(scope="module")
def buyers(api: KlaviyoAPI, metric_id: str) -> str:
    """A segment of everybody who bought, passed over."""
    made = api.Segments.create_segment(segment(name="Buyers", definition=definition(bought(metric_id, 1)), is_starred=True))
    evaluated(api, made.data.id)
    return str(made.data.id)


@pytest.fixture(scope="module")
def many(api: KlaviyoAPI, metric_id: str, buyers: str) -> list[str]:
    made = [
        api.Segments.create_segment(segment(name=f"S{n * 7 % MADE:02d}", definition=definition(bought(metric_id, 99)))).data.id
        for n in range(MADE)
    ]
    return [buyers, *made]


def evaluated(api: KlaviyoAPI, id_: str) -> Any:
    until = time.monotonic() + VISIBLE_S
    while (found := api.Segments.get_segment(id_, additional_fields_segment=["profile_count"]).data).attributes.is_processing:
        assert time.monotonic() < until
        time.sleep(0.1)
    return found


def test_a_segment_and_its_members(api: KlaviyoAPI, buyers: str) -> None:
    found = evaluated(api, buyers)
    assert (found.attributes.name, found.attributes.is_active, found.attributes.is_starred) == ("Buyers", True, True)
    assert found.attributes.profile_count == min(PEOPLE, ORDERS)
    for sort in ("joined_group_at", "-joined_group_at"):
        listed = list(pages(api.Segments.get_profiles_for_segment, buyers, sort=sort, page_size=20))
        assert [len(page.data) for page in listed] == [20, 20, 5]
        assert len(set(ids(listed))) == PEOPLE
        times = [one.attributes.joined_group_at for page in listed for one in page.data]
        assert times == sorted(times, reverse=sort.startswith("-"))
        identifiers = list(pages(api.Segments.get_profile_ids_for_segment, buyers, sort=sort, page_size=20))
        assert ids(identifiers) == ids(listed)


def test_every_filter_on_members(api: KlaviyoAPI, buyers: str) -> None:
    (one,) = api.Profiles.get_profiles(filter=f'equals(email,"{person(7)}")').data
    for filter_, count in (
        (f'equals(email,"{person(7)}")', 1),
        (f'any(email,["{person(7)}","{person(8)}","nobody@shop.example"])', 2),
        (f'equals(profile_id,"{one.id}")', 1),
        (f'any(profile_id,["{one.id}"])', 1),
        ('equals(phone_number,"+15005550006")', 0),
        ('any(phone_number,["+15005550006"])', 0),
        ('equals(push_token,"t")', 0),
        ('equals(_kx,"t")', 0),
        ("greater-than(joined_group_at,2020-01-01T00:00:00Z)", 20),
        ("greater-or-equal(joined_group_at,2099-01-01T00:00:00Z)", 0),
        ("less-than(joined_group_at,2020-01-01T00:00:00Z)", 0),
        ("less-or-equal(joined_group_at,2099-01-01T00:00:00Z)", 20),
    ):
        found = api.Segments.get_profiles_for_segment(buyers, filter=filter_).data
        assert len(found) == count, filter_
        found_ids = api.Segments.get_profile_ids_for_segment(buyers, filter=filter_).data
        assert [m.id for m in found_ids] == [m.id for m in found]


@pytest.mark.parametrize("sort", ["created", "id", "name", "updated"])
def test_segments_over_three_pages(api: KlaviyoAPI, many: list[str], sort: str) -> None:
    ascending = list(pages(api.Segments.get_segments, sort=sort))
    assert len(ascending) >= 3
    assert set(many) <= set(ids(ascending))
    assert len(set(ids(ascending))) == len(ids(ascending))
    descending = list(pages(api.Segments.get_segments, sort=f"-{sort}"))
    assert ids(descending) == ids(ascending)[::-1]


def test_every_filter_on_segments(api: KlaviyoAPI, many: list[str], buyers: str) -> None:
    def found(filter_: str) -> set[str]:
        return set(ids(list(pages(api.Segments.get_segments, filter=filter_))))

    assert found(f'equals(id,"{many[1]}")') == {many[1]}
    assert found(f'any(id,["{many[1]}","{many[2]}"])') == {many[1], many[2]}
    assert found('equals(name,"Buyers")') == {buyers}
    assert found('any(name,["Buyers","S00"])') == {buyers, many[1]}
    assert buyers in found("equals(is_starred,true)")
    assert many[1] not in found("equals(is_starred,true)")
    assert set(many) <= found("equals(is_active,true)")
    assert found("any(is_active,[false])").isdisjoint(many)
    assert set(many) <= found("greater-than(created,2020-01-01T00:00:00Z)")
    assert found("greater-than(updated,2099-01-01T00:00:00Z)") == set()


def test_relations(api: KlaviyoAPI, buyers: str) -> None:
    whole = api.Segments.get_segment(buyers, include=["tags", "flow-triggers"], fields_segment=["name"])
    assert whole["data"]["attributes"] == {"name": "Buyers"}  # a sparse answer is not parsed by the SDK
    assert whole["included"] == []
    for call in (
        api.Segments.get_tags_for_segment,
        api.Segments.get_tag_ids_for_segment,
        api.Segments.get_flows_triggered_by_segment,
        api.Segments.get_ids_for_flows_triggered_by_segment,
    ):
        assert list(call(buyers).data) == []
    (one,) = api.Profiles.get_profiles(filter=f'equals(email,"{person(7)}")').data
    assert buyers in [s.id for s in api.Profiles.get_segments_for_profile(one.id).data]
    assert buyers in [s.id for s in api.Profiles.get_segment_ids_for_profile(one.id).data]


def test_change_and_delete(api: KlaviyoAPI, metric_id: str) -> None:
    made = api.Segments.create_segment(segment(name="Now", definition=definition(bought(metric_id, 1)))).data
    assert made.attributes.is_processing
    assert evaluated(api, made.id).attributes.profile_count == PEOPLE
    attributes = {"name": "Then", "definition": definition(bought(metric_id, 2)), "is_starred": True}
    changed = api.Segments.update_segment(
        made.id, {"data": {"type": "segment", "id": made.id, "attributes": attributes}}
    )
    assert (changed.data.attributes.name, changed.data.attributes.is_starred) == ("Then", True)
    assert changed.data.attributes.is_processing
    assert evaluated(api, made.id).attributes.profile_count == ORDERS - PEOPLE
    api.Segments.delete_segment(made.id)
    with pytest.raises(ApiException) as gone:
        api.Segments.get_segment(made.id)
    assert gone.value.status == 404


def test_a_wrong_definition_says_where(api: KlaviyoAPI, shop: Platform) -> None:
    status, document = shop.call("POST", "/api/segments", segment(name="x", definition=definition(bought("NOSUCH", 1))))
    assert status == 400
    pointer = "/data/attributes/definition/condition_groups/0/conditions/0/metric_id"
    assert document["errors"][0]["source"] == {"pointer": pointer}
