"""Claim checks: bodies that SQS or EventBridge cannot carry travel as objects in S3.

A spilled body is an object, and the message says where it is. The object is never deleted with the message,
for a redelivery or a dead letter may need it again: the bucket's lifecycle rule removes it after the longest
retention of a queue (14 days).
"""

from __future__ import annotations

import json
import uuid

from cdp.adapters.aws.clients import faults, s3

_TAG = '{"type":"ClaimCheck","key":"'
_FOLDER = "claims/"
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
        return f'{_TAG}{key}"}}'

    def fetch(self, raw: str) -> str:
        """What `stow` was given."""
        if not raw.startswith(_TAG):
            return raw
        key = str(json.loads(raw)["key"])
        if not key.startswith(_FOLDER):
            raise ValueError(f"a claim check for {key!r}, which is no spilled body")
        with faults("the store of large messages"):
            return s3().get_object(Bucket=self._bucket, Key=key)["Body"].read().decode()


def _carriable(body: str, raw: bytes) -> bool:
    if len(raw.translate(None, _REFUSED)) != len(raw):
        return False
    return body.isascii() or ("\ufffe" not in body and "\uffff" not in body)
