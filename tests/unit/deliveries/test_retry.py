"""Pauses between attempts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.deliveries import retry

NOW = datetime(2026, 4, 14, 3, 50, 12, tzinfo=UTC)


@given(st.integers(1, 10_000), st.floats(0, 1), st.one_of(st.none(), st.floats(0, 1e9)))
def test_a_pause_is_its_step_or_the_endpoints_wish_within_an_hour(attempt: int, chance: float, wish: float | None) -> None:
    step = [60, 120, 240, 480, 960, 1920][attempt - 1] if attempt <= 6 else 3600
    delay = retry.delay_s(attempt, chance, retry_after_s=wish)
    assert 0.9 * step - 1e-9 <= delay <= 3600
    assert delay >= min(3600, wish or 0)
    assert delay <= max(step, wish or 0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("9" * 50, 10**9),
        (format_datetime(NOW + timedelta(minutes=3), usegmt=True), 180),
        ("Tue, 14 Apr 2026 03:40:00 GMT", 0),
        ("Tue, 14 Apr 2026 04:50:12", 3600),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry.retry_after_s([("date", "x"), ("Retry-After", text)], NOW) == seconds


def test_no_retry_after() -> None:
    assert retry.retry_after_s([("content-type", "text/html")], NOW) is None


@pytest.mark.parametrize(("seconds", "whole"), [(0.1, 1), (1.0, 1), (1.01, 2), (899.5, 900), (3600, 900)])
def test_delays_of_messages_are_whole_and_never_early(seconds: float, whole: int) -> None:
    assert retry.whole_s(seconds, 900) == whole
