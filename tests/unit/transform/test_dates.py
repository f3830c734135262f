"""Dates as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.transformations.dates import iso_date, iso_date_time

days = st.dates(date(1800, 1, 1), date(2199, 12, 31))
moments = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001 (bounds are naive there)


@pytest.mark.parametrize(
    ("written", "month_first", "day_first"),
    [
        ("3/4/1990", "1990-03-04", "1990-04-03"),
        ("03.04.1990", "1990-03-04", "1990-04-03"),
        ("3-4-90", "1990-03-04", "1990-04-03"),
        ("3/4/05", "2005-03-04", "2005-04-03"),
        ("3/4/68", "2068-03-04", "2068-04-03"),
        ("3/4/69", "1969-03-04", "1969-04-03"),
        ("13/4/1990", None, "1990-04-13"),
        ("4/13/1990", "1990-04-13", None),
        ("2/30/1990", None, None),
        ("3/4-1990", None, None),
        ("3/4/1990 22:15", "1990-03-04", "1990-04-03"),
    ],
)
def test_the_order_of_day_and_month(written: str, month_first: str | None, day_first: str | None) -> None:
    assert iso_date(written, day_first=False) == month_first
    assert iso_date(written, day_first=True) == day_first


@pytest.mark.parametrize(
    ("written", "day", "moment"),
    [
        ("1990-05-03", "1990-05-03", "1990-05-03T00:00:00+00:00"),
        ("19900503", "1990-05-03", "1990-05-03T00:00:00+00:00"),
        ("1990/5/3", "1990-05-03", "1990-05-03T00:00:00+00:00"),
        ("1990-05-03T23:30:00-05:00", "1990-05-03", "1990-05-03T23:30:00-05:00"),
        ("1990-05-03 23:30:00.25Z", "1990-05-03", "1990-05-03T23:30:00+00:00"),
        ("1990-05-03T23:30+0530", "1990-05-03", "1990-05-03T23:30:00+05:30"),
        ("Thu, 03 May 1990 10:20:30 GMT", "1990-05-03", "1990-05-03T10:20:30+00:00"),
        ("Thu, 3 May 1990 10:20:30 -0400", "1990-05-03", "1990-05-03T10:20:30-04:00"),
        ("3 May 1990 10:20 EST", "1990-05-03", "1990-05-03T10:20:00-05:00"),
        ("Thu, 03 May 1990 10:20:30 +0000 (UTC)", "1990-05-03", "1990-05-03T10:20:30+00:00"),
        ("May 3rd, 1990", "1990-05-03", "1990-05-03T00:00:00+00:00"),
        ("Sept. 3 1990", "1990-09-03", "1990-09-03T00:00:00+00:00"),
        ("3rd of december 1990", "1990-12-03", "1990-12-03T00:00:00+00:00"),
        ("03-May-90", "1990-05-03", "1990-05-03T00:00:00+00:00"),
        ("5/3/1990 2:05 PM", "1990-05-03", "1990-05-03T14:05:00+00:00"),
        ("5/3/1990 12:05 a.m.", "1990-05-03", "1990-05-03T00:05:00+00:00"),
        ("641692800", "1990-05-03", "1990-05-03T00:00:00+00:00"),
        ("641692800000", "1990-05-03", "1990-05-03T00:00:00+00:00"),
        ("-641692800", "1949-09-01", "1949-09-01T00:00:00+00:00"),
        (641692800, "1990-05-03", "1990-05-03T00:00:00+00:00"),
        (641692800000.0, "1990-05-03", "1990-05-03T00:00:00+00:00"),
        (19900503, "1990-05-03", "1990-05-03T00:00:00+00:00"),
        (" 1990-05-03 ", "1990-05-03", "1990-05-03T00:00:00+00:00"),
    ],
)
def test_forms(written: str | float, day: str, moment: str) -> None:
    assert iso_date(written, day_first=False) == day
    assert iso_date_time(written, day_first=False) == moment


@pytest.mark.parametrize(
    "written",
    ["", "soon", "May 1990", "1990", 1990, 42, 3.5, -1, "1990-13-01", "1990-02-30", "32 May 1990", "3 Mai 1990", "1/2",
     "5/3/1990 25:00", "5/3/1990 13:00 pm", "5/3/1990 10:00 XYZ", "1990-05-03T10:00+99:00", "x" * 100, 1e300,
     float("inf"), float("nan"), -9e10, "99999999999999999", "1990-05-03 and more", "٣/٤/١٩٩٠"],
)  # fmt: skip
def test_what_is_no_date(written: str | float) -> None:
    assert iso_date(written, day_first=False) is None
    assert iso_date_time(written, day_first=True) is None


@given(days)
def test_every_way_of_writing_a_day(day: date) -> None:
    written = {
        day.isoformat(): False,
        day.strftime("%Y%m%d"): False,
        f"{day.day}/{day.month}/{day.year}": True,
        f"{day.month}/{day.day}/{day.year}": False,
        f"{day.day:02}.{day.month:02}.{day.year}": True,
    }
    for text, day_first in written.items():
        assert iso_date(text, day_first=day_first) == day.isoformat(), text
    for name in ("%d %B %Y", "%B %d, %Y", "%b %d %Y", "%a, %d %b %Y", "%A %d %B %Y"):
        assert iso_date(day.strftime(name), day_first=False) == day.isoformat()


@given(moments, st.integers(-14 * 4, 14 * 4))
def test_moments_keep_their_offset_and_stay(at: datetime, quarters: int) -> None:
    aware = at.replace(tzinfo=timezone(timedelta(minutes=15 * quarters)))
    for text in (aware.isoformat(), format_datetime(aware)):
        done = iso_date_time(text, day_first=True)
        assert done == aware.isoformat()
        assert iso_date_time(done, day_first=True) == done
        assert iso_date(text, day_first=True) == iso_date(done, day_first=True) == aware.date().isoformat()


@given(st.integers(int(1e8), int(7e9)))
def test_instants(seconds: int) -> None:
    if iso_date(str(seconds), day_first=False) != iso_date(str(seconds * 1000), day_first=False):
        assert len(str(seconds)) == 8
    expected = datetime.fromtimestamp(seconds, UTC).isoformat()
    assert iso_date_time(seconds, day_first=False) == iso_date_time(seconds * 1000, day_first=False) == expected


@given(st.text(max_size=70))
def test_any_text_is_a_date_or_not(text: str) -> None:
    done = iso_date(text, day_first=False)
    assert done is None or iso_date(done, day_first=True) == done
