"""Resource `profile` (SPEC §2.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cdp.jsonapi.documents import Asked, Json, Resources
from cdp.jsonapi.times import format_instant
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
_NEVER = {"consent": "NEVER_SUBSCRIBED", "consent_timestamp": None}
_DETAILS = {"method": None, "method_detail": None, "last_updated": None}
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
        shown["predictive_analytics"] = dict.fromkeys(_PREDICTED)
    return shown


def subscriptions(profile: Profile) -> Json:
    """The consent of every channel: what is stored, over what holds for a person who never said anything.

    Without a suppression an e-mail address may be written to; the other channels need consent.
    """
    stored = profile.subscriptions
    suppressed = bool(_inner(stored, "email", "marketing").get("suppression"))
    return {
        "email": {
            "marketing": {
                "can_receive_email_marketing": profile.email is not None and not suppressed,
                **_NEVER,
                **_DETAILS,
                "custom_method_detail": None,
                "double_optin": None,
                "suppression": [],
                "list_suppressions": [],
                **_inner(stored, "email", "marketing"),
            }
        },
        "sms": {
            kind: {f"can_receive_sms_{kind}": False, **_NEVER, **_DETAILS, **_inner(stored, "sms", kind)}
            for kind in ("marketing", "transactional")
        },
        "mobile_push": {
            "marketing": {
                "can_receive_push_marketing": False,
                **_NEVER,
                **_inner(stored, "mobile_push", "marketing"),
            }
        },
    }


def _inner(stored: Mapping[str, Any], channel: str, kind: str) -> Mapping[str, Any]:
    inner: Mapping[str, Any] = stored.get(channel, {}).get(kind, {})
    return inner
