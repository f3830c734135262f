"""Tags and their groups over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdp import connect
from cdp.documents import lists, tags
from cdp.ports import Table
from functions.tags.handler import http
from functions.tags.settings import Settings
from functions.tags.spec import SPEC
from functions.tags.writing import MOST_GROUPS, MOST_TAGS
from tests.unit.calls import BASE, Answer, Caller, pages
from tests.unit.lists.conftest import NOW

ACCOUNT = "ABC234"
Body = dict[str, Any]


class Room(Caller):
    def tag(self, name: str, group_id: str | None = None) -> Answer:
        return self("POST", "/api/tags", new("tag", name=name) if group_id is None else _grouped(name, group_id))

    def group(self, name: str, **attributes: Any) -> Answer:
        return self("POST", "/api/tag-groups", new("tag-group", name=name, **attributes))

    def put_on(self, tag_id: str, kind: str, *ids: str, method: str = "POST") -> Answer:
        body = {"data": [{"type": kind, "id": id_} for id_ in ids]}
        return self(method, f"/api/tags/{tag_id}/relationships/{kind}s", body)

    def bearers(self, tag_id: str, kind: str = "list") -> list[str]:
        return [one["id"] for one in self.get(f"/api/tags/{tag_id}/relationships/{kind}s").data]


def new(type_: str, id_: str | None = None, **attributes: Any) -> Body:
    data: Body = {"type": type_, "attributes": attributes}
    return {"data": data if id_ is None else {**data, "id": id_}}


def _grouped(name: str, group_id: str) -> Body:
    body = new("tag", name=name)
    body["data"]["relationships"] = {"tag-group": {"data": {"type": "tag-group", "id": group_id}}}
    return body


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return connect.table(f"sqlite://{tmp_path}/documents.db")


@pytest.fixture
def room(tmp_path: Path) -> Room:
    settings = Settings(f"sqlite://{tmp_path}/documents.db", "memory:", rate_limit_factor=0)
    return Room(http(settings), SPEC, ACCOUNT)


@pytest.fixture
def made(table: Table) -> list[str]:
    """Ids of three lists."""
    return [lists.create(table, ACCOUNT, f"list {n}", "single_opt_in", NOW).id for n in range(3)]


def test_a_tag_belongs_to_the_default_group_unless_another_is_named(room: Room) -> None:
    (default,) = room.get("/api/tag-groups").data
    assert default["attributes"] == {"name": "Default Tag Group", "exclusive": False, "default": True}
    answer = room.tag(" summer ")
    tag = answer.data
    assert (answer.status, tag["attributes"]) == (201, {"name": "summer"})
    assert answer.headers["location"] == f"{BASE}/api/tags/{tag['id']}" == tag["links"]["self"]
    assert tag["relationships"]["tag-group"]["data"] == {"type": "tag-group", "id": default["id"]}
    assert room.get(f"/api/tags/{tag['id']}").data == tag
    own = room.group("Seasons", exclusive=True).data
    assert own["attributes"] == {"name": "Seasons", "exclusive": True, "default": False}
    other = room.tag("winter", own["id"]).data
    assert room.get(f"/api/tags/{other['id']}/tag-group").data == own
    assert room.get(f"/api/tags/{other['id']}/relationships/tag-group").data == {
        "type": "tag-group",
        "id": own["id"],
    }
    assert room.get(f"/api/tag-groups/{own['id']}/tags").data == [other]
    assert room.get(f"/api/tag-groups/{own['id']}/relationships/tags").data == [{"type": "tag", "id": other["id"]}]
    assert room.get(f"/api/tags/{other['id']}", include="tag-group").document["included"] == [own]


def test_the_default_group_is_the_same_at_every_look_and_its_own_in_every_account(room: Room) -> None:
    first = room.get("/api/tag-groups").data
    assert room.get("/api/tag-groups").data == first
    room.account_id = "XYZ789"
    (other,) = room.get("/api/tag-groups").data
    assert other["id"] != first[0]["id"]
    assert room.get(f"/api/tag-groups/{first[0]['id']}").status == 404


def test_a_name_is_taken_within_its_group(room: Room) -> None:
    own = room.group("Own").data["id"]
    room.tag("summer")
    answer = room.tag("SUMMER")
    assert (answer.status, answer.error["code"]) == (409, "conflict")
    assert answer.error["source"] == {"pointer": "/data/attributes/name"}
    assert room.tag("summer", own).status == 201
    assert room.group("OWN").status == 409
    assert room.group("default tag group").status == 409


def test_renaming_frees_the_old_name_and_takes_the_new_one(room: Room) -> None:
    one, two = room.tag("one").data["id"], room.tag("two").data["id"]
    assert room("PATCH", f"/api/tags/{one}", new("tag", one, name="Two")).status == 409
    assert room("PATCH", f"/api/tags/{one}", new("tag", one, name="three")).status == 204
    assert room("PATCH", f"/api/tags/{two}", new("tag", two, name="One")).status == 204
    assert room("PATCH", f"/api/tags/{two}", new("tag", two, name="ONE")).status == 204
    assert [tag["attributes"]["name"] for tag in room.get("/api/tags").data] == ["ONE", "three"]
    group = room.group("A").data["id"]
    assert room("PATCH", f"/api/tag-groups/{group}", new("tag-group", group, name="B")).status == 204
    assert room.get(f"/api/tag-groups/{group}").data["attributes"]["name"] == "B"
    assert room.group("A").status == 201


def test_a_deleted_tag_leaves_everything_and_its_name_is_free(room: Room, table: Table, made: list[str]) -> None:
    id_ = room.tag("summer").data["id"]
    assert room.put_on(id_, "list", *made).status == 204
    assert room("DELETE", f"/api/tags/{id_}").status == 204
    assert room.get(f"/api/tags/{id_}").status == 404
    assert tags.of(table, ACCOUNT, "list", made[0]) == []
    again = room.tag("summer").data["id"]
    assert room.bearers(again) == []


def test_a_deleted_group_takes_its_tags_along(room: Room, table: Table, made: list[str]) -> None:
    group = room.group("Seasons", exclusive=True).data["id"]
    tag, kept = room.tag("summer", group).data["id"], room.tag("kept").data["id"]
    room.put_on(tag, "list", made[0])
    room.put_on(kept, "list", made[0])
    assert room("DELETE", f"/api/tag-groups/{group}").status == 204
    assert room.get(f"/api/tag-groups/{group}").status == 404
    assert [one.id for one in tags.of(table, ACCOUNT, "list", made[0])] == [kept]
    assert [one["id"] for one in room.get("/api/tags").data] == [kept]
    assert room.group("Seasons").status == 201


def test_the_default_group_stays(room: Room) -> None:
    (default,) = room.get("/api/tag-groups").data
    assert room("DELETE", f"/api/tag-groups/{default['id']}").status == 400
    assert room.get("/api/tag-groups").data == [default]


def test_tags_stand_on_lists(room: Room, table: Table, made: list[str]) -> None:
    summer, sale = room.tag("summer").data["id"], room.tag("sale").data["id"]
    assert room.put_on(summer, "list", made[0], made[1], made[0]).status == 204
    assert room.put_on(summer, "list", made[1]).status == 204
    room.put_on(sale, "list", made[1])
    assert room.bearers(summer) == sorted(made[:2])
    assert [one.name for one in tags.of(table, ACCOUNT, "list", made[1])] == ["sale", "summer"]
    assert room.put_on(summer, "list", made[1], made[2], method="DELETE").status == 204
    assert room.bearers(summer) == made[:1]
    assert [one.name for one in tags.of(table, ACCOUNT, "list", made[1])] == ["sale"]


def test_one_tag_of_an_exclusive_group_on_a_list(room: Room, table: Table, made: list[str]) -> None:
    group = room.group("Seasons", exclusive=True).data["id"]
    summer, winter = room.tag("summer", group).data["id"], room.tag("winter", group).data["id"]
    assert room.put_on(summer, "list", made[0]).status == 204
    answer = room.put_on(winter, "list", made[1], made[0])
    assert (answer.status, answer.error["source"]) == (409, {"pointer": "/data/1/id"})
    assert room.bearers(winter) == []
    assert room.put_on(winter, "list", made[0], method="DELETE").status == 204
    assert room.bearers(summer) == [made[0]]
    room.put_on(summer, "list", made[0], method="DELETE")
    assert room.put_on(winter, "list", made[0]).status == 204
    assert [one.name for one in tags.of(table, ACCOUNT, "list", made[0])] == ["winter"]


def test_the_place_of_a_tag_that_was_deleted_is_free(room: Room, table: Table, made: list[str]) -> None:
    """A deletion that stopped before it took the tag off."""
    group = room.group("Seasons", exclusive=True).data["id"]
    summer, winter = room.tag("summer", group).data["id"], room.tag("winter", group).data["id"]
    room.put_on(summer, "list", made[0])
    stored = tags.TAGS.get(table, ACCOUNT, summer)
    assert stored is not None
    table.write([[tags.TAGS.delete(ACCOUNT, stored)]])
    assert tags.of(table, ACCOUNT, "list", made[0]) == []
    assert room.put_on(winter, "list", made[0]).status == 204


@pytest.mark.parametrize("kind", ["list", "segment", "campaign", "flow"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_what_does_not_exist_bears_no_tag(room: Room, made: list[str], kind: str, method: str) -> None:
    tag = room.tag("summer").data["id"]
    ids = [made[0], "Nobody"] if kind == "list" else ["Nobody"]
    answer = room.put_on(tag, kind, *ids, method=method)
    assert (answer.status, answer.error["source"]["pointer"]) == (404, f"/data/{len(ids) - 1}/id")
    assert room.bearers(tag, kind) == []


def test_a_list_bears_at_most_100_tags(room: Room, table: Table, made: list[str]) -> None:
    group = tags.default_group(table, ACCOUNT, NOW)
    many = [tags.Tag(f"t{n:03d}", f"tag {n}", group.id, NOW, NOW) for n in range(101)]
    table.write([[tags.TAGS.put(ACCOUNT, tag, 0)] for tag in many])
    for tag in many[:100]:
        assert room.put_on(tag.id, "list", made[0]).status == 204
    answer = room.put_on("t100", "list", made[1], made[0])
    assert (answer.status, answer.error["source"]) == (400, {"pointer": "/data/1/id"})
    assert room.bearers("t100") == []
    assert room.put_on("t099", "list", made[0]).status == 204


def test_an_account_has_at_most_500_tags_and_50_groups(room: Room, table: Table) -> None:
    group = tags.default_group(table, ACCOUNT, NOW)
    many = [tags.Tag(f"t{n:03d}", f"tag {n}", group.id, NOW, NOW) for n in range(MOST_TAGS)]
    table.write([[tags.TAGS.put(ACCOUNT, tag, 0)] for tag in many])
    assert (MOST_TAGS, room.tag("one more").status) == (500, 400)
    for n in range(MOST_GROUPS - 1):
        assert room.group(f"group {n}").status == 201
    assert (MOST_GROUPS, room.group("one more").status) == (50, 400)


@pytest.mark.parametrize("sort", ["name", "-name", "id", "-id"])
def test_tags_in_pages_in_every_order(room: Room, table: Table, sort: str) -> None:
    group = tags.default_group(table, ACCOUNT, NOW)
    many = [tags.Tag(f"t{n:03d}", f"tag {n * 7 % 120:03d}", group.id, NOW, NOW) for n in range(120)]
    table.write([[tags.TAGS.put(ACCOUNT, tag, 0)] for tag in many])
    found = pages(room, "/api/tags", sort=sort, include="tag-group")
    assert [len(page.data) for page in found] == [50, 50, 20]
    assert [one["id"] for page in found for one in page.document["included"]] == [group.id] * 3
    field = sort.removeprefix("-")
    expected = sorted(many, key=lambda tag: str(getattr(tag, field)), reverse=sort.startswith("-"))
    assert [one["id"] for page in found for one in page.data] == [tag.id for tag in expected]


@pytest.mark.parametrize("sort", ["name", "-id"])
@pytest.mark.parametrize(
    ("filter_", "names"),
    [
        ('equals(name,"summer")', ["summer"]),
        ('contains(name,"mm")', ["midsummer", "summer", "summer sale"]),
        ('starts-with(name,"summer")', ["summer", "summer sale"]),
        ('ends-with(name,"summer")', ["midsummer", "summer"]),
        ('starts-with(name,"s"),ends-with(name,"e")', ["summer sale"]),
        ('contains(name,"x")', []),
    ],
)
def test_filters_of_tags(room: Room, filter_: str, names: list[str], sort: str) -> None:
    for name in ("summer", "midsummer", "summer sale", "winter"):
        room.tag(name)
        room.group(name)
    for collection in ("tags", "tag-groups"):
        found = room.get(f"/api/{collection}", filter=filter_, sort=sort).data
        assert sorted(one["attributes"]["name"] for one in found) == names


@pytest.mark.parametrize(
    ("filter_", "names"),
    [
        ("equals(exclusive,true)", ["b"]),
        ("equals(exclusive,false)", ["Default Tag Group", "a"]),
        ("equals(default,true)", ["Default Tag Group"]),
        ("equals(default,false)", ["a", "b"]),
        ("equals(default,false),equals(exclusive,false)", ["a"]),
    ],
)
def test_filters_of_groups(room: Room, filter_: str, names: list[str]) -> None:
    room.group("b", exclusive=True)
    room.group("a", exclusive=None)
    assert [one["attributes"]["name"] for one in room.get("/api/tag-groups", filter=filter_).data] == names


@pytest.mark.parametrize("sort", ["name", "-name", "id", "-id"])
def test_groups_in_pages(room: Room, sort: str) -> None:
    for n in range(49):
        assert room.group(f"group {n:02d}").status == 201
    found = pages(room, "/api/tag-groups", sort=sort)
    assert [len(page.data) for page in found] == [25, 25]
    keys = [one["attributes"]["name"] if "name" in sort else one["id"] for page in found for one in page.data]
    assert keys == sorted(keys, reverse=sort.startswith("-"))
    assert len(set(keys)) == 50


@pytest.mark.parametrize(
    ("method", "path", "sent", "pointer"),
    [
        ("POST", "/api/tags", new("tag", name=""), "/data/attributes/name"),
        ("POST", "/api/tags", new("tag", name="x" * 256), "/data/attributes/name"),
        ("POST", "/api/tags", new("tag"), "/data/attributes/name"),
        ("POST", "/api/tags", new("list", name="x"), "/data/type"),
        ("POST", "/api/tag-groups", new("tag-group", name="x", exclusive="yes"), "/data/attributes/exclusive"),
        ("PATCH", "/api/tags/t", new("tag", "u", name="x"), "/data/id"),
        ("PATCH", "/api/tag-groups/t", new("tag-group", "u", name="x"), "/data/id"),
    ],
)
def test_a_bad_body_names_the_field(room: Room, method: str, path: str, sent: Body, pointer: str) -> None:
    answer = room(method, path, sent)
    assert (answer.status, answer.error["source"]) == (400, {"pointer": pointer})


def test_a_tag_cannot_be_made_in_a_group_that_is_not_there(room: Room) -> None:
    answer = room.tag("x", "nowhere")
    assert (answer.status, answer.error["source"]) == (404, {"pointer": "/data/relationships/tag-group/data/id"})


def test_another_type_in_a_relationship_is_refused(room: Room, made: list[str]) -> None:
    tag = room.tag("x").data["id"]
    body = {"data": [{"type": "list", "id": made[0]}, {"type": "flow", "id": "f"}]}
    answer = room("POST", f"/api/tags/{tag}/relationships/lists", body)
    assert (answer.status, answer.error["source"]) == (400, {"pointer": "/data/1/type"})


@pytest.mark.parametrize("path", [route.path for route in SPEC.routes if "{id}" in route.path and route.method == "GET"])
def test_an_unknown_id_is_not_found(room: Room, path: str) -> None:
    assert room.get(path.replace("{id}", "nobody")).status == 404
    assert room("DELETE", "/api/tags/nobody").status == 404
    assert room("DELETE", "/api/tag-groups/nobody").status == 404
    assert room("PATCH", "/api/tags/nobody", new("tag", "nobody", name="x")).status == 404


@pytest.mark.parametrize(
    ("path", "query", "parameter"),
    [
        ("tags", {"filter": 'any(name,["x"])'}, "filter"),
        ("tags", {"filter": 'equals(id,"x")'}, "filter"),
        ("tags", {"sort": "created"}, "sort"),
        ("tags", {"include": "lists"}, "include"),
        ("tags", {"page[size]": "51"}, "page[size]"),
        ("tag-groups", {"filter": 'equals(exclusive,"x")'}, "filter"),
        ("tag-groups", {"page[size]": "26"}, "page[size]"),
    ],
)
def test_a_bad_query_names_its_parameter(room: Room, path: str, query: dict[str, str], parameter: str) -> None:
    answer = room.get(f"/api/{path}", **query)
    assert (answer.status, answer.error["source"]) == (400, {"parameter": parameter})
