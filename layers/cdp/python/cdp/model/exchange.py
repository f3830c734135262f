"""Exchange ids (`_kx`): opaque names of a profile that a shop may put into its links (SPEC §19). Pure.

The token is a keyed hash of the profile's number and the number under a mask made from that hash (the synthetic
IV construction of RFC 5297, with BLAKE2b): equal for the same profile, of another one no more than noise, and
without the account's secret nobody can make one. Nothing is stored for it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import blake2b

_TAG, _NUMBER = 16, 8  # bytes


def mint(secret: str, account_id: str, no: int) -> str:
    """The profile's exchange id: 32 characters, a dot, the account."""
    plain = no.to_bytes(_NUMBER, "big")
    tag = _keyed(secret, b"tag", account_id.encode() + plain, _TAG)
    hidden = _masked(secret, tag, plain)
    return f"{base64.urlsafe_b64encode(tag + hidden).decode()}.{account_id}"


def read(secret: str, account_id: str, token: str) -> int | None:
    """The profile's number, or None for a token that this secret has not made for this account."""
    text, _, account = token.partition(".")
    if account != account_id or len(text) != (_TAG + _NUMBER) * 4 // 3 or not text.isascii():
        return None
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    if len(raw) != _TAG + _NUMBER:  # padded
        return None
    tag, hidden = raw[:_TAG], raw[_TAG:]
    plain = _masked(secret, tag, hidden)
    genuine = hmac.compare_digest(tag, _keyed(secret, b"tag", account_id.encode() + plain, _TAG))
    return int.from_bytes(plain, "big") if genuine else None


def _masked(secret: str, tag: bytes, number: bytes) -> bytes:
    mask = _keyed(secret, b"mask", tag, _NUMBER)
    return bytes(a ^ b for a, b in zip(number, mask, strict=True))


def _keyed(secret: str, purpose: bytes, data: bytes, size: int) -> bytes:
    key = blake2b(secret.encode()).digest()
    return blake2b(data, digest_size=size, key=key, person=purpose).digest()
