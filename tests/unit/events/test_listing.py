"""GET /api/events: filters, order, pages, includes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.model.ids import profile_id
from tests.unit.calls import BASE, pages
from tests.unit.events.conftest import Shop, make_shop

START = datetime(2024, 1, 15, 12, tzinfo=UTC)


def make_history(shop: Shop) -> Shop:
    """30 events over 30 months: two metrics, three people."""
    metrics = [shop.metric("Placed Order"), shop.metric("Viewed Product")]
    people = [shop.person(f"p{i}@shop.example") for i in range(3)]
    shop.record(
        *(
            {
                "metric": metrics[i % 2],
                "person": people[i % 3],
                "at": START + timedelta(days=30 * i),
                "value": float(i),
            }
            for i in range(30)
        )
    )
    return shop


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """For reading only."""
    return make_history(make_shop(tmp_path_factory.mktemp("history")))


def test_newest_first_over_three_pages_without_repeats(history: Shop) -> None:
    found = pages(history.caller, "/api/events", **{"page[size]": "11"})
    assert [len(page.data) for page in found] == [11, 11, 8]
    times = [event["attributes"]["timestamp"] for page in found for event in page.data]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 30


def test_prev_links_lead_back_to_the_first_page(history: Shop) -> None:
    found = pages(history.caller, "/api/events", sort="datetime", **{"page[size]": "8"})
    back = [history.caller.get(found[-1].document["links"]["prev"])]
    while previous := back[-1].document["links"]["prev"]:
        back.append(history.caller.get(previous))
    assert [page.data for page in reversed(back)] == [page.data for page in found[:-1]]
    assert back[-1].document["links"]["next"] is not None


def test_metric_filter_with_a_time_bound_and_includes(history: Shop) -> None:
    metric = history.metric("Placed Order")
    since = int((START + timedelta(days=600)).timestamp())
    answer = history.caller.get(
        "/api/events",
        filter=f'equals(metric_id,"{metric.id}"),greater-or-equal(timestamp,{since})',
        sort="datetime",
        include="profile,metric",
    )
    assert [event["attributes"]["event_properties"]["$value"] for event in answer.data] == [
        20,
        22,
        24,
        26,
        28,
    ]
    assert {event["relationships"]["metric"]["data"]["id"] for event in answer.data} == {metric.id}
    included = {(one["type"], one["id"]) for one in answer.document["included"]}
    people = {("profile", event["relationships"]["profile"]["data"]["id"]) for event in answer.data}
    assert included == people | {("metric", metric.id)}


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("greater-than(datetime,2024-02-14T12:00:00Z)", 28),
        ("greater-or-equal(datetime,2024-02-14T12:00:00Z)", 29),
        ("less-than(datetime,2024-02-14)", 1),
        ("less-or-equal(datetime,'2024-02-14T12:00:00+0000')", 2),
        ("and(greater-than(datetime,2024-02-14T12:00:00),less-than(timestamp,1715000000))", 2),
        ("has(profile),has(metric)", 30),
        ("equals(metric_id,'ZZZZZZ')", 0),
        ("equals(profile_id,'nobody')", 0),
    ],
)
def test_filters(history: Shop, condition: str, count: int) -> None:
    assert len(history.caller.get("/api/events", filter=condition).data) == count


def test_profile_filter(history: Shop) -> None:
    id_ = profile_id("ABC234", 2)
    found = history.caller.get("/api/events", filter=f'equals(profile_id,"{id_}")').data
    assert len(found) == 10
    assert {event["relationships"]["profile"]["data"]["id"] for event in found} == {id_}


def test_equal_times_are_kept_apart_by_the_event_number(shop: Shop) -> None:
    metric, person = shop.metric("Placed Order"), shop.person("one@shop.example")
    shop.record(*({"metric": metric, "person": person, "at": START, "unique_id": f"u{i}"} for i in range(25)))
    for sort in ("datetime", "-datetime"):
        found = pages(shop.caller, "/api/events", sort=sort, **{"page[size]": "10"})
        ids = [event["id"] for page in found for event in page.data]
        assert len(ids) == len(set(ids)) == 25


def test_rows_that_are_added_meanwhile_make_no_row_repeat_or_vanish(shop: Shop) -> None:
    history = make_history(shop)
    first = history.caller.get("/api/events", **{"page[size]": "10"})
    metric, person = history.metric("Placed Order"), history.person("late@shop.example")
    history.record({"metric": metric, "person": person, "at": START + timedelta(days=899)})
    rest = pages(history.caller, first.document["links"]["next"])
    times = [event["attributes"]["timestamp"] for page in [first, *rest] for event in page.data]
    assert len(times) == len(set(times)) == 30


def test_one_event_with_its_relations(history: Shop) -> None:
    event = history.caller.get("/api/events").data[0]
    assert event["links"]["self"] == f"{BASE}/api/events/{event['id']}"
    assert history.caller.get(f"/api/events/{event['id']}").data == event
    metric = history.caller.get(f"/api/events/{event['id']}/metric").data
    assert metric["attributes"]["name"] == "Viewed Product"
    relation = history.caller.get(f"/api/events/{event['id']}/relationships/metric").data
    assert relation == event["relationships"]["metric"]["data"] == {"type": "metric", "id": metric["id"]}
    person = history.caller.get(f"/api/events/{event['id']}/profile").data
    assert person["attributes"]["email"] == "p2@shop.example"
    relation = history.caller.get(f"/api/events/{event['id']}/relationships/profile").data
    assert relation == {"type": "profile", "id": person["id"]}


def test_event_properties_carry_unique_id_value_and_currency(shop: Shop) -> None:
    person = shop.person("one@shop.example")
    shop.record(
        {
            "metric": shop.metric("Placed Order"),
            "person": person,
            "at": START,
            "unique_id": "order-7",
            "value": 12.5,
            "currency": "EUR",
            "properties": {"Items": [{"ProductID": "a"}]},
        }
    )
    (event,) = shop.caller.get("/api/events").data
    assert event["attributes"]["event_properties"] == {
        "Items": [{"ProductID": "a"}],
        "$event_id": "order-7",
        "$value": 12.5,
        "$value_currency": "EUR",
    }
    assert event["attributes"]["datetime"] == "2024-01-15T12:00:00+00:00"


@pytest.mark.parametrize("id_", ["nothing", "A" * 23, "%20"])
def test_unknown_event_is_404(shop: Shop, id_: str) -> None:
    assert shop.caller.get(f"/api/events/{id_}").error["code"] == "not_found"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("filter", "equals(value,3)"),
        ("filter", "contains(metric_id,'a')"),
        ("filter", "greater-than(datetime,yesterday)"),
        ("filter", "or(equals(metric_id,'a'),equals(metric_id,'b'))"),
        ("filter", "greater-than(timestamp,1e300)"),
        ("sort", "value"),
        ("include", "campaign"),
        ("page[size]", "0"),
        ("page[size]", "1001"),
        ("page[size]", "ten"),
        ("page[cursor]", "garbage!"),
        ("page[cursor]", "https://elsewhere.example/"),
    ],
)
def test_bad_query_is_400_and_names_the_parameter(shop: Shop, parameter: str, value: str) -> None:
    error = shop.caller.get("/api/events", **{parameter: value}).error
    assert (error["status"], error["code"], error["source"]) == (400, "invalid", {"parameter": parameter})


@settings(max_examples=5, deadline=None)
@given(size=st.integers(7, 40), descending=st.booleans())
def test_any_page_size_gives_the_same_rows(history: Shop, size: int, descending: bool) -> None:
    sort = "-timestamp" if descending else "timestamp"
    found = pages(history.caller, "/api/events", sort=sort, **{"page[size]": str(size)})
    times = [event["attributes"]["timestamp"] for page in found for event in page.data]
    assert times == sorted(times, reverse=descending)
    assert len(times) == 30
