"""Bodies in the shape of revisions before 2026-10-15 (SPEC §1.8). Pure."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from cdp.documents.campaigns import Schedule
from cdp.jsonapi.bodies import Body, Changed, New, ToOneOrNone
from functions.messages.campaigns.times import day, instant

AT = "/data/attributes"
THROTTLES = (1, 2, 5, 10, 11, 13, 14, 17, 20, 25, 33, 50)
Throttle = Literal[1, 2, 5, 10, 11, 13, 14, 17, 20, 25, 33, 50]


class Audiences(msgspec.Struct, gc=False):
    included: list[str] | None = None
    excluded: list[str] | None = None


class _NewAudiences(msgspec.Struct, gc=False):
    included: list[str]
    excluded: list[str] | None = None


class StaticOptions(msgspec.Struct, gc=False):
    is_local: bool
    send_past_recipients_immediately: bool | None = None


class Static(msgspec.Struct, gc=False, tag_field="method", tag="static"):
    datetime: str
    options: StaticOptions | None = None


class Throttled(msgspec.Struct, gc=False, tag_field="method", tag="throttled"):
    datetime: str
    throttle_percentage: Throttle


class Immediate(msgspec.Struct, gc=False, tag_field="method", tag="immediate"):
    pass


class SmartSendTime(msgspec.Struct, gc=False, tag_field="method", tag="smart_send_time"):
    date: str


Strategy = Static | Throttled | Immediate | SmartSendTime


class SendOptions(msgspec.Struct, gc=False):
    use_smart_sending: bool | None = None


class DynamicParam(msgspec.Struct, gc=False, tag_field="type", tag="dynamic"):
    name: str
    value: Literal[
        "campaign_id",
        "campaign_name",
        "campaign_name_id",
        "campaign_name_send_day",
        "email_subject",
        "group_id",
        "group_name",
        "group_name_id",
        "link_alt_text",
        "message_type",
        "profile_external_id",
        "profile_id",
    ]


class StaticParam(msgspec.Struct, gc=False, tag_field="type", tag="static"):
    name: str
    value: str


class TrackingOptions(msgspec.Struct, gc=False):
    add_tracking_params: bool | UnsetType | None = UNSET
    custom_tracking_params: list[DynamicParam | StaticParam] | UnsetType | None = UNSET
    is_tracking_clicks: bool | UnsetType | None = UNSET
    is_tracking_opens: bool | UnsetType | None = UNSET


class Relationships(msgspec.Struct, gc=False):
    image: ToOneOrNone[str] | None = None

    @property
    def image_id(self) -> str | None:
        return self.image.id if self.image else None


class _MessageAttributes(msgspec.Struct, gc=False):
    definition: Raw


class NewMessage(msgspec.Struct, gc=False):
    type: Literal["campaign-message"]
    attributes: _MessageAttributes
    relationships: Relationships | None = None
    id: str | None = None


class _NewMessages(msgspec.Struct, gc=False):
    data: list[NewMessage]


class NewCampaign(msgspec.Struct, gc=False, rename={"campaign_messages": "campaign-messages"}):
    name: str
    audiences: _NewAudiences
    campaign_messages: _NewMessages
    send_strategy: Strategy | None = None
    send_options: SendOptions | None = None
    tracking_options: TrackingOptions | None = None


class ChangedCampaign(msgspec.Struct, gc=False):
    name: str | None = None
    audiences: Audiences | None = None
    send_strategy: Strategy | None = None
    send_options: SendOptions | None = None
    tracking_options: TrackingOptions | None = None


class ChangedMessage(msgspec.Struct, gc=False):
    definition: Raw | UnsetType = UNSET


class _ChangedMessage(Changed[ChangedMessage], frozen=True, kw_only=True):
    relationships: Relationships | None = None


new_campaign = Body("campaign", New[NewCampaign])
changed_campaign = Body("campaign", Changed[ChangedCampaign])
changed_message = Body("campaign-message", _ChangedMessage)


def schedule_of(given: Strategy | None, at: str) -> Schedule:
    """The schedule of a strategy; without one a message is sent at once."""
    match given:
        case Static():
            local = given.options is not None and given.options.is_local
            time = instant(given.datetime, f"{at}/datetime")
            return Schedule("local_timezone" if local else "static", at=time)
        case Throttled():
            time = instant(given.datetime, f"{at}/datetime")
            return Schedule("throttled", at=time, percentage=given.throttle_percentage, unit="hour")
        case SmartSendTime():
            return Schedule("send_time_optimization", date=day(given.date, f"{at}/date"))
        case _:
            return Schedule()


def past_at_once(given: Strategy | None) -> bool | None:
    """Are those whose local time has passed sent to at once? None: not said."""
    if isinstance(given, Static) and given.options is not None and given.options.is_local:
        return given.options.send_past_recipients_immediately
    return None


def params_of(given: TrackingOptions) -> tuple[dict[str, Any], ...] | None:
    """The tracking parameters as they are kept."""
    if not isinstance(given.custom_tracking_params, list):
        return None
    return tuple(msgspec.to_builtins(one) for one in given.custom_tracking_params)
