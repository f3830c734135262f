from __future__ import annotations

import re
import uuid
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cdp.model.ids import (
    event_name,
    event_no,
    event_uuid,
    new_short_id,
    parse_event_name,
    profile_id,
    profile_no,
    short_id,
)  # fmt: skip

ACCOUNTS = st.text("ABCDEFabcdef123456", min_size=6, max_size=6)
NUMBERS = st.integers(0, 2**31 - 1)


@given(ACCOUNTS, NUMBERS)
def test_a_profile_name_leads_back_to_its_number(account: str, number: int) -> None:
    name = profile_id(account, number)
    assert re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", name)
    assert profile_no(account, name) == number


@given(ACCOUNTS, ACCOUNTS, NUMBERS)
def test_a_name_of_another_account_is_foreign(mine: str, other: str, number: int) -> None:
    if mine != other:
        assert profile_no(other, profile_id(mine, number)) is None


@given(ACCOUNTS, st.text(max_size=40))
def test_any_text_is_a_name_or_none(account: str, text: str) -> None:
    number = profile_no(account, text)
    assert number is None or profile_id(account, number) == text


def test_neighbours_look_nothing_alike() -> None:
    names = [profile_id("abc123", n) for n in range(2000)]
    assert len(set(names)) == 2000
    same = sum(a == b for x, y in pairwise(names) for a, b in zip(x, y, strict=True))
    assert same / (1999 * 26) < 0.06  # 1/32 by chance


@given(st.integers(0, 2**16 - 1), st.integers(0, 2**31 - 1), st.integers(-(2**63), 2**63 - 1))
def test_an_event_name_leads_back(month: int, metric: int, number: int) -> None:
    assert parse_event_name(event_name(month, metric, number)) == (month, metric, number)


@given(st.text(max_size=30))
def test_any_text_is_an_event_name_or_none(text: str) -> None:
    parts = parse_event_name(text)
    assert parts is None or len(parts) == 3


def test_an_event_is_its_account_metric_profile_and_unique_id() -> None:
    numbers = {
        event_no(account, metric, profile, unique)
        for account in ("a", "b")
        for metric in (1, 12)
        for profile in (2, 21)
        for unique in ("u", "v")
    }
    assert len(numbers) == 16
    assert event_no("a", 1, 2, "u") == event_no("a", 1, 2, "u")


def test_uuids_are_of_version_8() -> None:
    made = uuid.UUID(event_uuid("a", -5))
    assert (made.version, made.variant) == (8, uuid.RFC_4122)
    assert event_uuid("a", -5) != event_uuid("b", -5)


def test_short_ids() -> None:
    assert re.fullmatch(r"[A-Za-z0-9]{6}", new_short_id())
    assert short_id("a", "b") == short_id("a", "b") != short_id("ab")
