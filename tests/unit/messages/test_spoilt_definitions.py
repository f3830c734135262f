"""Definitions that were right, with one part spoilt: taken or refused, never a fault of ours."""

from __future__ import annotations

import copy
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.errors import Rejected
from functions.messages.flows.changes import Anchor, inserted, removed, replaced, with_status
from functions.messages.flows.definition import messages, new, shown
from functions.messages.flows.shown import sent
from functions.messages.forms.definition import number, published, read, versions
from tests.unit.messages.flows.conftest import chain, delay, email, experiment, split
from tests.unit.messages.forms.conftest import version
from tests.unit.messages.test_shapes import JSON

NOW = datetime(2026, 7, 1, tzinfo=UTC)
MULTI = {
    "type": "multi-branch-split",
    "temporary_id": "m",
    "data": {"name": "M", "branches": [{"branch_id": "b", "links": {"next": "y"}}, {"branch_id": "c"}]},
}
FLOW: dict[str, Any] = {
    "triggers": [{"type": "metric", "id": "M", "trigger_filter": {"condition_groups": []}}],
    "profile_filter": {"condition_groups": [{"conditions": [{"type": "profile-sample", "percentage": 5}]}]},
    "reentry_criteria": {"duration": 1, "unit": "day"},
    **chain(delay("d"), experiment("x", "A", "B"), split("s", "m", "n")),
}
FLOW["actions"] += [MULTI, email("y"), email("n")]
FORM = {"versions": [version(type="popup", teasers=[{"content": "x"}]), version(name="B")]}
SEED = st.integers(0, 1 << 30)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) within the value."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict | list):
        inner = [(value, key) for key in (value if isinstance(value, dict) else range(len(value)))]
    return inner + [place for holder, key in inner for place in _places(holder[key])]


def _spoilt(whole: dict[str, Any], seed: int, value: Any) -> dict[str, Any]:
    """The whole with another value somewhere, or without something that it has."""
    made = copy.deepcopy(whole)
    places = _places(made)
    holder, key = places[seed % len(places)]
    if seed % 3 == 0:
        del holder[key]
    else:
        holder[key] = value
    return made


def test_the_definitions_are_right() -> None:
    assert len(new(FLOW, "Abc234", NOW, "").actions) == 6
    assert len(read(FORM, "")["versions"]) == 2


@settings(max_examples=150, deadline=None)
@given(SEED, JSON | st.sampled_from(["d", "x", "s", "m", "y", "n", "b", "send-email", "ab-test"]))
def test_a_spoilt_flow(seed: int, value: Any) -> None:
    with suppress(Rejected):
        definition = new(_spoilt(FLOW, seed, value), "Abc234", NOW, "")
        messages(with_status(definition, "live", NOW).actions)
        assert len(shown(definition)["actions"]) == len(definition.actions)
        for action in definition.actions:
            assert len(sent(action)) <= 2
            with suppress(Rejected):
                removed(definition, action.id, NOW)


@settings(max_examples=100, deadline=None)
@given(SEED, JSON)
def test_a_spoilt_change(seed: int, value: Any) -> None:
    definition = new(FLOW, "Abc234", NOW, "")
    action = definition.actions[seed % len(definition.actions)]
    with suppress(Rejected):
        messages(replaced(definition, action.id, _spoilt(action.definition, seed, value), NOW, "").actions)
    anchor = _spoilt({"type": action.type, "links": {"next": "t"}, "data": {"branches": []}}, seed, value)
    with suppress(Rejected):
        messages(inserted(definition, "Abc234", email("t"), Anchor(action.id, anchor, ""), NOW, "")[0].actions)


@settings(max_examples=100, deadline=None)
@given(SEED, JSON)
def test_a_spoilt_form(seed: int, value: Any) -> None:
    with suppress(Rejected):
        definition = read(_spoilt(FORM, seed, value), "")
        number(definition, iter(range(1, 9)))
        assert len(versions(published(definition), None, NOW)) == len(definition["versions"])
