"""Campaigns and their parts in the shape of revision 2026-10-15 and later: read from the document. Pure."""

from __future__ import annotations

from cdp.documents.campaigns import Audience, Campaign, Message, Schedule, Variation
from cdp.jsonapi.documents import Json
from cdp.jsonapi.times import format_instant
from functions.messages.campaigns.times import shown


def attributes(campaign: Campaign) -> Json:
    settings = campaign.send_settings
    return {
        "created_at": format_instant(campaign.created),
        "updated_at": format_instant(campaign.updated),
        "definition": {
            "name": campaign.name,
            "builder": campaign.builder,
            "archived": campaign.archived,
            "color": campaign.color,
            "description": campaign.description,
            "send_settings": {
                "send_timezone": settings.timezone,
                "send_strategy": settings.strategy,
                "send_passed_rltz_immediately": settings.passed_immediately,
                "exit_condition_enabled": settings.exit_enabled,
                "exit_condition_conversion_metric_id": settings.exit_metric_id,
            },
        },
    }


def audience_attributes(audience: Audience) -> Json:
    definition: Json = {
        "name": audience.name,
        "included": audience.included,
        "excluded": audience.excluded,
        "priority": audience.priority,
    }
    return _dated(audience, definition)


def message_attributes(message: Message) -> Json:
    test = message.ab_test
    definition: Json = {
        "name": message.name,
        "status": message.status,
        "tracking_options": {
            "is_add_utm": message.tracking.utm,
            "is_tracking_clicks": message.tracking.clicks,
            "is_tracking_opens": message.tracking.opens,
        },
        "send_options": _send_options(message),
        "ab_test": None
        if test is None
        else {
            "winner_metric": test.winner_metric,
            "winner_percentage": test.winner_percentage,
            "winner_wait_hours": test.winner_wait_hours,
        },
    }
    return _dated(message, definition)


def variation_attributes(variation: Variation) -> Json:
    return _dated(variation, {"name": variation.name, "details": variation.details})


def schedule_attributes(schedule: Schedule) -> Json:
    """As the answer to a scheduling shows it."""
    best = schedule.strategy == "send_time_optimization"
    return {
        "send_time": shown(schedule.at),
        "send_date": schedule.date,
        "strategy": "smart_send_time" if best else schedule.strategy,
        "throttling_percentage": schedule.percentage,
        "throttle_unit": schedule.unit,
    }


def _send_options(message: Message) -> Json:
    """A message that is sent at once is static, its time that of its sending."""
    schedule = message.schedule
    return {
        "send_time": shown(message.sent_at or schedule.at),
        "send_times": schedule.times,
        "send_strategy": "static" if schedule.strategy == "immediate" else schedule.strategy,
        "recipient_percentage": schedule.percentage,
        "throttling_type": message.throttling,
        "throttle_unit": schedule.unit,
        "is_ignoring_unsubscribes": message.ignores_unsubscribes,
    }


def _dated(part: Audience | Message | Variation, definition: Json) -> Json:
    return {
        "created": format_instant(part.created),
        "updated": format_instant(part.updated),
        "definition": definition,
    }
