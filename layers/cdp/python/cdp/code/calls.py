"""What a function is called with: its event and its context (SPEC §17)."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec

from cdp.code.job import Call
from cdp.events.function_due import Trigger

MAX_EVENT_BYTES = 512 * 1024


class _Identifier(msgspec.Struct):
    id: str


class _Related(msgspec.Struct, frozen=True):
    data: _Identifier | None = None


class _Relationships(msgspec.Struct):
    profile: _Related = _Related()
    metric: _Related = _Related()


class _Event(msgspec.Struct):
    relationships: _Relationships = msgspec.field(default_factory=_Relationships)


class _Head(msgspec.Struct):
    type: str
    id: str


class _Document(msgspec.Struct):
    """Of a Get Event document what the context takes from it; what does not look like one gives none."""

    data: _Event = msgspec.field(default_factory=_Event)
    included: tuple[msgspec.Raw, ...] = ()


_document = msgspec.json.Decoder(_Document)
_head = msgspec.json.Decoder(_Head)


def key(function_id: str, event_id: str) -> str:
    """The same for every attempt of a function at an event, and for no other: what makes repeating harmless."""
    return blake2b(f"{function_id}/{event_id}".encode(), digest_size=16).hexdigest()


def person(trigger: Trigger) -> str | None:
    """Id of the profile that the event is of."""
    related = _read(trigger.event).data.relationships.profile.data
    return None if related is None else related.id


def call(id_: str, account_id: str, function_id: str, version: int, trigger: Trigger, attempt: int = 1) -> Call:
    """The call `id_` of a job. `profile` of the context is the resource out of the event's document, or null."""
    document = _read(trigger.event)
    metric = document.data.relationships.metric.data
    context: dict[str, Any] = {
        "company_id": account_id,
        "function_id": function_id,
        "version": version,
        "trigger": {"type": "metric", "uid": None if metric is None else metric.id},
        "profile": _profile(document),
        "run": {"id": key(function_id, trigger.event_id), "attempt": attempt, "hops": trigger.hops},
    }
    return Call(id_, trigger.event, msgspec.Raw(msgspec.json.encode(context)), trigger.hops)


def _profile(document: _Document) -> msgspec.Raw | None:
    for one in document.included:
        try:
            if _head.decode(one).type == "profile":
                return one
        except msgspec.ValidationError:
            continue  # not a resource: a payload that somebody made up for a test
    return None


def _read(event: msgspec.Raw) -> _Document:
    try:
        return _document.decode(event)
    except msgspec.ValidationError:
        return _Document()
