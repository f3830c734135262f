"""Claim checks: bodies that SQS or EventBridge cannot carry travel as objects in S3.

A spilled body is an object, and the message says where it is. The object is never deleted with the message,
for a redelivery or a dead letter may need it again: the bucket's lifecycle rule removes it after the longest
retention of a queue (14 days).
"""

from __future__ import annotations

import json
import uuid

from cdp.adapters.aws.clients import faults, s3

_TYPE = "ClaimCheck"  # in the place of a message's class name; EventBridge may space the JSON anew
_LONGEST_CLAIM = 200
_FOLDER = "claims/"  # grants and the lifecycle rule of infra/aws name it
# SQS refuses these characters (XML 1.0), JSON or not.
_REFUSED = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20)])


class Spill:
    """`bucket` is shared by the bus and every queue, so that each of them can read what another has spilled."""

    def __init__(self, bucket: str, largest_bytes: int) -> None:
        self._bucket = bucket
        self._largest_bytes = largest_bytes

    def stow(self, body: str) -> str:
        """The body itself if it can travel, else a claim check for it. Durable on return."""
        raw = body.encode()
        if len(raw) <= self._largest_bytes and _carriable(body, raw):
            return body
        key = f"{_FOLDER}{uuid.uuid4().hex}"
        with faults("the store of large messages"):
            s3().put_object(Bucket=self._bucket, Key=key, Body=raw, ContentType="application/json")
        return json.dumps({"type": _TYPE, "key": key})

    def fetch(self, raw: str) -> str:
        """What `stow` was given."""
        key = _claimed(raw)
        if key is None:
            return raw
        with faults("the store of large messages"):
            return s3().get_object(Bucket=self._bucket, Key=key)["Body"].read().decode()


def _claimed(raw: str) -> str | None:
    """Where the body lies, if `raw` is a claim check."""
    if len(raw) > _LONGEST_CLAIM or _TYPE not in raw:
        return None
    try:
        claim = json.loads(raw)
    except ValueError:
        return None
    if not isinstance(claim, dict) or claim.get("type") != _TYPE:
        return None
    key = str(claim.get("key"))
    return key if key.startswith(_FOLDER) else None


def _carriable(body: str, raw: bytes) -> bool:
    if len(raw.translate(None, _REFUSED)) != len(raw):
        return False
    return body.isascii() or ("\ufffe" not in body and "\uffff" not in body)
