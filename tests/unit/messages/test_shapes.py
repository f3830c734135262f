"""Shapes of definitions: what they keep, and which field they name."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.errors import Rejected
from functions.messages.flows.actions import ACTION
from functions.messages.flows.triggers import TRIGGER
from functions.messages.forms.definition import read
from functions.messages.shapes import (
    FLAG,
    INSTANT,
    INTEGER,
    NUMBER,
    TEXT,
    ZONE,
    Check,
    by,
    checked,
    either,
    later,
    many,
    one_of,
    or_null,
    shape,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


def refused(check: Check, value: Any) -> str:
    with pytest.raises(Rejected) as error:
        checked(check, value, "")
    assert error.value.status == 400
    return error.value.field or "no field"


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (TEXT, ["", "x"], [None, 1, ["x"]]),
        (FLAG, [True, False], [0, 1, "true"]),
        (INTEGER, [0, -3], [True, 1.5, "1"]),
        (NUMBER, [0, 1.5], [False, "1"]),
        (INSTANT, ["2026-07-01", "2026-07-01T10:00:00Z"], ["soon", 1, "2026-13-01"]),
        (ZONE, ["profile", "Europe/Paris"], ["Mars/Olympus", None, 1, ["UTC"]]),
        (one_of(1, "a", True), [1, "a", True], [False, 1.0, "1", None, [1]]),
        (or_null(TEXT), [None, "x"], [1]),
        (either(INTEGER, TEXT), [1, "x"], [None, True]),
        (many(INTEGER, 2), [[], [1, 2]], [[1, 2, 3], ["x"], 1]),
    ],
)
def test_what_a_check_takes(check: Check, good: list[Any], bad: list[Any]) -> None:
    assert [check(value, "") for value in good] == good
    for value in bad:
        with pytest.raises(Rejected):
            check(value, "")


def test_an_object_has_its_fields_and_no_other() -> None:
    check = shape({"a": or_null(INTEGER)}, b=TEXT)
    assert check({"a": None, "b": None}, "") == {"a": None}
    assert check({"a": 1, "b": "x"}, "") == {"a": 1, "b": "x"}
    assert refused(check, {"b": "x"}) == "/a"
    assert refused(check, {"a": 1, "c/d~": None}) == "/c~1d~0"
    assert refused(check, {"a": "x"}) == "/a"
    assert refused(many(check), [{"a": 1}, {"a": 1, "b": 2}]) == "/1/b"


def test_a_field_says_which_shape_the_rest_has() -> None:
    check = by("type", {("a", "b"): shape(x=INTEGER), True: shape(y=TEXT)})
    assert check({"type": "b", "x": 1}, "") == {"type": "b", "x": 1}
    assert check({"type": True, "y": "x"}, "") == {"type": True, "y": "x"}
    assert refused(check, {"type": "a", "y": "x"}) == "/y"
    kinds: list[Any] = ["c", None, 1, ["a"], {}]
    for kind in kinds:
        assert refused(check, {"type": kind}) == "/type"
    assert refused(check, {}) == "/type"


def test_a_shape_may_hold_itself_but_not_without_end() -> None:
    def whole() -> Check:
        return inner

    inner = shape(next=later(whole))
    value: dict[str, Any] = {}
    for _ in range(50):
        value = {"next": value}
    assert checked(inner, value, "/at") == value
    for _ in range(5_000):
        value = {"next": value}
    with pytest.raises(Rejected) as error:
        checked(inner, value, "/at")
    assert error.value.field == "/at"


@settings(max_examples=150, deadline=None)
@given(JSON, st.sampled_from(["send-email", "ab-test", "multi-branch-split", "code", "list", "date"]))
def test_whatever_is_sent_is_taken_or_refused(value: Any, kind: str) -> None:
    """Never anything else: a fault in the request is no fault of ours."""
    typed = {"type": kind, "data": value, "temporary_id": "t"}
    for check in (ACTION, TRIGGER, lambda one, at: read({"versions": [one]}, at)):
        for given_ in (value, typed):
            with suppress(Rejected):
                checked(check, given_, "")
