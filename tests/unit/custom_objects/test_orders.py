"""Jobs in any order, again and again: every record ends as the newest word of each of its sources says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.documents import object_types, records
from functions.custom_objects.bodies import DELETE
from functions.custom_objects.paths import follow, parse, show
from tests.unit.custom_objects.conftest import Room, deletion_body, make_room, relationship, simple
from tests.unit.custom_objects.test_faults import accepted, job, run

PEOPLE = ("anna@shop.example", "ben@shop.example")
IDS = ("a", "b")
_numbers = count()

rows = st.tuples(st.sampled_from(IDS), st.none() | st.integers(0, 3), st.none() | st.sampled_from(PEOPLE))
words = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([0, 1]), st.lists(rows, min_size=1, max_size=3)),
        st.tuples(st.just("delete"), st.lists(st.sampled_from(IDS), min_size=1, max_size=2)),
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    folder: Path = tmp_path_factory.mktemp("orders")
    made = make_room(folder)
    made.people = {email: made.person(email) for email in PEOPLE}
    return made


def expected(words: Sequence[Any], people: dict[str, int]) -> dict[str, tuple[dict[str, Any], int]]:
    """The same, said in order: source 0 tells name and owner, source 1 the age."""
    state: dict[str, tuple[dict[str, Any], int]] = {}
    for what, said in words:
        for one in said:
            if what == "delete":
                state.pop(one, None)
                continue
            id_, age, owner = one
            properties, no = state.get(id_, ({}, 0))
            if what == 0:
                properties, no = {**properties, "1": f"Pet {id_}"}, people[owner] if owner else 0
            else:
                properties = {
                    name: value for name, value in {**properties, "2": age}.items() if value is not None
                }
            state[id_] = (properties, no)
    return state


@given(words, st.data())
@settings(max_examples=40, deadline=None)
def test_the_newest_word_of_each_source_counts(room: Room, words: list[Any], data: st.DataObject) -> None:
    sources = [room.source(f"Source {next(_numbers)}") for _ in range(2)]
    mapping = {
        "property_mappings": [simple(sources[0], 1, "$.name"), simple(sources[1], 2, "$.age")],
        "relationship_mappings": [relationship(sources[0])],
    }
    for old in object_types.every(room.table, room.account_id):
        object_types.remove(room.table, room.account_id, old.id)
    type_id = room.type(sources[0], mapping=mapping)
    messages = []
    for at, (what, said) in enumerate(words):
        if what == "delete":
            body = deletion_body(*(f"{type_id}:::{id_}" for id_ in said))
            messages.append(accepted(room, at, DELETE, body))
        else:
            sent = [
                {"id": id_, "name": f"Pet {id_}", "age": age, "owner": {"email": owner}}
                for id_, age, owner in said
            ]
            messages.append(job(room, sources[what], at, *sent))
    shuffled = data.draw(st.permutations(messages))
    again = data.draw(st.lists(st.sampled_from(messages), max_size=3))
    run(room, *shuffled, *again)
    found = {
        one.id: (one.properties, one.no) for one, _ in records.page(room.table, room.account_id, type_id)
    }
    assert found == expected(words, room.people)
    for no in room.people.values():
        held = records.of_profile(room.table, room.account_id, type_id, no)
        assert len(held) == sum(owner == no for _, owner in found.values())


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(st.lists(names | st.integers(0, 99), max_size=5))
def test_a_path_leads_where_it_says(steps: list[str | int]) -> None:
    value: Any = "here"
    for step in reversed(steps):
        value = [None] * step + [value] if isinstance(step, int) else {step: value}
    assert follow(tuple(steps), value) == "here"
    text = "$" + "".join(f"[{s}]" if isinstance(s, int) else f"['{_escaped(s)}']" for s in steps)
    assert parse(text, "/") == tuple(steps)


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace("'", "\\'")


def test_a_path_is_shown_as_it_is_written() -> None:
    for text in ("$", "$['a']", "$['a'][0]['b c']"):
        assert show(parse(text, "/")) == text
    assert parse("$.a.b[2]", "/") == ("a", "b", 2)
    assert parse('$["a"].b', "/") == ("a", "b")
