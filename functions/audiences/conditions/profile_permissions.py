"""`profile-permissions`: may the person be reached by WhatsApp?

Explicitly reachable is who has agreed, explicitly unreachable who has withdrawn. Of the others, with a phone
number, reachable is implicitly who has agreed to a conversation there; all the rest is implicitly unreachable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from cdp.errors import Rejected
from cdp.filters import grammar
from cdp.model.consent import Channel
from functions.audiences.conditions import consent_filters
from functions.audiences.conditions.attributes import Alternatives, Place, Probe
from functions.audiences.conditions.condition import ConditionType
from functions.audiences.conditions.consent_filters import Consent
from functions.audiences.conditions.words import IS_SET, one_of

_CHANNELS: Mapping[str, Channel] = {
    "whatsapp_marketing": ("whatsapp", "marketing"),
    "whatsapp_transactional": ("whatsapp", "transactional"),
}
_CONVERSATION = Place("subscriptions", ("whatsapp", "conversational", "consent"))
_HAS_PHONE = Probe(Place("phone_number"), IS_SET)
_FIELDS = ("effective_date", "recorded_date", "subscribe_method")
METHODS = (
    "api", "back_in_stock", "bigcommerce", "bulk_remove", "campaign_monitor", "carrier_deactivation", "checkout",
    "constant_contact", "exact_target", "facebook", "failed_age_gate", "inbound_message", "integration", "mad_mimi",
    "magento_two", "mailbox_provider", "manual_add", "manual_import", "manual_remove", "message_blocked", "netsuite",
    "preference_page", "provided_landline", "provided_no_age", "sftp", "shopify", "social_instagram_message",
    "spam_complaint", "square", "wix", "woocommerce", "form",
)  # fmt: skip


class _Permission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reachable_status: Literal[
        "explicitly_reachable", "implicitly_reachable", "implicitly_or_explicitly_reachable",
        "explicitly_unreachable", "implicitly_unreachable", "implicitly_or_explicitly_unreachable",
    ]  # fmt: skip
    filters: list[Any] | None = None


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["profile-permissions"]
    channel: Literal["whatsapp_marketing", "whatsapp_transactional"]
    permission: _Permission


def parse(data: dict[str, Any], pointer: str) -> Consent:
    given = grammar.convert(data, _Given, pointer)
    channel, status, at = _CHANNELS[given.channel], given.permission.reachable_status, f"{pointer}/permission"
    probes: tuple[Probe, ...] = ()
    if status.startswith("explicitly"):
        if given.permission.filters is None:
            raise Rejected(f"{status} needs a list of filters; it may be empty.", field=f"{at}/filters")
        probes = consent_filters.read(given.permission.filters, f"{at}/filters", channel, _FIELDS, METHODS)
    elif given.permission.filters is not None:
        raise Rejected(f"{status} takes no filters.", field=f"{at}/filters")
    return Consent(tuple((*way, *probes) for way in _ways(channel, status)))


def _ways(channel: Channel, status: str) -> Alternatives:
    consent = Place("subscriptions", (*channel, "consent"))
    agreed, withdrawn = Probe(consent, one_of("subscribed")), Probe(consent, one_of("unsubscribed"))
    talks = Probe(_CONVERSATION, one_of("subscribed"))
    no_phone, silent = (_not(_HAS_PHONE),), (_not(agreed), _not(withdrawn))
    explicitly = (agreed, _HAS_PHONE)
    implicitly = (*silent, _HAS_PHONE, talks)
    neither = (
        (agreed, *no_phone),
        (*silent, *no_phone),
        (*silent, _not(talks)),
    )
    found: Mapping[str, Alternatives] = {
        "explicitly_reachable": (explicitly,),
        "implicitly_reachable": (implicitly,),
        "implicitly_or_explicitly_reachable": (explicitly, implicitly),
        "explicitly_unreachable": ((withdrawn,),),
        "implicitly_unreachable": neither,
        "implicitly_or_explicitly_unreachable": ((withdrawn,), *neither),
    }
    return found[status]


def _not(probe: Probe) -> Probe:
    return probe._replace(expected=not probe.expected)


CONDITION = ConditionType("profile-permissions", parse)
