"""`profile-marketing-consent`: may the person be written to, and what have they said about it?

Who has no address of a channel cannot receive anything on it. E-mail goes to everybody whom nothing stops;
the other channels need consent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from cdp.errors import Rejected
from cdp.filters import grammar
from cdp.model.consent import ADDRESS, EMAIL, Channel
from functions.audiences.conditions import consent_filters
from functions.audiences.conditions.attributes import Alternatives, Place, Probe
from functions.audiences.conditions.condition import ConditionType
from functions.audiences.conditions.consent_filters import Consent
from functions.audiences.conditions.words import IS_SET, NOT_EMPTY, one_of

_CHANNELS: Mapping[str, Channel] = {
    "email": EMAIL,
    "sms": ("sms", "marketing"),
    "push": ("mobile_push", "marketing"),
}
_STOPS = ("bounce_date", "manual_suppression_date", "invalid_email_date")


class Allowed(NamedTuple):
    """What filters a subscription may have; `needed`: the list must be there."""

    fields: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    needed: bool = False


_STOPPED = Allowed(_STOPS)
# fmt: off
_ALLOWED: Mapping[tuple[str, bool], Mapping[str, Allowed]] = {
    ("email", True): {
        "any": Allowed(),
        "subscribed": Allowed(
            ("is_double_opt_in", "status_date", "custom_source", "method"),
            ("form", "preference_page", "api", "inbound_message", "back_in_stock", "sftp", "manual_import",
             "manual_add", "integration"),
        ),
        "never_subscribed": Allowed(),
    },
    ("email", False): {
        "any": _STOPPED,
        "unsubscribed": Allowed(
            ("status_date", "method", *_STOPS),
            ("api", "inbound_message", "preference_page", "manual_remove", "spam_complaint", "mailbox_provider",
             "one_click_unsubscribe", "manual_import", "sftp", "data_warehouse_import", "profile_modification",
             "integration"),
        ),
        "never_subscribed": _STOPPED._replace(needed=True),
        "subscribed": _STOPPED._replace(needed=True),
    },
    ("sms", True): {
        "subscribed": Allowed(
            ("status_date", "method", "is_rcs_capable"),
            ("form", "manual_import", "manual_add", "checkout", "inbound_message", "preference_page", "sftp",
             "integration"),
        ),
    },
    ("sms", False): {
        "any": Allowed(),
        "unsubscribed": Allowed(
            ("status_date", "method"),
            ("form", "manual_import", "manual_add", "manual_remove", "bulk_remove", "checkout", "inbound_message",
             "preference_page", "sftp", "carrier_deactivation", "provided_landline", "message_blocked",
             "provided_no_age", "failed_age_gate", "integration"),
        ),
        "never_subscribed": Allowed(),
    },
    ("push", True): {"any": Allowed(("status_date",))},
    ("push", False): {"any": Allowed()},
}
# fmt: on


class _Status(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subscription: Literal["any", "subscribed", "unsubscribed", "never_subscribed"]
    filters: list[Any] | None = None


class _Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    channel: Literal["email", "sms", "push"]
    can_receive_marketing: bool
    consent_status: _Status


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["profile-marketing-consent"]
    consent: _Consent


def parse(data: dict[str, Any], pointer: str) -> Consent:
    consent = grammar.convert(data, _Given, pointer).consent
    channel, able, status = _CHANNELS[consent.channel], consent.can_receive_marketing, consent.consent_status
    at = f"{pointer}/consent/consent_status"
    possible = _ALLOWED[consent.channel, able]
    if status.subscription not in possible:
        raise Rejected(f"subscription is one of: {', '.join(possible)}.", field=f"{at}/subscription")
    allowed = possible[status.subscription]
    if allowed.needed and status.filters is None:
        raise Rejected("This subscription needs a list of filters.", field=f"{at}/filters")
    if status.filters and not allowed.fields:
        raise Rejected("This subscription takes no filters.", field=f"{at}/filters")
    filters = consent_filters.read(status.filters, f"{at}/filters", channel, allowed.fields, allowed.methods)
    said = (*says(channel, status.subscription), *filters)
    ways = can_receive(channel) if able else cannot_receive(channel)
    return Consent(tuple((*way, *said) for way in ways))


def says(channel: Channel, subscription: str) -> tuple[Probe, ...]:
    """What the person has said: subscribed, unsubscribed, never_subscribed or any."""
    place = Place("subscriptions", (*channel, "consent"))
    if subscription == "any":
        return ()
    if subscription == "never_subscribed":
        return (Probe(place, one_of("subscribed", "unsubscribed"), expected=False),)
    return (Probe(place, one_of(subscription)),)


def can_receive(channel: Channel) -> Alternatives:
    address = ADDRESS.get(channel[0])
    has_address = () if address is None else (Probe(Place(address), IS_SET),)
    if channel == EMAIL:
        return ((*has_address, Probe(_SUPPRESSION, NOT_EMPTY, expected=False)),)
    return ((*has_address, *says(channel, "subscribed")),)


def cannot_receive(channel: Channel) -> Alternatives:
    """One of the probes of `can_receive` fails."""
    (probes,) = can_receive(channel)
    return tuple((probe._replace(expected=not probe.expected),) for probe in probes)


_SUPPRESSION = Place("subscriptions", (*EMAIL, "suppression"))
CONDITION = ConditionType("profile-marketing-consent", parse)
