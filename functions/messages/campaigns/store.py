"""Finding and changing campaigns and their parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from cdp.documents import campaigns, tags
from cdp.documents.campaigns import CAMPAIGNS, ENTRIES, Audience, Campaign, Message, Variation, settled
from cdp.documents.named import Stored
from cdp.documents.tags import Tag
from cdp.errors import Rejected, Unavailable, conflict, not_found
from cdp.jsonapi.front import Request
from cdp.ports import Table

MOST_BYTES = 300_000  # of a campaign with all its parts: it is one item of the table
_ATTEMPTS = 8
P = TypeVar("P", Audience, Message, Variation)


class Found(NamedTuple):
    """A campaign as of the request, as it is stored, and the part of it that was looked for."""

    campaign: Campaign
    stored: Stored[Campaign]


Finder = Callable[[Request, str], Found]
Change = Callable[[Campaign], Campaign]


class Store:
    """`field`: a pointer to the id in the body, if it stands there and not in the path."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def campaign(self, request: Request, id_: str, field: str | None = None) -> Found:
        return self._found(request, CAMPAIGNS.get(self.table, request.account_id, id_), "campaign", id_, field)

    def message(self, request: Request, id_: str, field: str | None = None) -> Found:
        stored = campaigns.of_message(self.table, request.account_id, id_)
        return self._found(request, stored, "campaign message", id_, field)

    def audience(self, request: Request, id_: str, field: str | None = None) -> Found:
        stored = campaigns.of_part(self.table, request.account_id, id_)
        if stored is not None and all(one.id != id_ for one in stored.thing.audiences):
            stored = None
        return self._found(request, stored, "campaign audience", id_, field)

    def variation(self, request: Request, id_: str, field: str | None = None) -> Found:
        stored = campaigns.of_part(self.table, request.account_id, id_)
        if stored is not None and all(one.id != id_ for m in stored.thing.messages for one in m.variations):
            stored = None
        return self._found(request, stored, "campaign variation", id_, field)

    def change(self, request: Request, find: Callable[[], Found], change: Change) -> Campaign:
        """Find a campaign and write what `change` makes of it, until nobody else was faster."""
        for _ in range(_ATTEMPTS):
            found = find()
            new = change(found.campaign)
            if new == found.campaign:
                return new
            new = msgspec.structs.replace(new, updated=request.now)
            _check_size(new)
            if campaigns.save(self.table, request.account_id, found.stored, new):
                return new
        raise Unavailable("the campaign is being changed by others at the same moment")

    def remove(self, request: Request, find: Callable[[], Found]) -> None:
        for _ in range(_ATTEMPTS):
            found = find()
            if campaigns.remove(self.table, request.account_id, found.stored):
                tags.forget(self.table, request.account_id, "campaign", found.campaign.id)
                return
        raise Unavailable("the campaign is being changed by others at the same moment")

    def create(self, request: Request, campaign: Campaign, messages: str | None = None) -> None:
        """Write a new campaign; `messages`: a pointer to those of the body, whose ids may be stated."""
        taken: set[str] = {campaign.id}
        for n, one in enumerate(campaign.messages):
            if one.id in taken:
                raise conflict(f"The id {one.id} is stated twice.", field=f"{messages}/{n}/id")
            taken.add(one.id)
        _check_size(campaign)
        if campaigns.create(self.table, request.account_id, campaign):
            return
        if CAMPAIGNS.get(self.table, request.account_id, campaign.id) is not None:
            raise conflict(f"A campaign with id {campaign.id} exists.", field="/data/id")
        held = ENTRIES.get_many(self.table, request.account_id, [one.id for one in campaign.messages])
        for n, stored in enumerate(held):
            if stored is not None:
                raise conflict(f"A message with id {stored.thing.id} exists.", field=f"{messages}/{n}/id")
        raise Unavailable("an id is being taken by others at the same moment")

    def tags(self, request: Request, campaign: Campaign) -> list[Tag]:
        return tags.of(self.table, request.account_id, "campaign", campaign.id)

    def _found(
        self, request: Request, stored: Stored[Campaign] | None, what: str, id_: str, field: str | None
    ) -> Found:
        if stored is None:
            raise not_found(what, id_, field=field)
        return Found(settled(stored.thing, request.now), stored)


def _check_size(campaign: Campaign) -> None:
    if len(msgspec.json.encode(campaign)) > MOST_BYTES:
        raise Rejected(
            f"A campaign with its audiences, messages and variations has at most {MOST_BYTES} bytes.",
            field="/data/attributes",
            status=413,
            code="payload_too_large",
            title="Payload too large.",
        )


def part_of(parts: Sequence[P], id_: str) -> P:
    return next(one for one in parts if one.id == id_)


def message_of_variation(campaign: Campaign, id_: str) -> Message:
    return next(m for m in campaign.messages if any(one.id == id_ for one in m.variations))


def with_part(parts: tuple[P, ...], new: P) -> tuple[P, ...]:
    """The parts with one of them replaced."""
    return tuple(new if one.id == new.id else one for one in parts)


def with_message(campaign: Campaign, new: Message) -> Campaign:
    return msgspec.structs.replace(campaign, messages=with_part(campaign.messages, new))
