"""Compound ids of the catalog."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.documents.catalog_things import possible
from cdp.errors import Rejected
from cdp.resources.catalog import compound, external

_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"))
_IDS = st.text(_CHARACTERS, min_size=1, max_size=220)


@given(_IDS)
def test_an_id_comes_back_also_percent_encoded(external_id: str) -> None:
    if possible(external_id):
        whole = compound(external_id)
        assert external(whole) == external(quote(whole, safe="")) == external_id


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=300))
def test_any_other_id_is_refused_where_it_stood(integration: str, catalog: str, rest: str) -> None:
    text = f"{integration}:::{catalog}:::{rest}"
    if text.startswith(compound("")) and possible(text.removeprefix(compound(""))):
        return
    with pytest.raises(Rejected) as refused:
        external(text, field="/data/id")
    assert (refused.value.status, refused.value.code, refused.value.field) == (400, "invalid", "/data/id")


@pytest.mark.parametrize("text", ["", "tea", "$custom", "$custom:::$default", "$custom:::$default:::", "::::::x"])
def test_these_are_none(text: str) -> None:
    with pytest.raises(Rejected):
        external(text, parameter="id")


@pytest.mark.parametrize(
    ("external_id", "can"),
    [("x" * 255, True), ("x" * 256, False), ("é" * 255, True), ("漢" * 255, True), ("😀" * 225, True), ("😀" * 226, False), ("a\x1fb", False), ("", False)],
)  # fmt: skip
def test_how_long_an_id_can_be(external_id: str, can: bool) -> None:
    assert possible(external_id) is can
