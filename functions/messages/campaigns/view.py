"""Campaigns and their parts as resources, in the shape of the request's revision (SPEC §1.8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cdp.documents import templates
from cdp.documents.campaigns import Audience, Campaign, Message, Variation
from cdp.documents.tags import Tag
from cdp.jsonapi.documents import Json, Resources, identifier
from cdp.jsonapi.front import Request
from cdp.resources import tag
from functions.messages.campaigns import newer, older
from functions.messages.campaigns.store import Store
from functions.messages.templates import shown as template

CAMPAIGN, MESSAGE = "campaign", "campaign-message"
AUDIENCE, VARIATION = "campaign-audience", "campaign-variation"
NEWER = "2026-10-15"


def is_newer(request: Request) -> bool:
    """Is the later shape asked for? A request without a revision gets the earlier one (SPEC §1.1)."""
    revision = request.headers.get("revision", "").strip()[: len(NEWER)]
    return revision[:1].isdecimal() and revision >= NEWER


class View:
    """Made before anything is written: what is wrongly asked for is refused then."""

    def __init__(self, request: Request, store: Store, include: Sequence[str] = ()) -> None:
        self._request, self._store = request, store
        self.newer = is_newer(request)
        self.wanted = request.params.include(include)
        self._tags: dict[str, list[Tag]] = {}

    def campaign(self, campaign: Campaign) -> Json:
        messages = [identifier(MESSAGE, one.id) for one in campaign.messages]
        tags = [identifier(tag.TYPE, one.id) for one in self.tags(campaign)]
        if not self.newer:
            make = self._resources(CAMPAIGN, "campaign-messages", "tags").make
            related = {"campaign-messages": messages, "tags": tags}
            return make(campaign.id, older.attributes(campaign), related)
        make = self._resources(CAMPAIGN, "campaign-audiences", "campaign-messages", "tags").make
        audiences = [identifier(AUDIENCE, one.id) for one in campaign.audiences]
        related = {"campaign-audiences": audiences, "campaign-messages": messages, "tags": tags}
        return make(campaign.id, newer.attributes(campaign), related)

    def message(self, campaign: Campaign, message: Message) -> Json:
        of = identifier(CAMPAIGN, campaign.id)
        if not self.newer:
            make = self._resources(MESSAGE, "campaign", "template", "image").make
            first: Json = {"campaign": of, **self._template_id(message)}
            return make(message.id, older.message_attributes(message), first)
        make = self._resources(MESSAGE, "campaign", "campaign-audience", "campaign-variations").make
        related: Json = {
            "campaign": of,
            "campaign-audience": identifier(AUDIENCE, message.audience_id),
            "campaign-variations": [identifier(VARIATION, one.id) for one in message.variations],
        }
        return make(message.id, newer.message_attributes(message), related)

    def flat_message(self, campaign: Campaign, message: Message) -> Json:
        make = self._resources(MESSAGE, "campaign", "template").make
        related = {"campaign": identifier(CAMPAIGN, campaign.id), **self._template_id(message)}
        return make(message.id, older.flat_message_attributes(message), related)

    def audience(self, campaign: Campaign, audience: Audience) -> Json:
        messages = [identifier(MESSAGE, one.id) for one in campaign.messages if one.audience_id == audience.id]
        make = self._resources(AUDIENCE, "campaign", "campaign-messages").make
        related = {"campaign": identifier(CAMPAIGN, campaign.id), "campaign-messages": messages}
        return make(audience.id, newer.audience_attributes(audience), related)

    def variation(self, message: Message, variation: Variation) -> Json:
        make = self._resources(VARIATION, "campaign-message", "translation", "image").make
        related = {"campaign-message": identifier(MESSAGE, message.id)}
        return make(variation.id, newer.variation_attributes(variation), related)

    def template(self, message: Message) -> Json | None:
        """The template of a message, if it has one that still exists."""
        found = None
        if message.template_id is not None:
            found = templates.get(self._store.table, self._request.account_id, message.template_id)
        if found is None:
            return None
        held = templates.contents(self._store.table, self._request.account_id, [found.id])
        fields = self._request.params.fields(template.TYPE)
        return template.resource(self._request, found, held.get(found.id, templates.Content()), fields)

    def tags(self, campaign: Campaign) -> list[Tag]:
        if campaign.id not in self._tags:
            self._tags[campaign.id] = self._store.tags(self._request, campaign)
        return self._tags[campaign.id]

    def tag(self, one: Tag) -> Json:
        return tag.resource(self._request, one, self._request.params.fields(tag.TYPE))

    def included(self, campaigns: Iterable[Campaign]) -> list[Json] | None:
        """What a request for campaigns wants beside them; None: nothing."""
        if not self.wanted:
            return None
        found: list[Json] = []
        for one in campaigns:
            if "campaign-audiences" in self.wanted:
                found += (self.audience(one, audience) for audience in one.audiences)
            if "campaign-messages" in self.wanted:
                found += (self.message(one, message) for message in one.messages)
            if "tags" in self.wanted:
                found += map(self.tag, self.tags(one))
        return found

    def _template_id(self, message: Message) -> Json:
        """The relationship's data; the public description does not let it be null, so it may be absent."""
        id_ = message.template_id
        return {} if id_ is None else {template.TYPE: identifier(template.TYPE, id_)}

    def _resources(self, type_: str, *relationships: str) -> Resources:
        fields = self._request.params.fields(type_)
        return Resources(self._request, type_, f"{type_}s", relationships=relationships, fields=fields)
