"""Signatures of a delivery (SPEC §15): Klaviyo's, and those of Standard Webhooks. Pure.

Both are HMAC-SHA256. Klaviyo's key is the secret as text, and it signs the body followed by the text of its timestamp
header. Standard Webhooks sign `id.timestamp.body`; their key is what the library decodes from `standard_secret`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

_PREFIX = "whsec_"
_DIGEST = "sha256"


def headers(
    secrets: Sequence[str], webhook_id: str, delivery_id: str, at: datetime, body: bytes
) -> tuple[tuple[str, str], ...]:
    """The signed headers of one POST at `at` (UTC). `secrets`: those that are valid, the newest first, which alone
    makes the Klaviyo signature; Standard Webhooks get one signature of each."""
    date, epoch_s = format_datetime(at, usegmt=True), str(int(at.timestamp()))
    return (
        ("Klaviyo-Webhook-Id", webhook_id),
        ("Klaviyo-Timestamp", date),
        ("Klaviyo-Signature", klaviyo(secrets[0], date, body)),
        ("webhook-id", delivery_id),
        ("webhook-timestamp", epoch_s),
        ("webhook-signature", " ".join(standard(secret, delivery_id, epoch_s, body) for secret in secrets)),
    )


def klaviyo(secret: str, timestamp: str, body: bytes) -> str:
    """In small hexadecimal letters. `timestamp`: the header's text, such as `Tue, 14 Apr 2026 03:50:12 GMT`."""
    made = hmac.new(secret.encode(), body, _DIGEST)
    made.update(timestamp.encode())
    return made.hexdigest()


def standard(secret: str, delivery_id: str, epoch_s: str, body: bytes) -> str:
    """One signature of the header `webhook-signature`."""
    made = hmac.new(_standard_key(secret), f"{delivery_id}.{epoch_s}.".encode(), _DIGEST)
    made.update(body)
    return f"v1,{base64.b64encode(made.digest()).decode()}"


def standard_secret(secret: str) -> str:
    """What to give a Standard Webhooks library for this `secret_key`: one that has their form stays as it is."""
    return f"{_PREFIX}{base64.b64encode(_standard_key(secret)).decode()}"


def _standard_key(secret: str) -> bytes:
    return _decoded(secret.removeprefix(_PREFIX)) if secret.startswith(_PREFIX) else secret.encode()


def _decoded(encoded: str) -> bytes:
    """Base 64 as their libraries read it, or the whole text if it only began like a secret of theirs."""
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True) or f"{_PREFIX}{encoded}".encode()
    except binascii.Error:
        return f"{_PREFIX}{encoded}".encode()
