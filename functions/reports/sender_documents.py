"""Campaigns and flows, and the lists and segments that they are sent to, from an account's documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from cdp.documents import campaigns, flows, lists, segments, tags
from cdp.ports import Table
from functions.reports.senders import KnownMessage, Named, Sender


def known_campaigns(table: Table, account_id: str) -> tuple[Sender, ...]:
    worn = _tags(table, account_id, "campaign")
    return tuple(
        Sender(one.id, one.name, tuple(_messages(one)), tuple(worn.get(one.id, ())))
        for one in campaigns.all_of(table, account_id)
    )


def _messages(campaign: campaigns.Campaign) -> Iterator[KnownMessage]:
    """A campaign's only message often has no name of its own, and bears the campaign's."""
    included = {audience.id: audience.included for audience in campaign.audiences}
    for message in campaign.messages:
        variations = tuple(Named(v.id, v.name or "") for v in message.variations)
        groups = included.get(message.audience_id, ())
        yield KnownMessage(message.id, message.label or campaign.name, variations, groups)


def known_flows(table: Table, account_id: str) -> tuple[Sender, ...]:
    worn = _tags(table, account_id, "flow")
    return tuple(
        Sender(
            one.id,
            one.name,
            tuple(
                KnownMessage(m.id, m.name, tuple(Named(v.id, v.name) for v in m.variations)) for m in one.messages
            ),
            tuple(worn.get(one.id, ())),
        )
        for one in flows.all_of(table, account_id)
    )


def known_groups(table: Table, account_id: str) -> tuple[Named, ...]:
    """Lists and segments."""
    found = [Named(one.thing.id, one.thing.name) for one in lists.LISTS.all(table, account_id)]
    return (*found, *(Named(one.id, one.name) for one in segments.all_of(table, account_id)))


def _tags(table: Table, account_id: str, kind: Literal["campaign", "flow"]) -> dict[str, list[Named]]:
    """The tags by what bears them, in the order of their names: one look-up a tag, not one a campaign."""
    worn: dict[str, list[Named]] = {}
    known = sorted((stored.thing for stored in tags.TAGS.all(table, account_id)), key=lambda tag: (tag.name, tag.id))
    for tag in known:
        for id_ in tags.resources(table, account_id, kind, tag.id):
            worn.setdefault(id_, []).append(Named(tag.id, tag.name))
    return worn
