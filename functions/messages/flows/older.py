"""Actions and messages as revisions before encoded definitions name their parts, beside the definition. Pure.

Clients in use still ask for these (`fields[flow-action]=action_type,status,settings`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from cdp.documents.flows import Action

Json: TypeAlias = dict[str, Any]
_TYPES: Mapping[str, str] = {
    "conditional-split": "BOOLEAN_BRANCH",
    "trigger-split": "TRIGGER_BRANCH",
    "send-mobile-push": "SEND_PUSH_NOTIFICATION",
    "update-profile": "UPDATE_CUSTOMER",
}
_KINDS: Mapping[str, str] = {older: kind for kind, older in _TYPES.items()}
_UNITS_S: Mapping[str, int] = {"minutes": 60, "hours": 3_600, "days": 86_400, "weeks": 604_800}
_SECOND_S: Mapping[str, int] = {"hours": 60, "days": 3_600}  # the unit of a delay's secondary value
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CONTENT: Mapping[str, str] = {
    "subject_line": "subject",
    "preview_text": "preview_text",
    "from_email": "from_email",
    "from_label": "from_label",
    "reply_to_email": "reply_to_email",
    "cc_email": "cc_email",
    "bcc_email": "bcc_email",
    "title": "title",
    "body": "body",
    "url": "url",
}


def action_type(kind: str) -> str:
    """SEND_EMAIL for send-email."""
    return _TYPES.get(kind, kind.upper().replace("-", "_"))


def kind_of(word: str) -> str:
    """The type in a definition that a client means by either name."""
    return _KINDS.get(word.upper(), word.lower().replace("_", "-"))


def of_action(action: Action) -> Json:
    return {
        "action_type": action_type(action.type),
        "status": action.status,
        "settings": _settings(action.type, action.definition.get("data") or {}),
    }


def of_message(message: Mapping[str, Any]) -> Json:
    content = {name: message[ours] for ours, name in _CONTENT.items() if ours in message}
    return {"name": message["name"], "content": content}


def _settings(kind: str, data: Mapping[str, Any]) -> Json:
    """Of a delay its length in seconds, as far as the unit has one, and its days of the week."""
    if kind not in ("time-delay", "countdown-delay"):
        return {}
    settings: Json = {
        "timezone": data.get("timezone", "profile"),
        "days_of_week": [day for day in _DAYS if day in data.get("delay_until_weekdays", _DAYS)],
    }
    unit = data.get("unit", "days")
    if unit not in _UNITS_S:
        return settings
    rest_s = data.get("secondary_value", 0) * _SECOND_S.get(unit, 0)
    return {**settings, "delay_seconds": data.get("value", 0) * _UNITS_S[unit] + rest_s}
