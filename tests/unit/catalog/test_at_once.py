"""A catalog that many write at the same moment, and one that a long story happened to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdp.documents import catalog
from tests.unit.calls import Caller
from tests.unit.catalog.conftest import Room, changed, cid, ends, new_category, new_item, new_variant

_numbers = count()


def at_once(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(4) as threads:
        return [one.result() for one in [threads.submit(call) for call in calls]]


def test_no_variant_of_an_item_is_lost(room: Room) -> None:
    room.item("tea")
    made = at_once([lambda n=n: room.variant(f"v{n}", "tea") for n in range(16)])  # type: ignore[misc]
    kept = {f"v{n}" for n, answer in enumerate(made) if answer.status == 201}
    assert {answer.status for answer in made} <= {201, 503}
    item = catalog.item(room.table, room.caller.account_id, "tea")
    assert item is not None
    assert item.variants.keys() == kept == set(room.ids("variants"))


def test_of_two_that_make_the_same_thing_one_does(room: Room) -> None:
    made = at_once([lambda: room.item("tea")] * 8)
    assert sorted(answer.status for answer in made) == [201, *[409] * 7]


def test_no_variant_outlives_its_item(room: Room) -> None:
    for n in range(5):
        item = f"tea{n}"
        room.item(item)
        calls = [lambda v=v, item=item: room.variant(f"{item}-{v}", item) for v in range(6)]
        at_once([*calls[:3], lambda item=item: room.delete("items", item), *calls[3:]])  # type: ignore[misc]
    alive = set(room.ids("items"))
    assert {one.item_id for one in catalog.all_variants(room.table, room.caller.account_id)} <= alive


_ITEMS, _CATEGORIES = st.sampled_from(["i0", "i1", "i2"]), st.sampled_from(["c0", "c1", "c2"])
_STEPS = st.one_of(
    st.tuples(st.sampled_from(["item", "forget item"]), _ITEMS, st.sets(_CATEGORIES)),
    st.tuples(st.sampled_from(["category", "forget category"]), _CATEGORIES, st.sets(_ITEMS)),
    st.tuples(st.sampled_from(["POST", "PATCH", "DELETE"]), _ITEMS, st.sets(_CATEGORIES, min_size=1)),
    st.tuples(st.sampled_from(["post", "patch", "delete"]), _CATEGORIES, st.sets(_ITEMS, min_size=1)),
    st.tuples(st.sampled_from(["variant", "forget variant"]), _ITEMS, st.sets(st.sampled_from(["a", "b"]), min_size=1)),
    st.tuples(st.sampled_from(["publish", "hide"]), _ITEMS, st.just(set())),
)


class Model:
    """The same catalog, kept in plain sets."""

    def __init__(self) -> None:
        self.items: dict[str, bool] = {}
        self.categories: list[str] = []
        self.variants: dict[str, str] = {}
        self.links: set[tuple[str, str]] = set()

    def take(self, step: str, one: str, others: set[str]) -> None:
        match step:
            case "item" if one not in self.items and others <= set(self.categories):
                self.items[one] = True
                self.links |= {(one, other) for other in others}
            case "category" if one not in self.categories and others <= self.items.keys():
                self.categories.append(one)
                self.links |= {(other, one) for other in others}
            case "forget item" if one in self.items:
                del self.items[one]
                self.links = {link for link in self.links if link[0] != one}
                self.variants = {id_: item for id_, item in self.variants.items() if item != one}
            case "forget category" if one in self.categories:
                self.categories.remove(one)
                self.links = {link for link in self.links if link[1] != one}
            case "POST" | "PATCH" | "DELETE" if one in self.items and others <= set(self.categories):
                self._link(step, {(one, other) for other in others}, {link for link in self.links if link[0] == one})
            case "post" | "patch" | "delete" if one in self.categories and others <= self.items.keys():
                self._link(
                    step.upper(), {(other, one) for other in others}, {link for link in self.links if link[1] == one}
                )
            case "variant" if one in self.items:
                self.variants = dict.fromkeys(sorted(others), one) | self.variants
            case "forget variant":
                self.variants = {id_: item for id_, item in self.variants.items() if id_ not in others}
            case "publish" | "hide" if one in self.items:
                self.items[one] = step == "publish"

    def _link(self, method: str, named: set[tuple[str, str]], before: set[tuple[str, str]]) -> None:
        match method:
            case "POST":
                self.links |= named
            case "DELETE":
                self.links -= named
            case "PATCH":
                self.links = self.links - before | named


def take(room: Room, step: str, one: str, others: set[str]) -> None:
    names = sorted(others)
    match step:
        case "item":
            room.item(one, *names)
        case "category":
            room.category(one, *names)
        case "forget item":
            room.delete("items", one)
        case "forget category":
            room.delete("categories", one)
        case "POST" | "PATCH" | "DELETE":
            room.links(step, f"items/{cid(one)}/relationships/categories", ends("category", *names))
        case "post" | "patch" | "delete":
            room.links(step.upper(), f"categories/{cid(one)}/relationships/items", ends("item", *names))
        case "variant":
            room.worked("variant", "create", [new_variant(name, one) for name in names])
        case "forget variant":
            rows = [{"type": "catalog-variant", "id": cid(name)} for name in names]
            room.worked("variant", "delete", rows)
        case "publish" | "hide":
            room.patch("items", changed("item", one, published=step == "publish"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_STEPS, min_size=8, max_size=30))
def test_after_any_story_every_listing_tells_the_same(room: Room, story: list[tuple[str, str, set[str]]]) -> None:
    fresh = Caller(room.caller.handler, room.caller.spec, f"T{next(_numbers):05d}")
    teller, model = Room(room.settings, fresh), Model()
    for step in [("category", "c0", set()), ("item", "i0", {"c0"}), *story]:
        take(teller, *step)
        model.take(*step)
    _same(teller, model)


def _same(room: Room, model: Model) -> None:
    assert set(room.ids("items")) == model.items.keys()
    assert room.ids("categories") == model.categories
    assert set(room.ids("variants")) == model.variants.keys()
    assert set(room.ids("items", filter="equals(published,false)")) == {i for i, seen in model.items.items() if not seen}
    for category in model.categories:
        inside = {item for item, other in model.links if other == category}
        assert set(room.ids(f"categories/{cid(category)}/items")) == inside
        assert set(room.ids("items", filter=f"equals(category.id,'{cid(category)}'),contains(title,'T')")) == inside
    account_id = room.caller.account_id
    told = {one.category.external_id: set(one.item_ids) for one in catalog.all_categories(room.table, account_id)}
    assert told == {c: {item for item, other in model.links if other == c} for c in model.categories}
    for item in catalog.all_items(room.table, account_id):
        into = {category for one, category in model.links if one == item.external_id}
        assert set(catalog.category_ids(room.table, account_id, item)) == into
        assert set(room.ids(f"items/{cid(item.external_id)}/categories")) == into
        own = {id_ for id_, of in model.variants.items() if of == item.external_id}
        assert item.variants.keys() == own == set(room.ids(f"items/{cid(item.external_id)}/variants"))


@pytest.mark.parametrize("kind", ["item", "category"])
def test_two_jobs_on_the_same_things(room: Room, kind: str) -> None:
    """Whatever the order in which they are taken, every row of theirs is told."""
    make = new_item if kind == "item" else new_category
    for _ in range(2):
        assert room.job(kind, "create", [make(f"x{n}") for n in range(10)]).status == 202
    room.work()
    listed = room.caller.get(f"/api/catalog-{kind}-bulk-create-jobs").data
    assert sorted(one["attributes"]["completed_count"] for one in listed) == [0, 10]
    assert sorted(one["attributes"]["failed_count"] for one in listed) == [0, 10]
