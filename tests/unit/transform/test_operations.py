"""The resource: creating, reading, listing, changing and deleting transformations, and previews."""

from __future__ import annotations

import msgspec
import pytest

from cdp.documents import plans, transformations
from cdp.errors import Unavailable
from tests.unit.calls import pages
from tests.unit.transform.conftest import Room, body, capitals


def test_a_new_transformation_is_shown_whole(room: Room) -> None:
    answer = room.create(name=" Cities ", **capitals("City"))
    assert answer.status == 201
    assert answer.data["type"] == "data-transformation"
    shown = answer.data["attributes"]
    assert answer.headers["location"] == answer.data["links"]["self"]
    assert (shown["name"], shown["method"], shown["property"]) == ("Cities", "format", "City")
    assert shown["options"] == {
        "remove_spaces": False,
        "delete_quotes": False,
        "delete_special_characters": False,
        "capitalize_words": True,
        "revise_date": None,
        "day_first": False,
    }
    assert (shown["properties"], shown["rules"], shown["result"]) == (None, None, "City_transformed")
    assert (shown["active"], shown["status"], shown["processed"], shown["total"]) == (True, "in_progress", 0, 0)
    assert room.work() == 1
    done = room.shown(answer.data["id"])
    assert done["status"] == "active"
    assert done["completed_at"] is not None


def test_without_a_name_it_is_named_after_what_it_does(room: Room) -> None:
    assert room.create(**capitals("City")).data["attributes"]["name"] == "Format City"


def test_an_inactive_one_waits(room: Room) -> None:
    id_ = room.create(**capitals("City"), active=False).data["id"]
    assert room.work() == 0
    assert room.shown(id_)["status"] == "inactive"
    room.write("ann@shop.example", properties={"City": "lyon"})
    assert room.properties("ann@shop.example") == {"City": "lyon"}
    assert room.change(id_, active=True).data["attributes"]["status"] == "in_progress"
    room.work()
    assert room.properties("ann@shop.example") == {"City": "lyon", "City_transformed": "Lyon"}


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"property": "a"}, "/method"),
        ({"method": "shout", "property": "a"}, "/method"),
        ({"method": "format", "options": {"remove_spaces": True}}, "/property"),
        ({"method": "format", "property": "a"}, "/options"),
        ({"method": "format", "property": "a", "options": {}}, "/options"),
        ({"method": "format", "property": "a", "options": {"trim": True}}, "/options/trim"),
        ({"method": "format", "property": "a", "options": {"remove_spaces": 1}}, "/options/remove_spaces"),
        ({"method": "format", "property": "a", "options": {"revise_date": "year"}}, "/options/revise_date"),
        (
            {"method": "format", "property": "a", "options": {"remove_spaces": True, "day_first": True}},
            "/options/day_first",
        ),
        (capitals("a_transformed"), "/property"),
        (capitals("  "), "/property"),
        (capitals("x" * 256), "/property"),
        (capitals("a", rules=[]), "/rules"),
        (capitals("a", name=" "), "/name"),
        (capitals("a", name=7), "/name"),
        (capitals("a", active="yes"), "/active"),
        ({"method": "merge", "properties": ["a"]}, "/properties"),
        ({"method": "merge", "properties": [str(i) for i in range(11)]}, "/properties"),
        ({"method": "merge", "properties": ["a", "b", "a"]}, "/properties/2"),
        ({"method": "merge", "properties": ["a", "b_transformed"]}, "/properties/1"),
        ({"method": "standardize", "property": "a"}, "/rules"),
        ({"method": "standardize", "property": "a", "rules": [{}]}, "/rules/0/operator"),
        ({"method": "standardize", "property": "a", "options": {"table": "planets"}}, "/options/table"),
        ({"prebuilt": "planets"}, "/prebuilt"),
    ],
)
def test_faults_are_pointed_at(room: Room, attributes: dict[str, object], pointer: str) -> None:
    error = room.create(**attributes).error
    assert (error["status"], error["source"]["pointer"]) == (400, f"/data/attributes{pointer}")
    assert room.caller.get("/api/data-transformations").data == []


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({"operator": "is", "values": ["a"], "replacement": "b"}, "/0/operator"),
        ({"operator": "equals", "values": [], "replacement": "b"}, "/0/values"),
        ({"operator": "equals", "values": [str(i) for i in range(31)], "replacement": "b"}, "/0/values"),
        ({"operator": "equals", "values": ["a", 1], "replacement": "b"}, "/0/values/1"),
        ({"operator": "equals", "values": [1, True], "replacement": "b"}, "/0/values/1"),
        ({"operator": "contains", "values": [1], "replacement": "b"}, "/0/values/0"),
        ({"operator": "contains", "values": [" "], "replacement": "b"}, "/0/values/0"),
        ({"operator": "equals", "values": ["x" * 256], "replacement": "b"}, "/0/values/0"),
        ({"operator": "equals", "values": ["a"], "replacement": "x" * 256}, "/0/replacement"),
        ({"operator": "equals", "values": ["a"], "replacement": None}, "/0/replacement"),
        ({"operator": "equals", "values": ["a"], "replacement": "b", "else": "c"}, "/0/else"),
    ],
)
def test_faults_of_rules_are_pointed_at(room: Room, rule: dict[str, object], pointer: str) -> None:
    error = room.create(method="standardize", property="a", rules=[rule]).error
    assert (error["status"], error["source"]["pointer"]) == (400, f"/data/attributes/rules{pointer}")


def test_at_most_ten_rules(room: Room) -> None:
    rule = {"operator": "equals", "values": ["a"], "replacement": "b"}
    error = room.create(method="standardize", property="a", rules=[rule] * 11).error
    assert error["source"]["pointer"] == "/data/attributes/rules"
    assert room.create(method="standardize", property="a", rules=[rule] * 10).status == 201


def test_one_of_a_method_per_property(room: Room) -> None:
    first = room.create(**capitals("City")).data["id"]
    error = room.create(**capitals("City")).error
    assert (error["status"], error["code"], error["meta"]) == (409, "conflict", {"transformation_id": first})
    assert error["source"]["pointer"] == "/data/attributes/property"
    rule = {"operator": "equals", "values": ["a"], "replacement": "b"}
    assert room.create(method="standardize", property="City", rules=[rule]).status == 201
    assert room.create(method="merge", properties=["City", "Town"]).status == 201
    assert room.create(method="merge", properties=["City", "Place"]).error["status"] == 409
    assert room.create(method="merge", properties=["Town", "City"]).status == 201


def test_at_most_thirty_are_active(room: Room) -> None:
    ids = [room.create(**capitals(f"p{i}")).data["id"] for i in range(30)]
    error = room.create(**capitals("one more")).error
    assert (error["status"], error["source"]["pointer"]) == (400, "/data/attributes/active")
    waiting = room.create(**capitals("one more"), active=False).data["id"]
    assert room.change(waiting, active=True).error["source"]["pointer"] == "/data/attributes/active"
    room.change(ids[0], active=False)
    assert room.change(waiting, active=True).status == 200


def test_what_can_be_changed(room: Room) -> None:
    id_ = room.create(method="merge", properties=["City", "Town"], name="Cities").data["id"]
    room.work()
    assert room.change(id_, name="Places").data["attributes"]["status"] == "active"
    changed = room.change(id_, properties=["City", "Place", "Town"]).data["attributes"]
    assert (changed["properties"], changed["status"]) == (["City", "Place", "Town"], "in_progress")
    for attributes, pointer in (
        ({"properties": ["Town", "City"]}, "/properties/0"),
        ({"method": "format", "property": "City", "options": {"remove_spaces": True}}, "/properties"),
        ({"properties": ["City"]}, "/properties"),
        ({"active": None}, "/active"),
    ):
        assert room.change(id_, **attributes).error["source"]["pointer"] == f"/data/attributes{pointer}"
    other = room.caller("PATCH", f"/api/data-transformations/{id_}", {"data": {**body()["data"], "id": "zzz"}})
    assert other.error["source"]["pointer"] == "/data/id"


def test_the_property_of_a_format_stays(room: Room) -> None:
    id_ = room.create(**capitals("City")).data["id"]
    assert room.change(id_, property="Town").error["source"]["pointer"] == "/data/attributes/property"
    assert room.change(id_, property="City", options={"remove_spaces": True}).data["attributes"]["options"]["remove_spaces"]


def test_deleting_leaves_what_was_written(room: Room) -> None:
    room.write("ann@shop.example", properties={"City": "lyon"})
    id_ = room.create(**capitals("City")).data["id"]
    room.work()
    assert room.caller("DELETE", f"/api/data-transformations/{id_}").status == 204
    assert room.properties("ann@shop.example")["City_transformed"] == "Lyon"
    room.write("ann@shop.example", properties={"City": "paris"})
    assert room.properties("ann@shop.example")["City_transformed"] == "Lyon"
    for method in ("GET", "DELETE"):
        assert room.caller(method, f"/api/data-transformations/{id_}").error["status"] == 404
    assert room.change(id_, name="x").error["status"] == 404


@pytest.mark.parametrize(
    ("filter_", "names"),
    [
        ("equals(name,'b 1')", ["B 1"]),
        ("any(name,['b 1','a 0'])", ["A 0", "B 1"]),
        ("contains(name,'3')", ["A 3"]),
        ("starts-with(name,'a')", ["A 0", "A 3"]),
        ("ends-with(name,'2')", ["C 2"]),
        ("equals(method,'merge')", ["C 2"]),
        ("any(method,['merge','standardize'])", ["B 1", "C 2"]),
        ("equals(status,'inactive')", ["B 1"]),
        ("equals(status,'in_progress'),equals(method,'format')", ["A 0", "A 3"]),
        ("equals(property,'p5')", ["C 2"]),
        ("greater-than(created,2000-01-01T00:00:00Z)", ["A 0", "A 3", "B 1", "C 2"]),
        ("less-than(created,2000-01-01T00:00:00Z)", []),
        ("less-or-equal(updated,2100-01-01T00:00:00Z)", ["A 0", "A 3", "B 1", "C 2"]),
        ("equals(created,2000-01-01T00:00:00Z)", []),
    ],
)
def test_filters(room: Room, filter_: str, names: list[str]) -> None:
    rule = {"operator": "equals", "values": ["a"], "replacement": "b"}
    room.create(name="A 0", **capitals("p0"))
    room.create(name="B 1", method="standardize", property="p1", rules=[rule], active=False)
    room.create(name="C 2", method="merge", properties=["p2", "p5"])
    room.create(name="A 3", **capitals("p3"))
    answer = room.caller.get("/api/data-transformations", filter=filter_, sort="name")
    assert [one["attributes"]["name"] for one in answer.data] == names


@pytest.mark.parametrize("sort", ["created", "id", "name", "status", "updated"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_sort_over_three_pages(room: Room, sort: str, sign: str) -> None:
    for i in range(5):
        room.create(name=f"N {i * 7 % 5}", **capitals(f"p{i}"), active=i % 2 == 0)
    read = pages(room.caller, "/api/data-transformations", sort=sign + sort, **{"page[size]": "2"})
    assert [len(page.data) for page in read] == [2, 2, 1]
    rows = [one for page in read for one in page.data]
    values = [one["id"] if sort == "id" else one["attributes"][sort] for one in rows]
    assert values == sorted(values, reverse=sign == "-")
    assert len({one["id"] for one in rows}) == 5
    back = room.caller.get(read[1].document["links"]["prev"])
    assert back.data == read[0].data


def test_unknown_filters_and_sorts_are_refused(room: Room) -> None:
    for query in ({"filter": "equals(colour,'x')"}, {"sort": "colour"}, {"page[size]": "0"}):
        error = room.caller.get("/api/data-transformations", **query).error
        assert error["source"]["parameter"] == next(iter(query))


def test_prebuilt(room: Room) -> None:
    shown = {
        name: room.create(prebuilt=name).data["attributes"]
        for name in ("first_names", "country_names", "us_states", "birthdays")
    }
    assert {name: (one["method"], one["property"]) for name, one in shown.items()} == {
        "first_names": ("format", "first_name"),
        "country_names": ("standardize", "location.country"),
        "us_states": ("standardize", "location.region"),
        "birthdays": ("format", "Birthday"),
    }
    room.write(
        "ann@shop.example",
        first_name="  ANN  marie",
        location={"country": "Deutschland", "region": "Calif."},
        properties={"Birthday": "May 3rd, 1990"},
    )
    assert room.properties("ann@shop.example") == {
        "Birthday": "May 3rd, 1990",
        "Birthday_transformed": "1990-05-03",
        "first_name_transformed": "Ann Marie",
        "location.country_transformed": "Germany",
        "location.region_transformed": "California",
    }


def test_a_prebuilt_one_can_be_adjusted(room: Room) -> None:
    adjusted = room.create(prebuilt="birthdays", property="Geburtstag", options={"revise_date": "date", "day_first": True})
    room.write("ann@shop.example", properties={"Geburtstag": "3.4.1990"})
    assert adjusted.data["attributes"]["property"] == "Geburtstag"
    assert room.properties("ann@shop.example")["Geburtstag_transformed"] == "1990-04-03"


def preview(room: Room, **attributes: object) -> list[tuple[object, object]]:
    document = {"data": {"type": "data-transformation-preview", "attributes": attributes}}
    answer = room.caller("POST", "/api/data-transformation-previews", document)
    assert answer.data["type"] == "data-transformation-preview"
    return [(pair["before"], pair["after"]) for pair in answer.data["attributes"]["results"]]


def test_a_preview_of_values(room: Room) -> None:
    assert preview(room, definition=capitals("City"), values=["new york", 7, None, ["a b", True]]) == [
        ("new york", "New York"), (7, 7), (None, None), (["a b", True], ["A B", True]),
    ]  # fmt: skip
    merge = {"method": "merge", "properties": ["City", "Town"]}
    assert preview(room, definition=merge, values=[{"City": " ", "Town": "Lyon"}, {}]) == [
        ({"City": " ", "Town": "Lyon"}, "Lyon"), ({}, None),
    ]  # fmt: skip
    assert room.caller.get("/api/data-transformations").data == []


def test_a_preview_of_a_sample(room: Room) -> None:
    people = [(f"p{i}@shop.example", {"properties": {"City": f"city {i}"} if i % 2 else {"Town": "t"}}) for i in range(60)]
    room.write_all(people)
    assert len(preview(room, definition=capitals("City"))) == 10
    found = preview(room, definition=capitals("City"), sample=25)
    assert len(found) == 25
    assert all(after == str(before).capitalize() for before, after in found)
    merge = {"method": "merge", "properties": ["City", "Town"]}
    assert len(preview(room, definition=merge, sample=60)) == 60
    assert preview(room, definition=capitals("Nothing")) == []


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"definition": {**capitals("City"), "name": "x"}}, "/definition/name"),
        ({"definition": {}}, "/definition/method"),
        ({"definition": capitals("City"), "values": []}, "/values"),
        ({"definition": capitals("City"), "values": ["x"] * 101}, "/values"),
        ({"definition": capitals("City"), "values": ["x"], "sample": 3}, "/sample"),
        ({"definition": capitals("City"), "sample": 0}, "/sample"),
        ({"definition": capitals("City"), "sample": "ten"}, "/sample"),
        ({"definition": {"method": "merge", "properties": ["a", "b"]}, "values": [{}, "x"]}, "/values/1"),
        ({}, "/definition"),
    ],
)
def test_faults_of_a_preview_are_pointed_at(room: Room, attributes: dict[str, object], pointer: str) -> None:
    document = {"data": {"type": "data-transformation-preview", "attributes": attributes}}
    error = room.caller("POST", "/api/data-transformation-previews", document).error
    assert (error["status"], error["source"]["pointer"]) == (400, f"/data/attributes{pointer}")


def test_without_the_add_on_there_is_nothing(room: Room) -> None:
    plans.save(room.table, room.account_id, plans.Plan(features=("marketing_analytics",)))
    error = room.caller.get("/api/data-transformations").error
    assert (error["status"], error["code"]) == (403, "permission_denied")
    assert "cdp" in error["detail"]


def test_scopes(room: Room) -> None:
    room.caller.scopes = "data-transformations:read"
    assert room.caller.get("/api/data-transformations").status == 200
    assert room.create(**capitals("City")).error["status"] == 403


def test_two_changes_at_once_do_not_undo_each_other(room: Room) -> None:
    id_ = room.create(**capitals("City"), name="first").data["id"]
    held = transformations.get(room.table, room.account_id, id_)
    assert held is not None
    room.change(id_, name="second")
    late = msgspec.structs.replace(held.transformation, active=False)
    with pytest.raises(Unavailable):
        transformations.replace(room.table, room.account_id, held.transformation, late, again=False)
    assert (room.shown(id_)["name"], room.shown(id_)["active"]) == ("second", True)
