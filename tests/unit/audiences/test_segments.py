"""The segment resource over HTTP (SPEC §4.1, §1.5)."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.documents import listeners, lists, tags
from cdp.documents.tags import Tag
from tests.unit.audiences.conftest import Shop, body, definition, did, is_called, member, open_shop
from tests.unit.calls import pages

ANNA = is_called("Anna")


def test_a_segment_is_made_shown_changed_and_deleted(shop: Shop) -> None:
    metric = shop.metric("Placed Order")
    made = shop.create("VIP", [did(metric, 2)], [ANNA], is_starred=True)
    assert made.status == 201
    id_ = made.data["id"]
    assert made.headers["location"] == made.data["links"]["self"]
    wanted = definition([did(metric, 2)], [ANNA])
    shown = shop.caller.get(f"/api/segments/{id_}").data["attributes"]
    assert shown == made.data["attributes"]
    assert (shown["name"], shown["definition"], shown["is_starred"]) == ("VIP", wanted, True)
    assert (shown["is_active"], shown["is_processing"], shown["evaluated_at"]) == (True, True, None)

    changed = shop.caller("PATCH", f"/api/segments/{id_}", body(id_, name="Best", is_starred=False)).data
    assert changed["attributes"]["name"] == "Best"
    assert changed["attributes"]["is_starred"] is False
    assert changed["attributes"]["definition"] == wanted
    assert shop.caller("DELETE", f"/api/segments/{id_}").status == 204
    assert shop.caller.get(f"/api/segments/{id_}").status == 404
    assert shop.caller("DELETE", f"/api/segments/{id_}").error["code"] == "not_found"
    assert shop.caller("PATCH", f"/api/segments/{id_}", body(id_, name="x")).status == 404


def test_processing_ends_with_the_first_full_pass_and_begins_with_a_new_definition(shop: Shop) -> None:
    id_ = shop.make("Annas", [ANNA])
    first = shop.segment(id_)
    assert first.is_processing is False
    assert first.evaluated_at is not None
    assert shop.caller.get(f"/api/segments/{id_}").data["attributes"]["evaluated_at"] is not None
    changed = shop.caller("PATCH", f"/api/segments/{id_}", body(id_, definition=definition([is_called("Bea")])))
    assert changed.data["attributes"]["is_processing"] is True
    named = shop.caller("PATCH", f"/api/segments/{id_}", body(id_, name="Beas"))
    assert named.data["attributes"]["is_processing"] is True
    shop.drain()
    assert shop.segment(id_).is_processing is False


def test_it_listens_to_its_metrics_and_to_profiles_until_it_is_gone(shop: Shop) -> None:
    placed, viewed = shop.metric("Placed Order"), shop.metric("Viewed Product")
    id_ = shop.create("Buyers", [did(placed)]).data["id"]
    assert listeners.metrics(shop.table, shop.account) == {placed, listeners.PROFILES}
    shop.caller("PATCH", f"/api/segments/{id_}", body(id_, definition=definition([did(viewed)])))
    assert listeners.metrics(shop.table, shop.account) == {viewed, listeners.PROFILES}
    shop.caller("PATCH", f"/api/segments/{id_}", body(id_, is_active=False))
    assert listeners.metrics(shop.table, shop.account) == set()
    again = shop.caller("PATCH", f"/api/segments/{id_}", body(id_, is_active=True)).data["attributes"]
    assert again["is_processing"] is True
    assert listeners.metrics(shop.table, shop.account) == {viewed, listeners.PROFILES}
    shop.caller("DELETE", f"/api/segments/{id_}")
    assert listeners.metrics(shop.table, shop.account) == set()


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"name": " ", "definition": definition([ANNA])}, "/data/attributes/name"),
        ({"name": "n" * 256, "definition": definition([ANNA])}, "/data/attributes/name"),
        ({"definition": definition([ANNA])}, "/data/attributes/name"),
        ({"name": "x"}, "/data/attributes/definition"),
        ({"name": "x", "definition": definition([ANNA]), "is_starred": 1}, "/data/attributes/is_starred"),
    ],
)
def test_a_wrong_body_is_refused_with_its_field(shop: Shop, attributes: dict[str, Any], pointer: str) -> None:
    assert shop.caller("POST", "/api/segments", body(**attributes)).error["source"] == {"pointer": pointer}


def test_what_a_definition_names_must_exist(shop: Shop) -> None:
    at = "/data/attributes/definition/condition_groups/0/conditions/1"
    error = shop.create("x", [ANNA, did("NOSUCH")]).error
    assert (error["status"], error["source"]) == (400, {"pointer": f"{at}/metric_id"})
    list_ = lists.create(shop.table, shop.account, "News", "single_opt_in", shop.segment(shop.make("y", [ANNA])).created)
    error = shop.create("x", [ANNA, member(list_.id, "NOSUCH")]).error
    assert error["source"] == {"pointer": f"{at}/group_ids/1"}
    assert shop.create("x", [ANNA, member(list_.id)]).status == 201


def test_segments_do_not_depend_on_each_other_in_a_circle(shop: Shop) -> None:
    first = shop.create("first", [ANNA]).data["id"]
    second = shop.create("second", [member(first)]).data["id"]
    third = shop.create("third", [member(second)]).data["id"]
    for id_ in (first, second, third):
        changed = shop.caller("PATCH", f"/api/segments/{first}", body(first, definition=definition([member(id_)])))
        assert "circle" in changed.error["detail"]
        assert changed.error["source"]["pointer"].endswith("/conditions/0/group_ids/0")
    assert shop.segment(first).group_ids == ()


def test_the_id_of_the_body_is_that_of_the_path(shop: Shop) -> None:
    id_ = shop.create("first", [ANNA]).data["id"]
    changed = shop.caller("PATCH", f"/api/segments/{id_}", body("OTHER1", name="x"))
    assert changed.error["source"] == {"pointer": "/data/id"}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, list[dict[str, Any]]]:
    """25 segments of an account, as they are shown, in order of their making."""
    shop = open_shop(tmp_path_factory.mktemp("many"))
    made = [
        shop.create(f"Segment {n * 7 % 25:02d}", [ANNA], is_starred=n % 4 == 0).data for n in range(25)
    ]
    off = made[3]["id"]
    made[3] = shop.caller("PATCH", f"/api/segments/{off}", body(off, is_active=False)).data
    return shop, made


@pytest.mark.parametrize("sort", ["created", "id", "name", "updated", "-created", "-id", "-name", "-updated"])
def test_a_listing_in_every_order_over_three_pages(many: tuple[Shop, list[dict[str, Any]]], sort: str) -> None:
    shop, made = many
    found = pages(shop.caller, "/api/segments", sort=sort)
    assert [len(page.data) for page in found] == [10, 10, 5]
    rows = [one for page in found for one in page.data]
    assert {one["id"] for one in rows} == {one["id"] for one in made}
    field = sort.removeprefix("-")
    keys = [one["id"] if field == "id" else one["attributes"][field] for one in rows]
    assert keys == sorted(keys, reverse=sort.startswith("-"))
    back = shop.caller.get(found[2].document["links"]["prev"])
    assert [one["id"] for one in back.data] == [one["id"] for one in found[1].data]


def test_every_filter(many: tuple[Shop, list[dict[str, Any]]]) -> None:
    shop, made = many

    def ids(filter_: str) -> list[str]:
        found = pages(shop.caller, "/api/segments", filter=filter_)
        return sorted(one["id"] for page in found for one in page.data)

    def those(*numbers: int) -> list[str]:
        return sorted(made[n]["id"] for n in numbers)

    assert ids(f'equals(id,"{made[1]["id"]}")') == those(1)
    assert ids(f'any(id,["{made[1]["id"]}","{made[2]["id"]}","NOSUCH"])') == those(1, 2)
    assert ids(f'equals(name,"{made[5]["attributes"]["name"]}")') == those(5)
    assert ids(f'any(name,["{made[5]["attributes"]["name"]}","Segment 00"])') == those(0, 5)
    assert ids("equals(is_starred,true)") == those(*range(0, 25, 4))
    assert ids("equals(is_active,false)") == those(3)
    assert len(ids("any(is_active,[true,false])")) == 25
    assert ids("greater-than(created,2020-01-01T00:00:00Z)") == those(*range(25))
    assert ids("greater-than(updated,2099-01-01T00:00:00Z)") == []
    assert ids('equals(is_starred,true),equals(name,"Segment 00")') == those(0)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"filter": "equals(created,2020-01-01T00:00:00Z)"}, "filter"),
        ({"filter": 'contains(name,"x")'}, "filter"),
        ({"sort": "is_active"}, "sort"),
        ({"include": "profiles"}, "include"),
        ({"page[size]": "11"}, "page[size]"),
        ({"page[cursor]": "zzz"}, "page[cursor]"),
    ],
)
def test_a_wrong_query_is_refused(shop: Shop, query: dict[str, str], parameter: str) -> None:
    assert shop.caller("GET", "/api/segments", query=query).error["source"] == {"parameter": parameter}


def test_fields_tags_and_flows(shop: Shop) -> None:
    created = shop.create("VIP", [ANNA]).data
    id_, at = created["id"], shop.segment(created["id"]).created
    group = tags.default_group(shop.table, shop.account, at)
    tag = Tag("11111111-2222-8333-8444-555555555555", "season", group.id, at, at)
    shop.table.write([[tags.TAGS.put(shop.account, tag, 0)]])
    assert tags.attach(shop.table, shop.account, "segment", id_, tag, group)
    one = shop.caller.get(f"/api/segments/{id_}", include="tags,flow-triggers", **{"fields[segment]": "name"})
    assert one.data["attributes"] == {"name": "VIP"}
    assert one.data["relationships"]["tags"]["data"] == [{"type": "tag", "id": tag.id}]
    assert [(i["type"], i["attributes"]) for i in one.document["included"]] == [("tag", {"name": "season"})]
    listed = shop.caller.get("/api/segments", include="tags")
    assert [i["id"] for i in listed.document["included"]] == [tag.id]
    assert [t["id"] for t in shop.caller.get(f"/api/segments/{id_}/tags").data] == [tag.id]
    assert shop.caller.get(f"/api/segments/{id_}/relationships/tags").data == [{"type": "tag", "id": tag.id}]
    for path in ("flow-triggers", "relationships/flow-triggers"):
        assert shop.caller.get(f"/api/segments/{id_}/{path}").data == []
        assert shop.caller.get(f"/api/segments/NOSUCH/{path}").status == 404
    shop.caller("DELETE", f"/api/segments/{id_}")
    assert tags.resources(shop.table, shop.account, "segment", tag.id) == []


def test_members_and_their_number(shop: Shop) -> None:
    id_ = shop.make("Annas", [ANNA])
    for n in range(45):
        shop.record(f"p{n}", first_name="Anna", email=f"anna{n}@shop.example")
    shop.record("other", first_name="Bea")
    shop.drain()
    one = shop.caller.get(f"/api/segments/{id_}", **{"additional-fields[segment]": "profile_count"})
    assert one.data["attributes"]["profile_count"] == 45
    for sort in ("joined_group_at", "-joined_group_at"):
        found = pages(shop.caller, f"/api/segments/{id_}/profiles", sort=sort)
        assert [len(page.data) for page in found] == [20, 20, 5]
        assert len({one["id"] for page in found for one in page.data}) == 45
    assert all(one["attributes"]["joined_group_at"] for one in found[0].data)
    identifiers = shop.caller.get(f"/api/segments/{id_}/relationships/profiles", **{"page[size]": "100"}).data
    assert len(identifiers) == 45
    wanted = shop.id("p7")
    for filter_ in (f'equals(profile_id,"{wanted}")', 'any(email,["anna7@shop.example","nobody@shop.example"])'):
        assert [m["id"] for m in shop.caller.get(f"/api/segments/{id_}/profiles", filter=filter_).data] == [wanted]
    late = shop.caller.get(f"/api/segments/{id_}/profiles", filter="greater-than(joined_group_at,2099-01-01)")
    assert late.data == []


def test_a_day_has_its_limit(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from functions.audiences.handler import http
    from tests.unit.calls import Caller

    limited = Caller(http(replace(shop.settings, rate_limit_factor=100)), shop.caller.spec, shop.account)
    monkeypatch.setattr("functions.audiences.writing.A_DAY", 0.02)
    answers = [limited("POST", "/api/segments", body(name="x", definition=definition([ANNA]))) for _ in range(3)]
    assert [answer.status for answer in answers] == [201, 201, 429]
    assert int(answers[2].headers["retry-after"]) > 0
