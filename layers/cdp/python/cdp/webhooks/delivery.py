"""What is POSTed to a webhook (SPEC §15): entries, their envelope, and the request. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import msgspec

from cdp.jsonapi.times import format_instant
from cdp.ports import OutboundRequest
from cdp.webhooks import sign

MOST_ENTRIES = 1000  # of a delivery
MOST_BYTES = 4_000_000  # of a delivery of several entries
TIMEOUT_S = 5.0
ANSWER_BYTES = 1_000_000  # that are read of an answer, to no other end than to keep the connection
SUCCESS = frozenset({200, 201, 202})
GONE = 410
VERSION = "2026-10-15"  # of the documents in the payloads: a revision of the API
_ID_BYTES = 16


class Entry(msgspec.Struct, frozen=True):
    """One thing that happened. `external_id` is the receiver's key against repetitions; `payload` a JSON:API document."""

    topic: str
    external_id: str
    payload: object


class _Named(msgspec.Struct, frozen=True):
    external_id: str


class _Meta(msgspec.Struct, frozen=True):
    timestamp: str
    klaviyo_webhook_id: str
    klaviyo_account_id: str
    version: str


_named = msgspec.json.Decoder(_Named)
encode = msgspec.json.Encoder().encode


def external_id(entry: bytes) -> str:
    """Of an encoded entry."""
    return _named.decode(entry).external_id


@dataclass(frozen=True, slots=True)
class Recipient:
    """A webhook. `secrets`: those that are valid now, the newest first, at least one."""

    account_id: str
    webhook_id: str
    endpoint_url: str
    secrets: tuple[str, ...]


def delivery_id(webhook_id: str, keys: Sequence[str]) -> str:
    """The header webhook-id: the same for every attempt to deliver the same entries. `keys` name them."""
    digest = blake2b("\x1f".join((webhook_id, *keys)).encode(), digest_size=_ID_BYTES)
    return f"msg_{digest.hexdigest()}"


def body(recipient: Recipient, entries: Sequence[bytes], at: datetime) -> bytes:
    """The envelope around encoded entries."""
    meta = encode(_Meta(format_instant(at), recipient.webhook_id, recipient.account_id, VERSION))
    return b'{"data":[' + b",".join(entries) + b'],"meta":' + meta + b"}"


def request(recipient: Recipient, id_: str, entries: Sequence[bytes], at: datetime) -> OutboundRequest:
    """The POST of a delivery, signed as of `at` (UTC)."""
    content = body(recipient, entries, at)
    signed = sign.headers(recipient.secrets, recipient.webhook_id, id_, at, content)
    headers = (("Content-Type", "application/json"), ("User-Agent", "Regulars-Webhooks/1.0"), *signed)
    return OutboundRequest(
        "POST", recipient.endpoint_url, headers, content, timeout_s=TIMEOUT_S, max_bytes=ANSWER_BYTES,
        share=recipient.account_id,
    )  # fmt: skip
