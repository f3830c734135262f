"""Campaigns: what was or will be sent to whom, as metadata (SPEC §2.4).

One document holds a campaign with its audiences, messages and variations; both shapes of the API (SPEC §1.8)
are read from it and written to it. An entry per message stands apart, so that a message is found by its id and
all messages of an account can be listed. Audiences and variations carry their campaign's id in their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec

from cdp.documents.named import Collection, Stored
from cdp.model.ids import new_short_id
from cdp.ports import Delete, Put, Table

MessageStatus = Literal["draft", "scheduled", "sending", "sent", "cancelled"]
Strategy = Literal[
    "immediate",
    "static",
    "local_timezone",
    "throttled",
    "send_time_optimization",
    "personalized_send_time_optimization",
    "ab_send_time_test",
    "content_variation",
    "content_variation_local_timezone",
    "variation_per_second_throttled",
]
Throttling = Literal["none", "throttle-for-campaigns", "throttle-for-campaigns-and-flows", "throttle-for-flows"]
EMAIL = "email"
MOST_MESSAGES = 20  # of a campaign: they and the campaign are written in one transaction
MOST_PARTS = 20  # audiences of a campaign, variations of a message


class Audience(msgspec.Struct, frozen=True, omit_defaults=True):
    """`included` and `excluded` are ids of lists and segments."""

    id: str
    created: datetime
    updated: datetime
    name: str | None = None
    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    priority: int | None = None


class Variation(msgspec.Struct, frozen=True, omit_defaults=True):
    """`details` is what one channel sends: `channel`, `content` and the channel's further settings, as given."""

    id: str
    created: datetime
    updated: datetime
    name: str | None = None
    details: dict[str, Any] = {}

    @property
    def channel(self) -> str:
        channel = self.details.get("channel")
        return channel if isinstance(channel, str) and channel else EMAIL


class Schedule(msgspec.Struct, frozen=True, omit_defaults=True):
    """When a message is to be sent: `at` (UTC; local time of day of each recipient for `local_timezone`), or on
    `date` (ISO) at each recipient's best time. `percentage` of the recipients per `unit`. `times`: by variation, as
    given."""

    strategy: Strategy = "immediate"
    at: datetime | None = None
    date: str | None = None
    percentage: int | None = None
    unit: Literal["minute", "hour"] | None = None
    times: dict[str, Any] | None = None


class Tracking(msgspec.Struct, frozen=True, omit_defaults=True):
    """`utm`: are tracking parameters put on links? None: as the account has it."""

    utm: bool | None = None
    clicks: bool | None = None
    opens: bool | None = None


class AbTest(msgspec.Struct, frozen=True, omit_defaults=True):
    winner_metric: str | None = None
    winner_percentage: int | None = None
    winner_wait_hours: int | None = None


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """`sent_at`: when sending begins or began; None: it is not planned. `throttling`: whom smart sending spares."""

    id: str
    audience_id: str
    created: datetime
    updated: datetime
    name: str | None = None
    status: MessageStatus = "draft"
    schedule: Schedule = Schedule()
    sent_at: datetime | None = None
    tracking: Tracking = Tracking()
    throttling: Throttling = "throttle-for-campaigns-and-flows"
    ignores_unsubscribes: bool | None = None
    ab_test: AbTest | None = None
    template_id: str | None = None
    variations: tuple[Variation, ...] = ()

    @property
    def channel(self) -> str:
        """Of the first variation: email, sms, mobile_push, whatsapp …"""
        return self.variations[0].channel if self.variations else EMAIL

    @property
    def label(self) -> str:
        return self.name or ""


class SendSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """`passed_immediately`: recipients whose local time has passed are sent to at once."""

    timezone: str | None = None
    strategy: str | None = None
    passed_immediately: bool | None = None
    exit_enabled: bool | None = None
    exit_metric_id: str | None = None


class Campaign(msgspec.Struct, frozen=True, omit_defaults=True):
    """`scheduled_at`: when it was given its time or sent. `tracking_params` are kept as given. Times are UTC."""

    id: str
    name: str
    created: datetime
    updated: datetime
    archived: bool = False
    scheduled_at: datetime | None = None
    builder: str | None = None
    color: str | None = None
    description: str | None = None
    send_settings: SendSettings = SendSettings()
    tracking_params: tuple[dict[str, Any], ...] | None = None
    audiences: tuple[Audience, ...] = ()
    messages: tuple[Message, ...] = ()

    @property
    def status(self) -> str:
        """Draft, Scheduled, Sending, Sent or Cancelled: what its messages are, the liveliest first."""
        held = {message.status for message in self.messages}
        if "sending" in held or {"sent", "scheduled"} <= held or {"sent", "draft"} <= held:
            return "Sending"
        for status in ("scheduled", "sent", "draft", "cancelled"):
            if status in held:
                return status.capitalize()
        return "Draft"

    @property
    def send_time(self) -> datetime | None:
        """When sending begins or began; None: it is not planned."""
        return min((message.sent_at for message in self.messages if message.sent_at), default=None)

    @property
    def channels(self) -> tuple[str, ...]:
        """Of its messages, without repeats."""
        return tuple(dict.fromkeys(v.channel for m in self.messages for v in m.variations)) or (EMAIL,)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message as it is found by its id and listed among all messages of the account."""

    id: str
    campaign_id: str
    name: str
    created: datetime
    updated: datetime
    status: MessageStatus = "draft"
    sent_at: datetime | None = None


P = TypeVar("P", Message, Entry)
CAMPAIGNS: Collection[Campaign] = Collection("campaigns", Campaign, own_order="scheduled_at")
ENTRIES: Collection[Entry] = Collection("campaign-messages", Entry)


def get(table: Table, account_id: str, id_: str) -> Campaign | None:
    return get_many(table, account_id, [id_])[0]


def get_many(table: Table, account_id: str, ids: Sequence[str]) -> list[Campaign | None]:
    """In the order of `ids`; None for those that do not exist."""
    return [None if one is None else one.thing for one in CAMPAIGNS.get_many(table, account_id, ids)]


def all_of(table: Table, account_id: str) -> list[Campaign]:
    """Every campaign of the account, by id."""
    return [stored.thing for stored in CAMPAIGNS.all(table, account_id)]


def of_message(table: Table, account_id: str, message_id: str) -> Stored[Campaign] | None:
    """The campaign that a message belongs to."""
    entry = ENTRIES.get(table, account_id, message_id)
    stored = None if entry is None else CAMPAIGNS.get(table, account_id, entry.thing.campaign_id)
    if stored is None or all(message.id != message_id for message in stored.thing.messages):
        return None
    return stored


def of_part(table: Table, account_id: str, part_id: str) -> Stored[Campaign] | None:
    """The campaign whose id an audience's or a variation's id begins with; is the part in it? is not looked at."""
    campaign_id, _, rest = part_id.rpartition("-")
    return CAMPAIGNS.get(table, account_id, campaign_id) if rest else None


def part_id(campaign_id: str) -> str:
    """A new id of an audience or a variation."""
    return f"{campaign_id}-{new_short_id()}"


def settled(campaign: Campaign, now: datetime) -> Campaign:
    """The campaign as of `now`: a message whose time has come counts as sent."""
    if not any(_due(message, now) for message in campaign.messages):
        return campaign
    messages = tuple(settled_part(message, now) for message in campaign.messages)
    return msgspec.structs.replace(campaign, messages=messages)


def settled_part(part: P, now: datetime) -> P:
    """The message, or its entry, as of `now`."""
    return msgspec.structs.replace(part, status="sent") if _due(part, now) else part


def _due(part: Message | Entry, now: datetime) -> bool:
    return part.status == "scheduled" and part.sent_at is not None and part.sent_at <= now


def create(table: Table, account_id: str, campaign: Campaign) -> bool:
    """Write a new campaign and its messages' entries; False if an id is taken."""
    entries = [ENTRIES.put(account_id, entry(campaign, one), 0) for one in campaign.messages]
    return table.write([[CAMPAIGNS.put(account_id, campaign, 0), *entries]])[0]


def save(table: Table, account_id: str, stored: Stored[Campaign], new: Campaign) -> bool:
    """Write a changed campaign and the entries that change with it; False if somebody else was faster."""
    old = {one.id: entry(stored.thing, one) for one in stored.thing.messages}
    kept = {one.id: entry(new, one) for one in new.messages}
    held = ENTRIES.get_many(table, account_id, list(old))
    versions = {one.thing.id: one for one in held if one is not None}
    writes: list[Put | Delete] = [CAMPAIGNS.put(account_id, new, stored.version)]
    for id_, one in kept.items():
        if old.get(id_) != one:
            writes.append(ENTRIES.put(account_id, one, versions[id_].version if id_ in versions else 0))
    writes += (ENTRIES.delete(account_id, gone) for id_, gone in versions.items() if id_ not in kept)
    return table.write([writes])[0]


def remove(table: Table, account_id: str, stored: Stored[Campaign]) -> bool:
    """Remove a campaign and its messages' entries; False if somebody else was faster."""
    held = ENTRIES.get_many(table, account_id, [one.id for one in stored.thing.messages])
    gone = [ENTRIES.delete(account_id, one) for one in held if one is not None]
    return table.write([[CAMPAIGNS.delete(account_id, stored), *gone]])[0]


def entry(campaign: Campaign, message: Message) -> Entry:
    return Entry(
        message.id,
        campaign.id,
        message.label,
        message.created,
        message.updated,
        message.status,
        message.sent_at,
    )
