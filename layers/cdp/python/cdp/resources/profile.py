"""Resource `profile` (SPEC §2.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cdp.jsonapi.documents import Asked, Json, Resources
from cdp.jsonapi.times import format_instant, parse_instant
from cdp.model import consent
from cdp.model.consent import ADDRESS, EMAIL, Channel
from cdp.model.profile import Profile

TYPE = "profile"
RELATIONSHIPS = ("lists", "segments", "push-tokens", "conversations")
ADDITIONAL = ("subscriptions", "predictive_analytics")
_TEXTS = ("first_name", "last_name", "organization", "locale", "title", "image")
_PLACE = (
    "address1",
    "address2",
    "city",
    "country",
    "latitude",
    "longitude",
    "region",
    "zip",
    "timezone",
    "ip",
)
_NEVER: Json = {"consent": consent.NEVER, "consent_timestamp": None}
_DETAILS: Json = {"method": None, "method_detail": None, "last_updated": None}
_TIMES = frozenset({"consent_timestamp", "last_updated", "created_timestamp", "timestamp", "valid_until"})
_PREDICTED = (
    "historic_clv",
    "predicted_clv",
    "total_clv",
    "historic_number_of_orders",
    "predicted_number_of_orders",
    "average_days_between_orders",
    "average_order_value",
    "churn_probability",
    "expected_date_of_next_order",
    "ranked_channel_affinity",
)
_FOR_SEGMENTS = frozenset({"predicted_gender", "channel_affinity_ranks"})

_WITHOUT_ORDERS: Json = {"historic_clv": 0, "historic_number_of_orders": 0}


def resources(asked: Asked, fields: frozenset[str] | None = None) -> Resources:
    return Resources(asked, TYPE, "profiles", relationships=RELATIONSHIPS, fields=fields)


def attributes(profile: Profile, additional: Collection[str] = ()) -> Json:
    """All plain attributes, and of `ADDITIONAL` those asked for."""
    shown: Json = {
        "email": profile.email,
        "phone_number": profile.phone_number,
        "external_id": profile.external_id,
        "anonymous_id": profile.anonymous_id,
        **{name: getattr(profile, name) for name in _TEXTS},
        "created": format_instant(profile.created),
        "updated": format_instant(profile.updated),
        "last_event_date": None
        if profile.last_event_date is None
        else format_instant(profile.last_event_date),
        "location": {name: profile.location.get(name) for name in _PLACE},
        "properties": profile.properties,
    }
    if "subscriptions" in additional:
        shown["subscriptions"] = subscriptions(profile)
    if "predictive_analytics" in additional:
        shown["predictive_analytics"] = predictive(profile)
    return shown


def subscriptions(profile: Profile) -> Json:
    """The consent of every channel: what is stored, over what holds for a person who never said anything.

    Without a suppression an e-mail address may be written to; the other channels need consent, and a number.
    """
    return {
        "email": {"marketing": _email(profile), "open_tracking": _open(profile, ("email", "open_tracking"))},
        "sms": {kind: _sms(profile, kind) for kind in ("marketing", "transactional")},
        "mobile_push": {
            "marketing": {
                **_stored(profile, ("mobile_push", "marketing"), _NEVER),
                "can_receive_push_marketing": _agreed(profile, ("mobile_push", "marketing")),
            }
        },
        "whatsapp": {
            kind: {**_open(profile, ("whatsapp", kind)), "phone_number": profile.phone_number}
            for kind in ("marketing", "transactional", "conversational")
        },
    }


def _email(profile: Profile) -> Json:
    plain = {**_NEVER, **_DETAILS, "custom_method_detail": None, "double_optin": None}
    return {
        "can_receive_email_marketing": profile.email is not None and not profile.suppressions("suppression"),
        **_stored(profile, EMAIL, plain),
        "suppression": [_timed(one) for one in profile.suppressions("suppression")],
        "list_suppressions": [_timed(one) for one in profile.suppressions("list_suppressions")],
    }


def _sms(profile: Profile, kind: str) -> Json:
    channel = ("sms", kind)
    able = profile.phone_number is not None and _agreed(profile, channel)
    return {f"can_receive_sms_{kind}": able, **_stored(profile, channel, {**_NEVER, **_DETAILS})}


def _open(profile: Profile, channel: Channel) -> Json:
    """A permission of the newer kind."""
    address = getattr(profile, ADDRESS[channel[0]])
    plain = {**_NEVER, "last_updated": None, "created_timestamp": None, "metadata": {}, "valid_until": None}
    return {"can_receive": address is not None and _agreed(profile, channel), **_stored(profile, channel, plain)}


def _agreed(profile: Profile, channel: Channel) -> bool:
    return consent.record(profile, channel).get("consent") == consent.SUBSCRIBED


def _stored(profile: Profile, channel: Channel, plain: Json) -> Json:
    """The fields of `plain`, as they are stored where they are."""
    held = consent.record(profile, channel)
    return {name: _shown(name, held.get(name, value)) for name, value in plain.items()}


def _timed(one: Mapping[str, Any]) -> Json:
    return {name: _shown(name, value) for name, value in one.items()}


def _shown(name: str, value: Any) -> Any:
    """Times are stored to the microsecond."""
    if name not in _TIMES or value is None:
        return value
    at = parse_instant(value)
    return value if at is None else format_instant(at)


def predictive(profile: Profile) -> Json:
    """What is predicted (SPEC §6.1), null where there is no prediction; what only segments look at is left out."""
    held = {name: value for name, value in profile.predictive.items() if name not in _FOR_SEGMENTS}
    return {**dict.fromkeys(_PREDICTED), **_WITHOUT_ORDERS, **held}
