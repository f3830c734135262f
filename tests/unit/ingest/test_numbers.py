"""The quick look for numbers beyond double precision never misses one."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cdp.model.properties import may_overflow

NUMBERS = st.from_regex(rb"-?(0|[1-9][0-9]{0,320})(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?", fullmatch=True)


@given(NUMBERS)
def test_what_does_not_decode_is_suspected(number: bytes) -> None:
    try:
        msgspec.json.decode(b'{"a":' + number + b"}")
    except msgspec.DecodeError:
        assert may_overflow(b'{"a":' + number + b"}")


def test_plain_text_is_not_suspected() -> None:
    assert not may_overflow(b'{"OrderId":"type300","price":12.5e+9,"when":"2026-01-02T03:04:05+00:00"}')
