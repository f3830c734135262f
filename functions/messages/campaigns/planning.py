"""When messages are sent, as far as metadata goes. Pure.

Nothing is sent here: whoever sends says so. A message whose time lies behind counts as sent then, which is how
campaigns of the past are described; one whose time is to come is scheduled, and counts as sent from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime

import msgspec

from cdp.documents.campaigns import Campaign, Message, Schedule
from cdp.errors import Rejected, conflict

JOB_STATUS = {
    "Scheduled": "queued",
    "Sending": "processing",
    "Sent": "complete",
    "Cancelled": "cancelled",
}


def time_of(schedule: Schedule) -> datetime | None:
    """The schedule's time; a date alone begins at 00:00 UTC."""
    if schedule.date is not None:
        return datetime.fromisoformat(schedule.date).replace(tzinfo=UTC)
    return schedule.at


def planned(message: Message, schedule: Schedule, now: datetime) -> Message:
    """The message given its time, which is now if the schedule names none."""
    at = time_of(schedule) or now
    status = "sent" if at <= now else "scheduled"
    return msgspec.structs.replace(message, schedule=schedule, status=status, sent_at=at, updated=now)


def withdrawn(message: Message, action: str, now: datetime, field: str) -> Message:
    """The message cancelled, or reverted to a draft; what is sent stays sent."""
    if message.status == "sent":
        raise conflict("What is sent can neither be cancelled nor reverted.", field=field)
    status = "cancelled" if action == "cancel" else "draft"
    return msgspec.structs.replace(message, status=status, sent_at=None, updated=now)


def rescheduled(message: Message, schedule: Schedule, now: datetime) -> Message:
    """The message with another schedule; one that waits for its time waits for the new one, or is a draft again."""
    if message.status == "scheduled" and time_of(schedule) is not None:
        return planned(message, schedule, now)
    if message.status == "scheduled":
        return msgspec.structs.replace(message, schedule=schedule, status="draft", sent_at=None)
    return msgspec.structs.replace(message, schedule=schedule)


def set_status(message: Message, status: str, now: datetime, field: str) -> Message:
    """The message with the status that somebody else's sending has brought about."""
    if status == message.status:
        return message
    if status == "scheduled":
        if time_of(message.schedule) is None:
            raise Rejected("A scheduled message needs a send_time.", field=field)
        return planned(message, message.schedule, now)
    at = None
    if status in ("sending", "sent"):
        at = message.sent_at or time_of(message.schedule) or now
        if at > now:
            raise Rejected("What is sent cannot have a send_time in the future.", field=field)
    return msgspec.structs.replace(message, status=status, sent_at=at)


def plan(
    campaign: Campaign, ids: Collection[str], change: Callable[[Message], Message], now: datetime
) -> Campaign:
    """The campaign with some messages changed; `scheduled_at` is when the first of them was given its time."""
    messages = tuple(change(one) if one.id in ids else one for one in campaign.messages)
    given = any(one.sent_at is not None for one in messages)
    return msgspec.structs.replace(
        campaign, messages=messages, scheduled_at=(campaign.scheduled_at or now) if given else None
    )
