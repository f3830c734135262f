"""Consent: what a person has allowed on each channel, and what stops their e-mail (SPEC §2.2). Pure.

Stored in `Profile.subscriptions`, sparse, in the shape in which the API shows it: family → kind → record, the
families being email, sms, whatsapp and mobile_push. Times are kept to the microsecond, because the newest
word counts: one that is older than what is recorded changes nothing, so a job can be worked off again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cdp.jsonapi.times import parse_instant
from cdp.model.profile import Profile

Channel = tuple[str, str]
Record = Mapping[str, Any]
SUBSCRIBED, UNSUBSCRIBED, NEVER = "SUBSCRIBED", "UNSUBSCRIBED", "NEVER_SUBSCRIBED"
EMAIL: Channel = ("email", "marketing")
CHANNELS: Mapping[Channel, str] = {
    EMAIL: "Email Marketing",
    ("email", "open_tracking"): "Email Open Tracking",
    ("sms", "marketing"): "SMS Marketing",
    ("sms", "transactional"): "Transactional SMS",
    ("whatsapp", "marketing"): "WhatsApp Marketing",
    ("whatsapp", "transactional"): "Transactional WhatsApp",
    ("whatsapp", "conversational"): "Conversational WhatsApp",
    ("mobile_push", "marketing"): "Push Marketing",
}
ADDRESS: Mapping[str, str] = {"email": "email", "sms": "phone_number", "whatsapp": "phone_number"}
USER_SUPPRESSED, UNSUBSCRIBE = "USER_SUPPRESSED", "UNSUBSCRIBE"
LIFTED = frozenset({UNSUBSCRIBE, "SPAM_COMPLAINT", USER_SUPPRESSED})
"""Suppressions that end when the person subscribes through a private key; from a browser only `UNSUBSCRIBE`."""


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said: `at` is when, `recorded_at` when we were told. `source` is the caller's own detail."""

    at: datetime
    recorded_at: datetime
    method: str = "API"
    source: str | None = None
    list_id: str | None = None
    double_optin: bool | None = None
    lifts: frozenset[str] = LIFTED


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def record(profile: Profile, channel: Channel) -> Record:
    """What is stored of the channel; empty if nobody ever said anything."""
    family, kind = channel
    found: Record = profile.subscriptions.get(family, {}).get(kind, {})
    return found


def is_current(profile: Profile, channel: Channel, word: Word) -> bool:
    """Is nothing newer recorded than this word?"""
    held = record(profile, channel).get("consent_timestamp")
    return held is None or _moment(held) <= word.at


def subscribe(profile: Profile, channel: Channel, word: Word) -> None:
    """Note the consent, unless something newer is recorded. E-mail: ends the suppressions that it lifts."""
    if not is_current(profile, channel, word):
        return
    changes = _said(profile, channel, SUBSCRIBED, word)
    if channel == EMAIL:
        held = record(profile, EMAIL)
        changes["double_optin"] = bool(word.double_optin)
        changes["suppression"] = [
            one for one in held.get("suppression") or [] if one["reason"] not in word.lifts or _later(one, word)
        ]
        changes["list_suppressions"] = [
            one for one in held.get("list_suppressions") or [] if one["list_id"] != word.list_id or _later(one, word)
        ]
    _write(profile, channel, changes)


def unsubscribe(profile: Profile, channel: Channel, word: Word) -> None:
    """Note the withdrawal, unless something newer is recorded. E-mail is suppressed by it."""
    if not is_current(profile, channel, word):
        return
    changes = _said(profile, channel, UNSUBSCRIBED, word)
    if channel == EMAIL:
        changes["suppression"] = _with(profile.suppressions("suppression"), UNSUBSCRIBE, word.at)
    _write(profile, channel, changes)


def leave_list(profile: Profile, list_id: str, word: Word) -> None:
    """The person wants no e-mail by this list any more; others may go on."""
    held = [one for one in profile.suppressions("list_suppressions") if one["list_id"] != list_id]
    held.append({"list_id": list_id, "reason": UNSUBSCRIBE, "timestamp": stamp(word.at)})
    _write(profile, EMAIL, {"list_suppressions": held, "last_updated": stamp(word.recorded_at)})


def left_list(profile: Profile, list_id: str, word: Word) -> bool:
    """Was `leave_list` done with this very word?"""
    left = {"list_id": list_id, "reason": UNSUBSCRIBE, "timestamp": stamp(word.at)}
    return left in profile.suppressions("list_suppressions")


def suppress(profile: Profile, at: datetime) -> bool:
    """Stop e-mail by hand; False if that was done before (at another time)."""
    held = profile.suppressions("suppression")
    before = next((one for one in held if one["reason"] == USER_SUPPRESSED), None)
    if before is not None:
        return bool(before["timestamp"] == stamp(at))
    _write(profile, EMAIL, {"suppression": _with(held, USER_SUPPRESSED, at), "last_updated": stamp(at)})
    return True


def unsuppress(profile: Profile, at: datetime) -> bool:
    """End what was stopped by hand; False if nothing was, or only later."""
    held = profile.suppressions("suppression")
    kept = [one for one in held if one["reason"] != USER_SUPPRESSED or _moment(one["timestamp"]) > at]
    if len(kept) == len(held):
        return False
    _write(profile, EMAIL, {"suppression": kept, "last_updated": stamp(at)})
    return True


def united(own: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Consents of two profiles that become one: the most recent word wins on every channel, suppressions add
    up; only an UNSUBSCRIBE that is older than the winning consent ends with it."""
    channels = {(family, kind) for held in (own, other) for family in held for kind in held[family]}
    found: dict[str, Any] = {}
    for family, kind in sorted(channels):
        mine, theirs = own.get(family, {}).get(kind, {}), other.get(family, {}).get(kind, {})
        newer = theirs if _said_at(theirs) > _said_at(mine) else mine
        both = {**theirs, **mine} if newer is mine else {**mine, **theirs}
        if (family, kind) == EMAIL:
            both |= _suppressions(mine, theirs, newer)
        found.setdefault(family, {})[kind] = both
    return found


def _suppressions(mine: Record, theirs: Record, newer: Record) -> dict[str, Any]:
    united: dict[str, Any] = {}
    for name, key in (("suppression", ("reason",)), ("list_suppressions", ("list_id", "reason"))):
        found: dict[tuple[str, ...], Record] = {}
        for one in (*(theirs.get(name) or ()), *(mine.get(name) or ())):
            at = tuple(one[part] for part in key)
            if at not in found or one["timestamp"] > found[at]["timestamp"]:
                found[at] = one
        united[name] = list(found.values())
    if newer.get("consent") == SUBSCRIBED:
        since = _said_at(newer)
        united["suppression"] = [
            one for one in united["suppression"] if one["reason"] != UNSUBSCRIBE or one["timestamp"] > since
        ]
    return {name: value for name, value in united.items() if value}


def _said_at(held: Record) -> str:
    """Sortable: every stamp has the same form."""
    return str(held.get("consent_timestamp") or "")


def _said(profile: Profile, channel: Channel, consent: str, word: Word) -> dict[str, Any]:
    told = stamp(word.recorded_at)
    said: dict[str, Any] = {
        "consent": consent,
        "consent_timestamp": stamp(word.at),
        "last_updated": told,
        "method": word.method,
        "method_detail": word.list_id,
        "custom_method_detail": word.source,
    }
    if channel[0] == "whatsapp" or channel == ("email", "open_tracking"):
        said["created_timestamp"] = record(profile, channel).get("created_timestamp") or told
        said["metadata"] = {} if word.source is None else {"custom_source": word.source}
    return said


def _with(held: Iterable[Record], reason: str, at: datetime) -> list[Record]:
    return [*(one for one in held if one["reason"] != reason), {"reason": reason, "timestamp": stamp(at)}]


def _later(one: Record, word: Word) -> bool:
    return _moment(one["timestamp"]) > word.at


def _moment(text: str) -> datetime:
    at = parse_instant(text)
    if at is None:
        raise ValueError(f"a stored time is none: {text!r}")
    return at


def _write(profile: Profile, channel: Channel, changes: Mapping[str, Any]) -> None:
    family, kind = channel
    held = profile.subscriptions.get(family, {})
    profile.subscriptions = {
        **profile.subscriptions,
        family: {**held, kind: {**held.get(kind, {}), **changes}},
    }
