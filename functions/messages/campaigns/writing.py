"""What the definitions of revision 2026-10-15 and later make of campaigns and their parts. Pure.

What a definition does not name stays; null takes a value back.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET

from cdp.documents import campaigns
from cdp.documents.campaigns import (
    MOST_MESSAGES,
    MOST_PARTS,
    Audience,
    Campaign,
    Message,
    Schedule,
    Tracking,
    Variation,
    part_id,
)
from cdp.errors import Rejected
from cdp.jsonapi.bodies import checked_name
from cdp.model.ids import new_ulid
from functions.messages.campaigns import planning
from functions.messages.campaigns.bodies import groups, stated_id
from functions.messages.campaigns.channels import check_details
from functions.messages.campaigns.newer_bodies import (
    AT,
    DEFINITION,
    AudienceDefinition,
    CampaignDefinition,
    InlineMessage,
    InlineVariation,
    MessageDefinition,
    NewCampaignData,
    SendOptions,
    SendSettings,
    TrackingOptions,
    VariationDefinition,
)
from functions.messages.campaigns.times import instant

MESSAGES = f"{AT}/messages"
UNNAMED = "Untitled campaign"
_COLOR = re.compile(r"#?[0-9a-fA-F]{6}")
_THROTTLING = {
    "FOR_CAMPAIGNS": "throttle-for-campaigns",
    "FOR_CAMPAIGNS_AND_FLOWS": "throttle-for-campaigns-and-flows",
    "FOR_FLOWS": "throttle-for-flows",
    "NONE": "none",
}
S = TypeVar("S", bound=msgspec.Struct)


def created(body: NewCampaignData, now: datetime) -> Campaign:
    """The campaign that a body describes, with its audiences, messages and variations."""
    given = body.attributes
    inline_audiences, inline_messages = given.audiences or [], given.messages or []
    _at_most(inline_audiences, MOST_PARTS, f"{AT}/audiences")
    _at_most(inline_messages, MOST_MESSAGES, MESSAGES)
    id_ = new_ulid(now) if body.id is None else stated_id(body.id, "/data/id")
    campaign = changed(Campaign(id_, UNNAMED, now, now), given.definition)
    audiences: dict[str, Audience] = {}
    for n, one in enumerate(inline_audiences):
        at = f"{AT}/audiences/{n}"
        if one.temporary_id in audiences:
            raise Rejected("Two audiences have this temporary_id.", field=f"{at}/temporary_id")
        definition = AudienceDefinition(one.name, one.included, one.excluded)
        audiences[one.temporary_id] = new_audience(campaign, definition, now, at)
    messages = tuple(
        _inline_message(campaign, one, audiences, now, f"{MESSAGES}/{n}") for n, one in enumerate(inline_messages)
    )
    return msgspec.structs.replace(campaign, audiences=tuple(audiences.values()), messages=messages)


def changed(campaign: Campaign, given: CampaignDefinition) -> Campaign:
    if given.name is not None:
        campaign = msgspec.structs.replace(campaign, name=checked_name(given.name, f"{DEFINITION}/name"))
    if isinstance(given.color, str) and not _COLOR.fullmatch(given.color):
        raise Rejected("A color is six hexadecimal digits.", field=f"{DEFINITION}/color")
    campaign = _with(campaign, builder=given.builder, color=given.color, description=given.description)
    if given.archived is not None:
        campaign = msgspec.structs.replace(campaign, archived=given.archived)
    if given.send_settings is not None:
        settings = _with_settings(campaign.send_settings, given.send_settings)
        campaign = msgspec.structs.replace(campaign, send_settings=settings)
    return campaign


def new_audience(campaign: Campaign, given: AudienceDefinition, now: datetime, at: str) -> Audience:
    return changed_audience(Audience(part_id(campaign.id), now, now), given, at)


def changed_audience(audience: Audience, given: AudienceDefinition, at: str) -> Audience:
    return msgspec.structs.replace(
        _with(audience, name=given.name, priority=given.priority),
        included=audience.included if given.included is None else groups(given.included, f"{at}/included"),
        excluded=audience.excluded if given.excluded is None else groups(given.excluded, f"{at}/excluded"),
    )


def new_variations(
    campaign: Campaign, given: list[InlineVariation] | None, now: datetime, at: str
) -> tuple[Variation, ...]:
    """One without content if none is given."""
    _at_most(given or [], MOST_PARTS, at)
    inline = enumerate(given or [InlineVariation(VariationDefinition())])
    return tuple(new_variation(campaign, one.definition, now, f"{at}/{n}/definition") for n, one in inline)


def new_variation(campaign: Campaign, given: VariationDefinition, now: datetime, at: str) -> Variation:
    return changed_variation(Variation(part_id(campaign.id), now, now), given, at)


def changed_variation(variation: Variation, given: VariationDefinition, at: str) -> Variation:
    """`details` are replaced as a whole."""
    if given.details is not None:
        check_details(given.details, f"{at}/details")
        variation = msgspec.structs.replace(variation, details=given.details)
    return _with(variation, name=given.name)


def changed_message(message: Message, given: MessageDefinition, now: datetime, at: str) -> Message:
    if given.tracking_options is not None:
        tracking = _with_tracking(message.tracking, given.tracking_options)
        message = msgspec.structs.replace(message, tracking=tracking)
    if given.send_options is not None:
        message = _with_send_options(message, given.send_options, now, f"{at}/send_options")
    if isinstance(given.ab_test, msgspec.Struct):
        test = campaigns.AbTest(**msgspec.structs.asdict(given.ab_test))
        message = msgspec.structs.replace(message, ab_test=test)
    elif given.ab_test is None:
        message = msgspec.structs.replace(message, ab_test=None)
    message = _with(message, name=given.name)
    if given.status is not None:
        message = planning.set_status(message, given.status, now, f"{at}/status")
    return message


def _inline_message(
    campaign: Campaign, given: InlineMessage, audiences: dict[str, Audience], now: datetime, at: str
) -> Message:
    audience = audiences.get(given.audience_temporary_id)
    if audience is None:
        raise Rejected("No audience has this temporary_id.", field=f"{at}/audience_temporary_id")
    message = Message(
        new_ulid(now) if given.id is None else stated_id(given.id, f"{at}/id"),
        audience.id,
        now,
        now,
        name=given.name,
        tracking=Tracking(utm=given.is_add_utm),
        variations=new_variations(campaign, given.variations, now, f"{at}/variations"),
    )
    if given.throttling_type is None:
        return message
    return msgspec.structs.replace(message, throttling=_THROTTLING[given.throttling_type])


def _with_settings(old: campaigns.SendSettings, given: SendSettings) -> campaigns.SendSettings:
    at = f"{DEFINITION}/send_settings"
    if isinstance(given.send_timezone, str):
        try:
            ZoneInfo(given.send_timezone)
        except (ValueError, LookupError, OSError) as error:
            raise Rejected(f"{given.send_timezone!r} is no time zone.", field=f"{at}/send_timezone") from error
    new = _with(
        old,
        timezone=given.send_timezone,
        strategy=given.send_strategy,
        passed_immediately=given.send_passed_rltz_immediately,
        exit_enabled=given.exit_condition_enabled,
        exit_metric_id=given.exit_condition_conversion_metric_id,
    )
    if new.strategy == "timezone" and new.timezone not in (None, "UTC"):
        raise Rejected("With the strategy 'timezone' the time zone is UTC.", field=f"{at}/send_timezone")
    return new


def _with_tracking(old: Tracking, given: TrackingOptions) -> Tracking:
    return _with(old, utm=given.is_add_utm, clicks=given.is_tracking_clicks, opens=given.is_tracking_opens)


def _with_send_options(message: Message, given: SendOptions, now: datetime, at: str) -> Message:
    if isinstance(given.recipient_percentage, int) and not 1 <= given.recipient_percentage <= 100:
        raise Rejected("A percentage is from 1 to 100.", field=f"{at}/recipient_percentage")
    time: Any = given.send_time
    schedule: Schedule = _with(
        message.schedule,
        strategy="immediate" if given.send_strategy is None else given.send_strategy,
        at=instant(time, f"{at}/send_time") if isinstance(time, str) else time,
        percentage=given.recipient_percentage,
        unit=given.throttle_unit,
        times=given.send_times,
    )
    if schedule.at is not None and schedule.strategy == "immediate":
        schedule = msgspec.structs.replace(schedule, strategy="static")
    if isinstance(time, str):
        schedule = msgspec.structs.replace(schedule, date=None)
    if schedule != message.schedule:
        message = planning.rescheduled(message, schedule, now)
    if given.throttling_type is not None:
        message = msgspec.structs.replace(message, throttling=given.throttling_type)
    return _with(message, ignores_unsubscribes=given.is_ignoring_unsubscribes)


def _with(old: S, **changes: Any) -> S:
    """`old` with those changes that were given."""
    return msgspec.structs.replace(old, **{name: new for name, new in changes.items() if new is not UNSET})


def _at_most(items: list[Any], most: int, at: str) -> None:
    if len(items) > most:
        raise Rejected(f"At most {most} are taken.", field=at)
