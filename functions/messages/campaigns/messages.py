"""The operations on campaign messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from cdp.documents import campaigns, templates
from cdp.documents.campaigns import (
    ENTRIES,
    MOST_MESSAGES,
    Campaign,
    Entry,
    Message,
    entry,
    settled,
    settled_part,
)
from cdp.errors import Rejected, not_found
from cdp.jsonapi.documents import Json, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import INSTANT, TEXT, Filters, one_of
from cdp.jsonapi.paging import Page
from cdp.model.ids import new_ulid
from cdp.resources.at_hand import page_of
from cdp.resources.named import Listing
from functions.messages.campaigns import newer_bodies, older, older_bodies, planning, writing
from functions.messages.campaigns.bodies import assign_template
from functions.messages.campaigns.cloning import cloned_message
from functions.messages.campaigns.newer_bodies import AT, DEFINITION
from functions.messages.campaigns.store import Store, part_of
from functions.messages.campaigns.view import View, is_newer

_TIME = INSTANT("greater-or-equal", "greater-than", "less-or-equal", "less-than")
FILTERS = Filters(
    {
        "id": TEXT("any", "equals"),
        "campaign_id": TEXT("equals"),
        "name": TEXT("contains"),
        "status": one_of(("cancelled", "draft", "scheduled", "sending", "sent"), "equals"),
        "created": _TIME,
        "updated": _TIME,
    }
)
SORTS = ("created", "id", "name", "updated")
PAGE = (20, 100)
OLDER_INCLUDE = ("campaign", "image", "template")
NEWER_INCLUDE = ("campaign", "campaign-variations")


class Messages:
    def __init__(self, store: Store) -> None:
        self._store = store

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        one = "/api/campaign-messages/{id}"
        return {
            "GET /api/campaign-messages": self.listed,
            "POST /api/campaign-messages": self.create,
            f"GET {one}": self.one,
            f"PATCH {one}": self.update,
            f"DELETE {one}": self.delete,
            "GET /api/campaigns/{id}/campaign-messages": self.of_campaign,
            "POST /api/campaign-message-clone": self.clone,
            "POST /api/campaign-message-assign-template": self.assign,
        }

    def listed(self, request: Request) -> Response:
        view = View(request, self._store, ("campaign",))
        page = self._page(request)
        held = campaigns.get_many(self._store.table, request.account_id, [one.campaign_id for one in page.rows])
        data: list[Json] = []
        included: list[Json] = []
        for row, campaign in zip(page.rows, held, strict=True):
            known = settled(campaign, request.now) if campaign is not None else None
            if known is not None and any(one.id == row.id for one in known.messages):
                data.append(view.message(known, part_of(known.messages, row.id)))
                included += [view.campaign(known)] if view.wanted else []
        return Response(document=collection(request, data, page, included if view.wanted else None))

    def of_campaign(self, request: Request) -> Response:
        view = self._view(request)
        found = self._store.campaign(request, request.path["id"]).campaign
        data = [view.message(found, one) for one in found.messages]
        included = self._included(view, found, found.messages)
        return Response(document=collection(request, data, included=included))

    def create(self, request: Request) -> Response:
        view = View(request, self._store)
        body = newer_bodies.new_message.read(request)
        audience_id, found = self._audience(request, body.relationships)
        at = f"{AT}/variations"
        made = Message(
            new_ulid(request.now),
            audience_id,
            request.now,
            request.now,
            variations=writing.new_variations(found, body.attributes.variations, request.now, at),
        )
        made = writing.changed_message(made, body.attributes.definition, request.now, DEFINITION)
        return self._add(request, view, made)

    def one(self, request: Request) -> Response:
        view = self._view(request)
        campaign, message = self._found(request)
        included = self._included(view, campaign, [message])
        return Response(document=single(request, view.message(campaign, message), included))

    def update(self, request: Request) -> Response:
        view, id_ = View(request, self._store), request.path["id"]
        if view.newer:
            newer = newer_bodies.changed_message.read(request)
            given = newer.attributes.definition
            changed = self._change(
                request, id_, lambda old: writing.changed_message(old, given, request.now, DEFINITION)
            )
        else:
            body = older_bodies.changed_message.read(request)
            if body.relationships is not None and body.relationships.image_id is not None:
                raise older.no_image(body.relationships.image_id, "/data/relationships/image/data/id")
            raw = body.attributes.definition
            changed = self._change(
                request,
                id_,
                lambda old: old if raw is msgspec.UNSET else older.changed_message(old, raw, request.now),
            )
        return Response(document=single(request, view.message(changed, part_of(changed.messages, id_))))

    def delete(self, request: Request) -> Response:
        id_ = request.path["id"]

        def without(old: Campaign) -> Campaign:
            kept = tuple(one for one in old.messages if one.id != id_)
            return msgspec.structs.replace(old, messages=kept)

        self._store.change(request, partial(self._store.message, request, id_), without)
        return Response(204)

    def clone(self, request: Request) -> Response:
        view = View(request, self._store)
        body = newer_bodies.message_clone.read(request)
        source = part_of(self._store.message(request, body.id, "/data/id").campaign.messages, body.id)
        audience_id, found = self._audience(request, body.relationships)
        made = cloned_message(source, found.id, audience_id, request.now)
        if body.attributes.name is not None:
            made = msgspec.structs.replace(made, name=body.attributes.name)
        return self._add(request, view, made)

    def assign(self, request: Request) -> Response:
        """The message refers to the template itself; nothing is copied."""
        view = View(request, self._store)
        body = assign_template.read(request)
        at = "/data/relationships/template"
        id_ = body.relationships.template.id
        if templates.get(self._store.table, request.account_id, id_) is None:
            raise not_found("template", id_, field=f"{at}/data/id")
        changed = self._change(
            request, body.id, lambda old: msgspec.structs.replace(old, template_id=id_), "/data/id"
        )
        return Response(document=single(request, view.flat_message(changed, part_of(changed.messages, body.id))))

    def _page(self, request: Request) -> Page[Entry]:
        asked = next((c for c in request.params.filter(FILTERS) if c.field == "campaign_id"), None)
        if asked is None:
            seen = partial(settled_part, now=request.now)
            return Listing(
                ENTRIES,
                self._store.table,
                request.account_id,
                request.params,
                filters=FILTERS,
                sorts=SORTS,
                size=PAGE,
                seen=seen,
            ).page()
        found = campaigns.get(self._store.table, request.account_id, str(asked.value))
        rows = [entry(found, one) for one in settled(found, request.now).messages] if found is not None else []
        return page_of(rows, request.params, filters=FILTERS, sorts=SORTS, size=PAGE)

    def _view(self, request: Request) -> View:
        return View(request, self._store, NEWER_INCLUDE if is_newer(request) else OLDER_INCLUDE)

    def _included(self, view: View, campaign: Campaign, messages: Sequence[Message]) -> list[Json] | None:
        if not view.wanted:
            return None
        found: list[Json] = [view.campaign(campaign)] if "campaign" in view.wanted else []
        for message in messages:
            if "campaign-variations" in view.wanted:
                found += (view.variation(message, one) for one in message.variations)
            if "template" in view.wanted and (template := view.template(message)) is not None:
                found.append(template)
        return found

    def _found(self, request: Request) -> tuple[Campaign, Message]:
        id_ = request.path["id"]
        campaign = self._store.message(request, id_).campaign
        return campaign, part_of(campaign.messages, id_)

    def _change(
        self, request: Request, id_: str, change: Callable[[Message], Message], field: str | None = None
    ) -> Campaign:
        def stamped(old: Message) -> Message:
            new = change(old)
            return old if new == old else msgspec.structs.replace(new, updated=request.now)

        find = partial(self._store.message, request, id_, field)
        return self._store.change(request, find, lambda old: planning.plan(old, (id_,), stamped, request.now))

    def _audience(self, request: Request, relations: newer_bodies.OfAudience) -> tuple[str, Campaign]:
        """The audience that a new message is for, and its campaign."""
        at = "/data/relationships"
        id_ = relations.campaign_audience.id
        found = self._store.audience(request, id_, f"{at}/campaign-audience/data/id").campaign
        named = relations.campaign
        if named is not None and named.id != found.id:
            raise Rejected("The audience is another campaign's.", field=f"{at}/campaign-audience/data/id")
        return id_, found

    def _add(self, request: Request, view: View, made: Message) -> Response:
        at = "/data/relationships/campaign-audience/data/id"

        def with_it(old: Campaign) -> Campaign:
            if len(old.messages) >= MOST_MESSAGES:
                raise Rejected(f"A campaign has at most {MOST_MESSAGES} messages.", field=at)
            new = msgspec.structs.replace(old, messages=(*old.messages, made))
            return planning.plan(new, (), lambda one: one, request.now)

        find = partial(self._store.audience, request, made.audience_id, at)
        campaign = self._store.change(request, find, with_it)
        location = f"{request.base_url}/api/campaign-messages/{made.id}"
        return Response(
            201, document=single(request, view.message(campaign, made)), headers={"location": location}
        )
