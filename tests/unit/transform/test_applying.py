"""Active transformations apply to every write of a profile."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.documents import identity, profile_ends, profiles, transformations
from cdp.documents.identity import Change
from cdp.model.payloads import Meta, PatchProperties, ProfileResource
from cdp.model.profile import Profile
from cdp.transformations.definition import (
    Definition,
    Format,
    FormatOptions,
    Merge,
    Rule,
    Standardize,
)
from cdp.transformations.format import compiled as formatted
from cdp.transformations.standardize import compiled as standardized
from cdp.transformations.transformer import Transformer
from functions.profiles.writing import create, update
from tests.unit.transform.conftest import NOW, Room, capitals, raw

EMAIL = "ann@shop.example"
RULE = {"operator": "contains", "values": ["paris"], "replacement": "Paris"}

names = st.sampled_from(["a", "b", "c", "first_name", "location.city"])
options = st.builds(FormatOptions, st.just(True), st.booleans(), st.booleans(), st.booleans())
definitions: st.SearchStrategy[list[Definition]] = st.lists(
    st.builds(Format, names, options)
    | st.builds(Standardize, names, st.just((Rule("equals", ("x", ), "Y"), Rule("contains", ("o",), 1))))
    | st.lists(names, min_size=2, max_size=4, unique=True).map(lambda listed: Merge(tuple(listed))),
    max_size=6,
    unique_by=lambda one: (type(one), one.property),
)  # fmt: skip
values = st.sampled_from(["x", " o'neil ", "", 1, True, 2.5, ["x", " o "], {"k": "x"}, "foo bar"])
held = st.dictionaries(st.sampled_from(["a", "b", "c", "a_transformed", "b_transformed", "d_transformed"]), values)


@given(definitions, held, st.none() | st.just("  ann "), st.none() | st.just("paris o"))
@settings(max_examples=150)
def test_a_transformer_does_what_its_definitions_say(
    given_definitions: list[Definition], properties: dict[str, Any], first_name: str | None, city: str | None
) -> None:
    profile = Profile(1, NOW, NOW, first_name=first_name, properties=properties)
    if city is not None:
        profile.location = {"city": city}
    before, transformer = copy.deepcopy(profile), Transformer(given_definitions)
    changed = transformer.update(profile)
    results = {one.property for one in given_definitions}
    assert changed == (repr(profile.properties) != repr(before.properties)) or profile.properties == before.properties
    for name in results:
        expected = slowly(given_definitions, before, name)
        assert repr(profile.properties.get(f"{name}_transformed")) == repr(expected)
    others = {k: v for k, v in before.properties.items() if k.removesuffix("_transformed") not in results or "_" not in k}
    assert {k: v for k, v in profile.properties.items() if k in others} == others
    assert not transformer.update(profile)
    profile.properties = before.properties
    assert profile == before


def slowly(given_definitions: list[Definition], profile: Profile, name: str) -> Any:
    """Merge, then Format, then Standardize, one after the other."""
    def read(source: str) -> Any:
        plain = {"first_name": profile.first_name, "location.city": profile.location.get("city")}
        return plain[source] if source in plain else profile.properties.get(source)

    of_name = {type(one): one for one in given_definitions if one.property == name}
    value = read(name)
    if isinstance(merge := of_name.get(Merge), Merge):
        found = [read(source) for source in merge.properties]
        value = next((v for v in found if v is not None and v != "" and v != [] and v != {}), None)
    if value is not None and isinstance(one := of_name.get(Format), Format):
        value = formatted(one)(value)
    if value is not None and isinstance(two := of_name.get(Standardize), Standardize):
        value = standardized(two)(value)
    return value


def test_merge_then_format_then_standardize(room: Room) -> None:
    room.create(method="standardize", property="City", rules=[RULE])
    room.create(method="format", property="City", options={"remove_spaces": True, "capitalize_words": True})
    room.create(method="merge", properties=["City", "Town", "location.city"])
    room.write(EMAIL, properties={"Town": "  le   mans "})
    assert room.properties(EMAIL) == {"Town": "  le   mans ", "City_transformed": "Le Mans"}
    room.write(EMAIL, properties={"City": "greater  PARIS"})
    assert room.properties(EMAIL)["City_transformed"] == "Paris"


def test_a_result_goes_with_its_source(room: Room) -> None:
    room.create(**capitals("City"))
    room.create(**capitals("first_name"))
    room.write(EMAIL, first_name="ann", properties={"City": "lyon", "tier": 1})
    assert room.properties(EMAIL) == {
        "City": "lyon", "tier": 1, "City_transformed": "Lyon", "first_name_transformed": "Ann",
    }  # fmt: skip
    room.write(EMAIL, first_name=None, properties={"City": None})
    assert room.properties(EMAIL) == {"tier": 1}


def test_an_active_result_cannot_be_written(room: Room) -> None:
    room.create(**capitals("City"))
    id_ = room.create(**capitals("Town")).data["id"]
    room.write(EMAIL, properties={"City": "lyon", "City_transformed": "mine", "Town_transformed": "mine"})
    assert room.properties(EMAIL) == {"City": "lyon", "City_transformed": "Lyon"}
    room.change(id_, active=False)
    room.write(EMAIL, properties={"Town_transformed": "mine"})
    assert room.properties(EMAIL)["Town_transformed"] == "mine"


def test_the_snapshot_of_an_event_has_the_result(room: Room) -> None:
    room.create(**capitals("City"))
    applied = room.write(EMAIL, properties={"City": "lyon"})
    assert msgspec.json.decode(applied.snapshot) == {"City": "lyon", "City_transformed": "Lyon"}
    again = room.write(EMAIL, properties={"City": "lyon"})
    assert not again.changed
    assert again.snapshot == applied.snapshot


def test_within_a_batch(room: Room) -> None:
    room.create(**capitals("City"))
    applied = room.write_all([(EMAIL, {"properties": {"City": city}}) for city in ("lyon", "lille", "lille")])
    assert [msgspec.json.decode(one.snapshot)["City_transformed"] for one in applied] == ["Lyon", "Lille", "Lille"]


def test_an_older_profile_is_brought_up_by_its_next_payload(room: Room) -> None:
    room.write(EMAIL, properties={"City": "lyon"})
    room.create(**capitals("City"))
    assert room.write(EMAIL).changed
    assert room.properties(EMAIL)["City_transformed"] == "Lyon"


def test_the_profile_operations(room: Room) -> None:
    room.create(**capitals("City"))
    attributes = raw({"email": EMAIL, "properties": {"City": "lyon"}})
    resource = msgspec.convert({"type": "profile", "attributes": attributes}, ProfileResource)
    state = create(room.table, room.account_id, resource, NOW)
    assert state.profile.properties["City_transformed"] == "Lyon"
    id_ = state.profile.id(room.account_id)
    attributes = raw({"properties": {"City": "lille"}})
    change = msgspec.convert({"type": "profile", "attributes": attributes}, ProfileResource)
    assert update(room.table, room.account_id, id_, change, NOW).profile.properties["City_transformed"] == "Lille"
    unset = ProfileResource("profile", meta=Meta(patch_properties=PatchProperties(unset="City")))
    assert update(room.table, room.account_id, id_, unset, NOW).profile.properties == {}


@pytest.mark.parametrize("becomes_active", [True, False])
def test_a_write_on_its_way_while_one_becomes_active_is_not_lost(
    room: Room, monkeypatch: pytest.MonkeyPatch, becomes_active: bool
) -> None:
    """The transformation appears, and its back-fill passes, between the writer's look and its write."""
    room.write(EMAIL)
    save = identity.profiles.save

    def late(*args: Any) -> list[bool]:
        monkeypatch.undo()
        if becomes_active:
            room.create(**capitals("City"))
            assert room.work() == 1
        return save(*args)

    monkeypatch.setattr(identity.profiles, "save", late)
    room.write(EMAIL, properties={"City": "lyon"})
    assert ("City_transformed" in room.properties(EMAIL)) == becomes_active


def test_inactive_ones_do_not_run(room: Room) -> None:
    assert not transformations.active(room.table, room.account_id)
    room.create(**capitals("City"), active=False)
    assert not transformations.active(room.table, room.account_id)


def test_changes_are_known_at_once(room: Room) -> None:
    id_ = room.create(**capitals("City")).data["id"]
    first = transformations.active(room.table, room.account_id)
    assert transformations.active(room.table, room.account_id) is first
    room.change(id_, options={"remove_spaces": True})
    assert transformations.active(room.table, room.account_id) is not first
    applied = identity.apply(
        room.table, room.account_id,
        [Change(msgspec.convert({"type": "profile", "attributes": raw({"properties": {"City": " a b "}})}, ProfileResource), [("email", EMAIL)])],
        NOW,
    )  # fmt: skip
    assert msgspec.json.decode(applied[0].snapshot)["City_transformed"] == "a b"


def test_patches_are_transformed(room: Room) -> None:
    room.create(**capitals("Tags"))
    patch = Meta(patch_properties=PatchProperties(append={"Tags": ["new", "vip"]}))
    resource = ProfileResource("profile", meta=patch)
    identity.apply(room.table, room.account_id, [Change(resource, [("email", EMAIL)])], NOW)
    assert room.properties(EMAIL)["Tags_transformed"] == ["New", "Vip"]


def test_what_merging_two_profiles_brings_together(room: Room) -> None:
    room.create(method="merge", properties=["City", "Town"])
    room.write(EMAIL, properties={"Town": "Le Mans"})
    room.write("bob@shop.example", properties={"City": "Lyon"})
    found = profiles.find(room.table, room.account_id, [("email", EMAIL), ("email", "bob@shop.example")])
    destination, source = profiles.get_many(room.table, room.account_id, list(found.values()))
    assert source is not None
    assert destination is not None
    assert profile_ends.merge(room.table, room.account_id, source, destination, NOW, trusted=True)
    assert room.properties(EMAIL) == {"City": "Lyon", "Town": "Le Mans", "City_transformed": "Lyon"}
