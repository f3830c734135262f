"""What a function is told beside the event (SPEC §17): whose it is, what called it, and the profile."""

from __future__ import annotations

from typing import Any

import msgspec


class _Included(msgspec.Struct):
    type: str


class _Document(msgspec.Struct):
    included: list[msgspec.Raw] = []


_document = msgspec.json.Decoder(_Document)
_included = msgspec.json.Decoder(_Included)


def of_event(account_id: str, function_id: str, metric_id: str, event: msgspec.Raw) -> msgspec.Raw:
    """The context of a call with this Get Event document; `profile` is the one it includes, or null."""
    return _made(account_id, function_id, metric_id, _profile(event))


def of_payload(account_id: str, function_id: str, metric_id: str, payload: msgspec.Raw) -> msgspec.Raw:
    """The context of a trial with a payload, which need not be an event's document."""
    try:
        return of_event(account_id, function_id, metric_id, payload)
    except msgspec.ValidationError:
        return _made(account_id, function_id, metric_id, None)


def _made(account_id: str, function_id: str, metric_id: str, profile: msgspec.Raw | None) -> msgspec.Raw:
    context: dict[str, Any] = {
        "company_id": account_id,
        "trigger": {"type": "metric", "uid": metric_id},
        "function_id": function_id,
        "profile": profile,
    }
    return msgspec.Raw(msgspec.json.encode(context))


def _profile(event: msgspec.Raw) -> msgspec.Raw | None:
    for one in _document.decode(event).included:
        if _included.decode(one).type == "profile":
            return one
    return None
