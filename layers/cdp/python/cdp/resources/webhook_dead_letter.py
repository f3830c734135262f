"""Resource `webhook-dead-letter`: an entry that was not delivered. Not its payload: that is the event's, by its id."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from cdp.documents.webhook_backlog import Waiting
from cdp.jsonapi.documents import Asked, Json, identifier, sparse
from cdp.jsonapi.times import format_instant
from cdp.resources import webhook

TYPE = "webhook-dead-letter"


class _Subject(msgspec.Struct, frozen=True):
    type: str
    id: str


class _Payload(msgspec.Struct, frozen=True):
    data: _Subject | None = None


class _Entry(msgspec.Struct, frozen=True):
    topic: str
    external_id: str
    payload: _Payload


_entry = msgspec.json.Decoder(_Entry)


def resource(asked: Asked, webhook_id: str, letter: Waiting, fields: frozenset[str] | None) -> Json:
    entry = _entry.decode(letter.entry)
    subject = entry.payload.data
    attributes = {
        "topic": entry.topic,
        "external_id": entry.external_id,
        "died_at": _instant(letter.died_at_s),
        "expires_at": _instant(letter.expires_at),
    }
    relationships = {webhook.TYPE: {"data": identifier(webhook.TYPE, webhook_id)}}
    if subject is not None:
        relationships[subject.type] = {"data": identifier(subject.type, subject.id)}
    url = f"{asked.base_url}/api/webhooks/{webhook_id}/webhook-dead-letters"
    return {
        "type": TYPE,
        "id": letter.key,
        "attributes": sparse(attributes, fields),
        "relationships": relationships,
        "links": {"self": url},
    }


def _instant(epoch_s: int) -> str:
    return format_instant(datetime.fromtimestamp(epoch_s, UTC))
