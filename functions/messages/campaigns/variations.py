"""The operations on campaign variations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import msgspec

from cdp.documents.campaigns import MOST_PARTS, Campaign, Message, Variation
from cdp.errors import Rejected
from cdp.jsonapi.documents import identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from functions.messages.campaigns import writing
from functions.messages.campaigns.newer_bodies import DEFINITION, changed_variation, new_variation
from functions.messages.campaigns.store import Store, message_of_variation, part_of, with_message, with_part
from functions.messages.campaigns.view import MESSAGE, View

INCLUDE = ("campaign-message", "image", "translation")
_OF = "/data/relationships/campaign-message"


class Variations:
    def __init__(self, store: Store) -> None:
        self._store = store

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        one = "/api/campaign-variations/{id}"
        found: dict[str, Operation] = {
            "POST /api/campaign-variations": self.create,
            f"GET {one}": self.one,
            f"PATCH {one}": self.update,
            f"DELETE {one}": self.delete,
            f"GET {one}/campaign-message": self.message,
            f"GET {one}/relationships/campaign-message": self.message_id,
        }
        for name in ("image", "translation"):
            found[f"GET {one}/{name}"] = found[f"GET {one}/relationships/{name}"] = self.nothing
        return found

    def create(self, request: Request) -> Response:
        view = View(request, self._store)
        body = new_variation.read(request)
        id_, at = body.relationships.campaign_message.id, f"{_OF}/data/id"
        campaign = self._store.message(request, id_, at).campaign
        made = writing.new_variation(campaign, body.attributes.definition, request.now, DEFINITION)

        def with_it(old: Campaign) -> Campaign:
            message = part_of(old.messages, id_)
            if len(message.variations) >= MOST_PARTS:
                raise Rejected(f"A message has at most {MOST_PARTS} variations.", field=at)
            return _replaced(old, message, (*message.variations, made), request)

        changed = self._store.change(request, partial(self._store.message, request, id_, at), with_it)
        location = f"{request.base_url}/api/campaign-variations/{made.id}"
        document = single(request, view.variation(part_of(changed.messages, id_), made))
        return Response(201, document=document, headers={"location": location})

    def one(self, request: Request) -> Response:
        view = View(request, self._store, INCLUDE)
        campaign, message, variation = self._found(request)
        included = [view.message(campaign, message)] if "campaign-message" in view.wanted else []
        return Response(
            document=single(request, view.variation(message, variation), included if view.wanted else None)
        )

    def update(self, request: Request) -> Response:
        view, id_ = View(request, self._store), request.path["id"]
        body = changed_variation.read(request)

        def changed(old: Campaign) -> Campaign:
            message = message_of_variation(old, id_)
            variation = part_of(message.variations, id_)
            new = writing.changed_variation(variation, body.attributes.definition, DEFINITION)
            if new == variation:
                return old
            new = msgspec.structs.replace(new, updated=request.now)
            return _replaced(old, message, with_part(message.variations, new), request)

        campaign = self._store.change(request, partial(self._store.variation, request, id_), changed)
        message = message_of_variation(campaign, id_)
        return Response(document=single(request, view.variation(message, part_of(message.variations, id_))))

    def delete(self, request: Request) -> Response:
        id_ = request.path["id"]

        def without(old: Campaign) -> Campaign:
            message = message_of_variation(old, id_)
            kept = tuple(one for one in message.variations if one.id != id_)
            return _replaced(old, message, kept, request)

        self._store.change(request, partial(self._store.variation, request, id_), without)
        return Response(204)

    def message(self, request: Request) -> Response:
        view = View(request, self._store)
        campaign, message, _ = self._found(request)
        return Response(document=single(request, view.message(campaign, message)))

    def message_id(self, request: Request) -> Response:
        return Response(document=single(request, identifier(MESSAGE, self._found(request)[1].id)))

    def nothing(self, request: Request) -> Response:
        """Images and translations are not part of this platform."""
        self._found(request)
        return Response(document=single(request, None))

    def _found(self, request: Request) -> tuple[Campaign, Message, Variation]:
        id_ = request.path["id"]
        campaign = self._store.variation(request, id_).campaign
        message = message_of_variation(campaign, id_)
        return campaign, message, part_of(message.variations, id_)


def _replaced(
    campaign: Campaign, message: Message, variations: tuple[Variation, ...], request: Request
) -> Campaign:
    new = msgspec.structs.replace(message, variations=variations, updated=request.now)
    return with_message(campaign, new)
