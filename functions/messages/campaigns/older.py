"""Campaigns in the shape of revisions before 2026-10-15: read from the document and written to it. Pure.

Such a campaign has one audience; its options are those of all its messages, and what a message says is its first
variation. A campaign that was made in the later shape is shown as far as this one goes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from cdp.documents.campaigns import (
    EMAIL,
    MOST_MESSAGES,
    Audience,
    Campaign,
    Message,
    Schedule,
    SendSettings,
    Tracking,
    Variation,
    part_id,
)
from cdp.errors import Rejected
from cdp.jsonapi.bodies import New, checked_name
from cdp.jsonapi.documents import Json
from cdp.jsonapi.times import format_instant
from cdp.model.ids import new_ulid
from functions.messages.campaigns import channels, planning
from functions.messages.campaigns.bodies import groups, stated_id
from functions.messages.campaigns.older_bodies import (
    AT,
    THROTTLES,
    ChangedCampaign,
    NewCampaign,
    NewMessage,
    TrackingOptions,
    params_of,
    past_at_once,
    schedule_of,
)
from functions.messages.campaigns.times import shown

_LOCAL = ("local_timezone", "content_variation_local_timezone")
_TESTS = ("ab_send_time_test", "content_variation")
MESSAGES = f"{AT}/campaign-messages/data"


def created(body: New[NewCampaign], now: datetime) -> Campaign:
    """The campaign that a body describes, with its messages."""
    given = body.attributes
    name = checked_name(given.name, f"{AT}/name")
    if not 1 <= len(given.campaign_messages.data) <= MOST_MESSAGES:
        raise Rejected(f"A campaign has 1 to {MOST_MESSAGES} messages.", field=MESSAGES)
    id_ = new_ulid(now) if body.id is None else stated_id(body.id, "/data/id")
    audience = Audience(
        part_id(id_),
        now,
        now,
        included=groups(given.audiences.included, f"{AT}/audiences/included"),
        excluded=groups(given.audiences.excluded or [], f"{AT}/audiences/excluded"),
    )
    messages = tuple(
        _message(one, id_, audience.id, now, f"{MESSAGES}/{n}") for n, one in enumerate(given.campaign_messages.data)
    )
    campaign = Campaign(id_, name, now, now, audiences=(audience,), messages=messages)
    return _with_options(
        campaign,
        ChangedCampaign(
            send_strategy=given.send_strategy,
            send_options=given.send_options,
            tracking_options=given.tracking_options,
        ),
        now,
    )


def changed(campaign: Campaign, given: ChangedCampaign, now: datetime) -> Campaign:
    """The campaign with what is given; what is absent or null stays."""
    if given.name is not None:
        campaign = msgspec.structs.replace(campaign, name=checked_name(given.name, f"{AT}/name"))
    if given.audiences is not None:
        campaign = _with_audience(campaign, given.audiences.included, given.audiences.excluded, now)
    return _with_options(campaign, given, now)


def changed_message(message: Message, raw: msgspec.Raw, now: datetime) -> Message:
    """The message with another definition; its channel is what it was made for."""
    at = f"{AT}/definition"
    definition = channels.read_definition(raw, at)
    if message.variations and definition["channel"] != message.channel:
        raise Rejected(f"The channel of this message is {message.channel}.", field=f"{at}/channel")
    if message.variations:
        first, *others = message.variations
        details = channels.merged(first.details, definition)
        first = msgspec.structs.replace(first, details=details, updated=now)
    else:
        raise Rejected("This message has no variation to define.", field=at)
    name = definition["label"] if definition.get("label") is not None else message.name
    return msgspec.structs.replace(message, name=name, variations=(first, *others), updated=now)


def attributes(campaign: Campaign) -> Json:
    first = campaign.messages[0] if campaign.messages else None
    return {
        "name": campaign.name,
        "status": campaign.status,
        "archived": campaign.archived,
        "audiences": _audiences(campaign),
        "send_options": {"use_smart_sending": first is None or first.throttling != "none"},
        "tracking_options": _tracking(campaign, first),
        "send_strategy": _strategy(campaign, first),
        "created_at": format_instant(campaign.created),
        "scheduled_at": shown(campaign.scheduled_at),
        "updated_at": format_instant(campaign.updated),
        "send_time": shown(campaign.send_time),
    }


def message_attributes(message: Message) -> Json:
    return {
        "definition": _definition(message),
        "send_times": send_times(message),
        "created_at": format_instant(message.created),
        "updated_at": format_instant(message.updated),
    }


def flat_message_attributes(message: Message) -> Json:
    """As the answer to the assignment of a template shows it, in every revision."""
    definition = _definition(message)
    attributes: Json = {
        "label": message.label,
        "channel": definition["channel"],
        "content": definition.get("content") or {},
        "send_times": send_times(message),
        "created_at": format_instant(message.created),
        "updated_at": format_instant(message.updated),
    }
    if "render_options" in definition:
        attributes["render_options"] = definition["render_options"]
    return attributes


def send_times(message: Message) -> list[Json]:
    if message.sent_at is None:
        return []
    return [{"datetime": format_instant(message.sent_at), "is_local": message.schedule.strategy in _LOCAL}]


def _message(given: NewMessage, campaign_id: str, audience_id: str, now: datetime, at: str) -> Message:
    definition = channels.read_definition(given.attributes.definition, f"{at}/attributes/definition")
    if given.relationships is not None and given.relationships.image_id is not None:
        raise no_image(given.relationships.image_id, f"{at}/relationships/image/data/id")
    variation = Variation(part_id(campaign_id), now, now, details=channels.details_of(definition))
    id_ = new_ulid(now) if given.id is None else stated_id(given.id, f"{at}/id")
    return Message(id_, audience_id, now, now, name=definition.get("label"), variations=(variation,))


def no_image(id_: str, field: str) -> Rejected:
    """Images are not part of this platform, so no id is one's."""
    return Rejected(
        f"An image with id {id_} does not exist.", field=field, status=404, code="not_found", title="Not found."
    )


def _with_audience(
    campaign: Campaign, included: list[str] | None, excluded: list[str] | None, now: datetime
) -> Campaign:
    at = f"{AT}/audiences"
    if len(campaign.audiences) != 1:
        raise Rejected("This campaign has not one audience; change each by itself.", field=at)
    (audience,) = campaign.audiences
    new = msgspec.structs.replace(
        audience,
        included=audience.included if included is None else groups(included, f"{at}/included"),
        excluded=audience.excluded if excluded is None else groups(excluded, f"{at}/excluded"),
    )
    if new != audience:
        new = msgspec.structs.replace(new, updated=now)
    return msgspec.structs.replace(campaign, audiences=(new,))


def _with_options(campaign: Campaign, given: ChangedCampaign, now: datetime) -> Campaign:
    """The options of a campaign are those of all its messages."""
    messages = list(campaign.messages)
    if given.send_strategy is not None:
        schedule = schedule_of(given.send_strategy, f"{AT}/send_strategy")
        messages = [planning.rescheduled(one, schedule, now) for one in messages]
        if (past := past_at_once(given.send_strategy)) is not None:
            settings = msgspec.structs.replace(campaign.send_settings, passed_immediately=past)
            campaign = msgspec.structs.replace(campaign, send_settings=settings)
    if given.send_options is not None and given.send_options.use_smart_sending is not None:
        smart = given.send_options.use_smart_sending
        throttling = "throttle-for-campaigns-and-flows" if smart else "none"
        messages = [msgspec.structs.replace(one, throttling=throttling) for one in messages]
    if given.tracking_options is not None:
        tracked = given.tracking_options
        messages = [msgspec.structs.replace(one, tracking=_tracked(one.tracking, tracked)) for one in messages]
        if tracked.custom_tracking_params is not msgspec.UNSET:
            campaign = msgspec.structs.replace(campaign, tracking_params=params_of(tracked))
    dated = (
        new if new == old else msgspec.structs.replace(new, updated=now)
        for old, new in zip(campaign.messages, messages, strict=True)
    )
    return msgspec.structs.replace(campaign, messages=tuple(dated))


def _tracked(old: Tracking, given: TrackingOptions) -> Tracking:
    utm, clicks, opens = given.add_tracking_params, given.is_tracking_clicks, given.is_tracking_opens
    return Tracking(
        utm=old.utm if utm is msgspec.UNSET else utm,
        clicks=old.clicks if clicks is msgspec.UNSET else clicks,
        opens=old.opens if opens is msgspec.UNSET else opens,
    )


def _definition(message: Message) -> dict[str, Any]:
    return channels.definition_of(message.variations[0].details if message.variations else {}, message.label)


def _audiences(campaign: Campaign) -> Json:
    """Everybody whom an audience includes, without those whom all of them exclude."""
    included = dict.fromkeys(id_ for one in campaign.audiences for id_ in one.included)
    excluded = dict.fromkeys(id_ for one in campaign.audiences for id_ in one.excluded)
    everywhere = [id_ for id_ in excluded if all(id_ in one.excluded for one in campaign.audiences)]
    return {"included": list(included), "excluded": everywhere}


def _tracking(campaign: Campaign, first: Message | None) -> Json:
    tracking = Tracking() if first is None else first.tracking
    options: Json = {
        "add_tracking_params": tracking.utm,
        "custom_tracking_params": list(campaign.tracking_params or ()),
    }
    if first is None or first.channel == EMAIL:
        options |= {"is_tracking_clicks": tracking.clicks, "is_tracking_opens": tracking.opens}
    return options


def _strategy(campaign: Campaign, first: Message | None) -> Json:
    schedule = Schedule() if first is None else first.schedule
    if schedule.strategy == "immediate":
        return {"method": "immediate"}
    if schedule.strategy in _TESTS:
        return {"method": "ab_test_campaign"}
    if schedule.strategy == "send_time_optimization" and schedule.date is not None:
        return {"method": "smart_send_time", "date": schedule.date}
    if schedule.at is None:
        return {"method": "immediate" if schedule.strategy == "static" else "unsupported"}
    at = format_instant(schedule.at)
    if schedule.strategy == "throttled" and schedule.percentage in THROTTLES:
        return {"method": "throttled", "datetime": at, "throttle_percentage": schedule.percentage}
    if schedule.strategy in ("static", "local_timezone"):
        return {"method": "static", "datetime": at, "options": _options(schedule, campaign.send_settings)}
    return {"method": "unsupported"}


def _options(schedule: Schedule, settings: SendSettings) -> Json:
    if schedule.strategy == "static":
        return {"is_local": False}
    return {"is_local": True, "send_past_recipients_immediately": bool(settings.passed_immediately)}
