"""Copies of campaigns and their parts: new ids, and drafts. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cdp.documents.campaigns import Audience, Campaign, Message, part_id
from cdp.model.ids import new_ulid


def cloned(campaign: Campaign, name: str, now: datetime) -> Campaign:
    id_ = new_ulid(now)
    audiences = {one.id: cloned_audience(one, id_, now) for one in campaign.audiences}
    messages = tuple(
        cloned_message(one, id_, audiences[one.audience_id].id, now) for one in campaign.messages
    )
    return msgspec.structs.replace(
        campaign,
        id=id_,
        name=name,
        created=now,
        updated=now,
        archived=False,
        scheduled_at=None,
        audiences=tuple(audiences.values()),
        messages=messages,
    )


def cloned_audience(audience: Audience, campaign_id: str, now: datetime) -> Audience:
    return msgspec.structs.replace(audience, id=part_id(campaign_id), created=now, updated=now)


def cloned_message(message: Message, campaign_id: str, audience_id: str, now: datetime) -> Message:
    variations = tuple(
        msgspec.structs.replace(one, id=part_id(campaign_id), created=now, updated=now) for one in message.variations
    )
    return msgspec.structs.replace(
        message,
        id=new_ulid(now),
        audience_id=audience_id,
        created=now,
        updated=now,
        status="draft",
        sent_at=None,
        variations=variations,
    )
