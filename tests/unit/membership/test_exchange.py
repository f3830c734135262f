"""Exchange ids: read back, and of no use to anybody without the secret."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.model.exchange import mint, read

ACCOUNT = "ABC234"
LETTERS = string.ascii_letters + string.digits + "-_"
numbers = st.integers(1, 2**31 - 1)


@given(numbers, st.text(min_size=1, max_size=50))
def test_what_was_minted_is_read_back(no: int, secret: str) -> None:
    token = mint(secret, ACCOUNT, no)
    assert read(secret, ACCOUNT, token) == no
    assert mint(secret, ACCOUNT, no) == token
    assert len(token) == 39
    assert set(token[:32]) <= set(LETTERS)


@given(numbers, st.integers(0, 31), st.sampled_from(LETTERS))
def test_any_other_letter_makes_it_worthless(no: int, at: int, letter: str) -> None:
    token = mint("s", ACCOUNT, no)
    forged = token[:at] + letter + token[at + 1 :]
    assert read("s", ACCOUNT, forged) == (no if forged == token else None)


@given(numbers)
def test_it_opens_nothing_with_another_secret_or_in_another_account(no: int) -> None:
    token = mint("s", ACCOUNT, no)
    assert read("t", ACCOUNT, token) is None
    assert read("s", "XYZ789", token) is None
    assert read("s", "XYZ789", token.replace(ACCOUNT, "XYZ789")) is None
    assert mint("t", ACCOUNT, no)[:32] != token[:32]


def test_neighbours_have_nothing_in_common() -> None:
    tokens = [mint("s", ACCOUNT, no)[:32] for no in range(1, 200)]
    for at in range(32):
        assert len({token[at] for token in tokens}) > 40


@pytest.mark.parametrize("text", ["", ".", f".{ACCOUNT}", f"{'A' * 32}.{ACCOUNT}", f"{'Ä' * 32}.{ACCOUNT}", "A" * 39,
                                  f"{'=' * 32}.{ACCOUNT}", f"{'A' * 31}=.{ACCOUNT}", f"{'A' * 31}\n.{ACCOUNT}"])
def test_anything_else_is_nobodys(text: str) -> None:
    assert read("s", ACCOUNT, text) is None
