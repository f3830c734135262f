"""Identifiers: small numbers inside, opaque names outside.

* A profile is number `profile_no` (int32, dense per account) in the lake and a 26-character ULID-like name in
  the API. The name is a keyed permutation of the number (a Feistel network over 128 bits), so neither needs a
  stored mapping, and a name of another account is recognised as foreign without a look-up.
* An event is the 64-bit hash of (account, metric, profile, unique id): the same event has the same number
  however often it arrives. Its API name also carries month and metric, so that a read touches one partition.
"""

from __future__ import annotations

import base64
import secrets
import struct
import uuid
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import NewType

ProfileId = NewType("ProfileId", str)

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [a + b for a in _CROCKFORD for b in _CROCKFORD]
_SHIFTS = range(120, -1, -10)
_VALUE = {c: i for i, c in enumerate(_CROCKFORD)}
_SIX = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
_MASK = (1 << 64) - 1
_ROUNDS = 4


def new_short_id() -> str:
    """A random id of 6 alphanumerics: accounts, lists, segments."""
    return "".join(secrets.choice(_SIX) for _ in range(6))


def new_ulid(now: datetime) -> str:
    """A fresh id of 26 characters that sorts by the millisecond of `now` (the ULID's layout)."""
    n = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[n >> shift & 31] for shift in range(125, -1, -5))


def short_id(*parts: str) -> str:
    """The 6-alphanumeric id that belongs to these parts: the same parts give the same id."""
    n = int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=8).digest(), "big")
    digits = []
    for _ in range(6):
        n, digit = divmod(n, len(_SIX))
        digits.append(_SIX[digit])
    return "".join(digits)


@lru_cache(maxsize=1024)
def _round_keys(account_id: str) -> tuple[int, ...]:
    digest = blake2b(f"profile-id/{account_id}".encode(), digest_size=8 * _ROUNDS).digest()
    return struct.unpack(f">{_ROUNDS}Q", digest)


def _mix(key: int, half: int) -> int:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, 2014) on the keyed half."""
    x = half + key & _MASK
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & _MASK
    return x ^ x >> 31


@lru_cache(maxsize=1 << 16)
def profile_id(account_id: str, profile_no: int) -> ProfileId:
    """The API's name of a profile: 26 characters of Crockford's base 32."""
    left, right = 0, profile_no
    for key in _round_keys(account_id):
        left, right = right, left ^ _mix(key, right)
    n = left << 64 | right
    return ProfileId("".join([_PAIRS[n >> shift & 1023] for shift in _SHIFTS]))


def profile_no(account_id: str, id_: str) -> int | None:
    """The number behind a profile's name, or None for a name that this account cannot have given."""
    if len(id_) != 26 or id_[0] > "7":
        return None
    n = 0
    for c in id_:
        value = _VALUE.get(c)
        if value is None:
            return None
        n = n << 5 | value
    left, right = n >> 64, n & _MASK
    for key in reversed(_round_keys(account_id)):
        left, right = right ^ _mix(key, left), left
    return right if left == 0 and right < 1 << 31 else None


def event_no(account_id: str, metric_no: int, profile_no: int, unique_id: str) -> int:
    """The event's 64-bit number, signed (column `event_id`). Scope of `unique_id`: (profile, metric)."""
    digest = blake2b(f"{account_id}\x1f{metric_no}\x1f{profile_no}\x1f{unique_id}".encode(), digest_size=8).digest()
    number: int = struct.unpack(">q", digest)[0]
    return number


_EVENT = struct.Struct(">HIq")


def event_name(month: int, metric_no: int, number: int) -> str:
    """The API's id of an event (23 characters)."""
    return base64.b32encode(_EVENT.pack(month, metric_no, number)).decode().rstrip("=")


def parse_event_name(name: str) -> tuple[int, int, int] | None:
    """(month, metric_no, event number) of an event's id, or None if it is none of ours."""
    if len(name) != 23:
        return None
    try:
        month, metric_no, number = _EVENT.unpack(base64.b32decode(name + "="))
    except (ValueError, struct.error):
        return None
    return month, metric_no, number


def event_uuid(account_id: str, number: int) -> str:
    """The event's UUID."""
    return named_uuid(f"event-uuid/{account_id}/{number}")


def named_uuid(name: str) -> str:
    """The UUID that belongs to this name (RFC 9562, version 8: made from our own bits)."""
    digest = bytearray(blake2b(name.encode(), digest_size=16).digest())
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))
