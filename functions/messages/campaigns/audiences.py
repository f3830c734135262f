"""The operations on campaign audiences."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import msgspec

from cdp.documents.campaigns import MOST_PARTS, Audience, Campaign
from cdp.errors import Rejected, conflict
from cdp.jsonapi.documents import Json, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from functions.messages.campaigns import writing
from functions.messages.campaigns.cloning import cloned_audience
from functions.messages.campaigns.newer_bodies import (
    DEFINITION,
    audience_clone,
    changed_audience,
    new_audience,
)
from functions.messages.campaigns.store import Store, part_of, with_part
from functions.messages.campaigns.view import CAMPAIGN, MESSAGE, View

INCLUDE = ("campaign", "campaign-messages")
_OF = "/data/relationships/campaign"


class Audiences:
    def __init__(self, store: Store) -> None:
        self._store = store

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        one = "/api/campaign-audiences/{id}"
        return {
            "GET /api/campaigns/{id}/campaign-audiences": self.of_campaign,
            "POST /api/campaign-audiences": self.create,
            f"GET {one}": self.one,
            f"PATCH {one}": self.update,
            f"DELETE {one}": self.delete,
            f"GET {one}/campaign": self.campaign,
            f"GET {one}/relationships/campaign": self.campaign_id,
            f"GET {one}/campaign-messages": self.messages,
            f"GET {one}/relationships/campaign-messages": self.message_ids,
            "POST /api/campaign-audience-clone": self.clone,
        }

    def of_campaign(self, request: Request) -> Response:
        view = View(request, self._store)
        found = self._store.campaign(request, request.path["id"]).campaign
        return Response(document=collection(request, [view.audience(found, one) for one in found.audiences]))

    def create(self, request: Request) -> Response:
        view = View(request, self._store)
        body = new_audience.read(request)
        id_ = body.relationships.campaign.id
        campaign = self._store.campaign(request, id_, f"{_OF}/data/id").campaign
        given = body.attributes.definition
        return self._add(request, view, campaign, writing.new_audience(campaign, given, request.now, DEFINITION))

    def one(self, request: Request) -> Response:
        view = View(request, self._store, INCLUDE)
        campaign, audience = self._found(request)
        included: list[Json] = [view.campaign(campaign)] if "campaign" in view.wanted else []
        if "campaign-messages" in view.wanted:
            included += [view.message(campaign, one) for one in campaign.messages if one.audience_id == audience.id]
        return Response(
            document=single(request, view.audience(campaign, audience), included if view.wanted else None)
        )

    def update(self, request: Request) -> Response:
        view, id_ = View(request, self._store), request.path["id"]
        body = changed_audience.read(request)

        def changed(old: Campaign) -> Campaign:
            audience = part_of(old.audiences, id_)
            new = writing.changed_audience(audience, body.attributes.definition, DEFINITION)
            if new == audience:
                return old
            new = msgspec.structs.replace(new, updated=request.now)
            return msgspec.structs.replace(old, audiences=with_part(old.audiences, new))

        campaign = self._store.change(request, partial(self._store.audience, request, id_), changed)
        return Response(document=single(request, view.audience(campaign, part_of(campaign.audiences, id_))))

    def delete(self, request: Request) -> Response:
        id_ = request.path["id"]

        def without(old: Campaign) -> Campaign:
            if any(one.audience_id == id_ for one in old.messages):
                raise conflict("Messages of the campaign are for this audience.")
            return msgspec.structs.replace(old, audiences=tuple(one for one in old.audiences if one.id != id_))

        self._store.change(request, partial(self._store.audience, request, id_), without)
        return Response(204)

    def clone(self, request: Request) -> Response:
        """Into the same campaign, or into another."""
        view = View(request, self._store)
        body = audience_clone.read(request)
        campaign = self._store.audience(request, body.id, "/data/id").campaign
        source = part_of(campaign.audiences, body.id)
        if body.relationships is not None and body.relationships.campaign is not None:
            id_ = body.relationships.campaign.id
            campaign = self._store.campaign(request, id_, f"{_OF}/data/id").campaign
        made = cloned_audience(source, campaign.id, request.now)
        if body.attributes.name is not None:
            made = msgspec.structs.replace(made, name=body.attributes.name)
        return self._add(request, view, campaign, made)

    def campaign(self, request: Request) -> Response:
        view = View(request, self._store)
        return Response(document=single(request, view.campaign(self._found(request)[0])))

    def campaign_id(self, request: Request) -> Response:
        return Response(document=single(request, identifier(CAMPAIGN, self._found(request)[0].id)))

    def messages(self, request: Request) -> Response:
        view = View(request, self._store)
        campaign, audience = self._found(request)
        found = [view.message(campaign, one) for one in campaign.messages if one.audience_id == audience.id]
        return Response(document=collection(request, found))

    def message_ids(self, request: Request) -> Response:
        campaign, audience = self._found(request)
        ids = [one.id for one in campaign.messages if one.audience_id == audience.id]
        return Response(document=collection(request, [identifier(MESSAGE, id_) for id_ in ids]))

    def _found(self, request: Request) -> tuple[Campaign, Audience]:
        id_ = request.path["id"]
        campaign = self._store.audience(request, id_).campaign
        return campaign, part_of(campaign.audiences, id_)

    def _add(self, request: Request, view: View, campaign: Campaign, made: Audience) -> Response:
        def with_it(old: Campaign) -> Campaign:
            if len(old.audiences) >= MOST_PARTS:
                raise Rejected(f"A campaign has at most {MOST_PARTS} audiences.", field=f"{_OF}/data/id")
            return msgspec.structs.replace(old, audiences=(*old.audiences, made))

        changed = self._store.change(request, partial(self._store.campaign, request, campaign.id), with_it)
        location = f"{request.base_url}/api/campaign-audiences/{made.id}"
        return Response(
            201, document=single(request, view.audience(changed, made)), headers={"location": location}
        )
