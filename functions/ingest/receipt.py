"""Ids of bulk jobs that prove themselves.

A bulk request is answered before anything is written but the queue, so its job has no document yet. The id
carries when it was accepted and how many events it has, under a keyed hash: a job that `record` has not come
to can be shown as queued, and an invented id is not found.
"""

from __future__ import annotations

import base64
import secrets
import struct
from datetime import UTC, datetime
from hashlib import blake2b

_FIELDS = struct.Struct(">QHH")
_MAC_BYTES = 8


def job_id(account_id: str, accepted_at: datetime, events: int) -> str:
    """A new id (32 characters)."""
    micros = int(accepted_at.timestamp() * 1e6)
    fields = _FIELDS.pack(micros, events, secrets.randbits(16))
    return base64.b32encode(fields + _mac(account_id, fields)).decode()


def read_job_id(account_id: str, id_: str) -> tuple[datetime, int] | None:
    """When the job was accepted (UTC) and its events, or None for an id that this account was not given."""
    try:
        plain = base64.b32decode(id_)
    except ValueError:
        return None
    fields, mac = plain[: _FIELDS.size], plain[_FIELDS.size :]
    if len(fields) != _FIELDS.size or not secrets.compare_digest(mac, _mac(account_id, fields)):
        return None
    micros, events, _ = _FIELDS.unpack(fields)
    return datetime.fromtimestamp(micros / 1e6, UTC), events


def _mac(account_id: str, fields: bytes) -> bytes:
    return blake2b(fields, key=f"bulk-job/{account_id}".encode(), digest_size=_MAC_BYTES).digest()
