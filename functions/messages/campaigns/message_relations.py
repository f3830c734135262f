"""What campaign messages are related to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from cdp.documents.campaigns import Campaign, Message
from cdp.jsonapi.documents import collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from functions.messages.campaigns.bodies import image
from functions.messages.campaigns.older import no_image
from functions.messages.campaigns.store import Store, part_of
from functions.messages.campaigns.view import AUDIENCE, CAMPAIGN, VARIATION, View


class MessageRelations:
    def __init__(self, store: Store) -> None:
        self._store = store

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        one = "/api/campaign-messages/{id}"
        return {
            f"GET {one}/campaign": self.campaign,
            f"GET {one}/campaign-audience": self.audience,
            f"GET {one}/campaign-variations": self.variations,
            f"GET {one}/template": self.template,
            f"GET {one}/image": self.no_image,
            f"GET {one}/tags": self.no_tags,
            f"GET {one}/relationships/campaign": partial(self.related_id, CAMPAIGN),
            f"GET {one}/relationships/campaign-audience": partial(self.related_id, AUDIENCE),
            f"GET {one}/relationships/campaign-variations": self.variation_ids,
            f"GET {one}/relationships/template": self.template_id,
            f"GET {one}/relationships/image": self.no_image,
            f"GET {one}/relationships/tags": self.no_tags,
            f"PATCH {one}/relationships/image": self.set_image,
        }

    def campaign(self, request: Request) -> Response:
        view = View(request, self._store)
        return Response(document=single(request, view.campaign(self._found(request)[0])))

    def audience(self, request: Request) -> Response:
        view = View(request, self._store)
        campaign, message = self._found(request)
        found = part_of(campaign.audiences, message.audience_id)
        return Response(document=single(request, view.audience(campaign, found)))

    def variations(self, request: Request) -> Response:
        view = View(request, self._store)
        _, message = self._found(request)
        return Response(document=collection(request, [view.variation(message, one) for one in message.variations]))

    def variation_ids(self, request: Request) -> Response:
        _, message = self._found(request)
        return Response(document=collection(request, [identifier(VARIATION, one.id) for one in message.variations]))

    def template(self, request: Request) -> Response:
        view = View(request, self._store)
        return Response(document=single(request, view.template(self._found(request)[1])))

    def template_id(self, request: Request) -> Response:
        found = View(request, self._store).template(self._found(request)[1])
        return Response(document=single(request, found and identifier("template", str(found["id"]))))

    def related_id(self, type_: str, request: Request) -> Response:
        campaign, message = self._found(request)
        id_ = campaign.id if type_ == CAMPAIGN else message.audience_id
        return Response(document=single(request, identifier(type_, id_)))

    def no_image(self, request: Request) -> Response:
        """Images are not part of this platform."""
        self._found(request)
        return Response(document=single(request, None))

    def no_tags(self, request: Request) -> Response:
        """Campaigns bear tags; no operation puts one on a message."""
        self._found(request)
        return Response(document=collection(request, []))

    def set_image(self, request: Request) -> Response:
        raise no_image(request.decode(image).data.id, "/data/id")

    def _found(self, request: Request) -> tuple[Campaign, Message]:
        id_ = request.path["id"]
        campaign = self._store.message(request, id_).campaign
        return campaign, part_of(campaign.messages, id_)
