from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.authorize.header import private_key


@pytest.mark.parametrize("scheme", ["Klaviyo-API-Key", "klaviyo-api-key", "Bearer", "BEARER"])
def test_both_schemes_in_any_case(scheme: str) -> None:
    assert private_key(f"{scheme} pk_abc") == "pk_abc"
    assert private_key(f"  {scheme}   pk_abc ") == "pk_abc"


@pytest.mark.parametrize(
    "header", [None, "", "pk_abc", "Basic pk_abc", "Bearer", "Bearer ", "Bearer a b", "Klaviyo-API-Keypk_abc"]
)
def test_anything_else_is_no_key(header: str | None) -> None:
    assert private_key(header) is None


@given(st.text())
def test_never_fails_and_never_gives_blanks(header: str) -> None:
    key = private_key(header)
    assert key is None or (key and key in header and not key.isspace())
