"""What requests say of the functions that led to them. Anybody can send these headers."""

from __future__ import annotations

import pytest

from cdp.code.hops import HOPS_HEADER, SOURCE_HEADER, Chain, chain


@pytest.mark.parametrize(
    ("hops", "source", "expected"),
    [
        ("1", "AbC123", Chain(1, "AbC123")),
        ("999", "", Chain(999, None)),
        ("1000", "x" * 65, Chain(0, None)),  # it would stand in every event of a batch
        ("-1", "a b", Chain(0, None)),
        ("\u00b2", "\u00fc", Chain(0, None)),
        ("", "a\r\nb", Chain(0, None)),
    ],
)
def test_what_is_no_number_and_no_id_says_nothing(hops: str, source: str, expected: Chain) -> None:
    assert chain({HOPS_HEADER: hops, SOURCE_HEADER: source}) == expected
    assert chain({}) == Chain(0, None)
