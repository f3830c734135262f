from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.embedded.cron import Cron

NOON = datetime(2026, 2, 27, 12, 0, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 2 * * ? *", datetime(2026, 2, 28, 2, 0, tzinfo=UTC)),
        ("cron(*/20 12-13 * * ? *)", datetime(2026, 2, 27, 12, 20, tzinfo=UTC)),
        ("15,45 * * * ? *", datetime(2026, 2, 27, 12, 15, tzinfo=UTC)),
        ("0 12 * * ? *", datetime(2026, 2, 28, 12, 0, tzinfo=UTC)),
        ("0 0 1 * ? *", datetime(2026, 3, 1, tzinfo=UTC)),
        ("30 6 ? * MON-WED *", datetime(2026, 3, 2, 6, 30, tzinfo=UTC)),
        ("0 0 ? * 1 *", datetime(2026, 3, 1, tzinfo=UTC)),
        ("0 0 29 FEB ? *", datetime(2028, 2, 29, tzinfo=UTC)),
        ("0 0 1 JAN ? 2030", datetime(2030, 1, 1, tzinfo=UTC)),
    ],
)
def test_next_time(text: str, expected: datetime) -> None:
    assert Cron.parse(text).next(NOON) == expected


@pytest.mark.parametrize(
    "text", ["", "0 2 * * *", "0 2 * * * *", "60 2 * * ? *", "0 0 L * ? *", "0 0 ? * 2#1 *", "5-1 0 * * ? *"]
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Cron.parse(text)


def test_a_day_that_never_comes_is_refused() -> None:
    with pytest.raises(ValueError, match="no time"):
        Cron.parse("0 0 31 FEB ? *").next(NOON)


@given(
    st.sets(st.integers(0, 59), min_size=1, max_size=4),
    st.sets(st.integers(0, 23), min_size=1, max_size=4),
    st.sets(st.integers(1, 7), min_size=1, max_size=3),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001  made aware below
)
def test_next_is_the_first_matching_minute(
    minutes: set[int], hours: set[int], days: set[int], naive: datetime
) -> None:
    """Against the obvious search, minute by minute."""
    after = naive.replace(tzinfo=UTC)
    text = f"{','.join(map(str, minutes))} {','.join(map(str, hours))} ? * {','.join(map(str, days))} *"
    at = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while not (at.minute in minutes and at.hour in hours and at.isoweekday() % 7 + 1 in days):
        at += timedelta(minutes=1)
    assert Cron.parse(text).next(after) == at
