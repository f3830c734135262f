"""The operations on campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from cdp.documents import tags
from cdp.documents.campaigns import CAMPAIGNS, Campaign, settled
from cdp.documents.tags import GROUPS, TAGS, Tag, TagGroup
from cdp.errors import Rejected, conflict, not_found
from cdp.jsonapi.bodies import checked_name
from cdp.jsonapi.documents import collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import BOOLEAN, INSTANT, TEXT, Filters, one_of
from cdp.ports import Table
from cdp.resources.named import Listing
from functions.messages.campaigns import newer_bodies, older, older_bodies, writing
from functions.messages.campaigns.audiences import Audiences
from functions.messages.campaigns.bodies import campaign_clone
from functions.messages.campaigns.channels import CHANNELS
from functions.messages.campaigns.cloning import cloned
from functions.messages.campaigns.estimating import Estimating
from functions.messages.campaigns.message_relations import MessageRelations
from functions.messages.campaigns.messages import Messages
from functions.messages.campaigns.sending import Sending
from functions.messages.campaigns.store import Store
from functions.messages.campaigns.variations import Variations
from functions.messages.campaigns.view import AUDIENCE, MESSAGE, View, is_newer

_TIME = INSTANT("greater-or-equal", "greater-than", "less-or-equal", "less-than")
CHANNEL = "messages.channel"
FILTERS = Filters(
    {
        "id": TEXT("any"),
        CHANNEL: one_of(CHANNELS, "equals"),
        "name": TEXT("contains"),
        "status": TEXT("any", "equals"),
        "archived": BOOLEAN("equals"),
        "builder": TEXT("equals"),
        "created_at": _TIME,
        "scheduled_at": _TIME,
        "updated_at": _TIME,
    }
)
SORTS = ("created_at", "id", "name", "scheduled_at", "updated_at")
NAMES = {"created_at": "created", "updated_at": "updated", CHANNEL: "channels"}
PAGE = (100, 100)
OLDER_INCLUDE = ("campaign-messages", "tags")
NEWER_INCLUDE = ("campaign-audiences", *OLDER_INCLUDE)


class Campaigns:
    def __init__(self, table: Table) -> None:
        self._table, self._store = table, Store(table)

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        one = "/api/campaigns/{id}"
        own: dict[str, Operation] = {
            "GET /api/campaigns": self.listed,
            "POST /api/campaigns": self.create,
            f"GET {one}": self.one,
            f"PATCH {one}": self.update,
            f"DELETE {one}": self.delete,
            f"GET {one}/tags": self.tags,
            f"GET {one}/relationships/tags": self.tag_ids,
            f"GET {one}/relationships/campaign-messages": partial(self.part_ids, MESSAGE),
            f"GET {one}/relationships/campaign-audiences": partial(self.part_ids, AUDIENCE),
            "POST /api/campaign-clone": self.clone,
        }
        parts = (Messages, MessageRelations, Audiences, Variations, Sending, Estimating)
        return own | {key: done for part in parts for key, done in part(self._store).operations().items()}

    def listed(self, request: Request) -> Response:
        view = self._view(request)
        if not view.newer and all(one.field != CHANNEL for one in request.params.filter(FILTERS)):
            raise Rejected(f"A filter on {CHANNEL} is needed: equals({CHANNEL},'email').", parameter="filter")
        page = Listing(
            CAMPAIGNS,
            self._table,
            request.account_id,
            request.params,
            filters=FILTERS,
            sorts=SORTS,
            size=PAGE,
            names=NAMES,
            seen=partial(settled, now=request.now),
        ).page()
        rows = [settled(one, request.now) for one in page.rows]
        return Response(document=collection(request, list(map(view.campaign, rows)), page, view.included(rows)))

    def create(self, request: Request) -> Response:
        view = View(request, self._store)
        borne: list[tuple[Tag, TagGroup]] = []
        if view.newer:
            body = newer_bodies.new_campaign.read(request)
            borne = self._tags(request, body)
            made, messages = writing.created(body, request.now), writing.MESSAGES
        else:
            given = older_bodies.new_campaign.read(request)
            made, messages = older.created(given, request.now), older.MESSAGES
        self._store.create(request, made, messages)
        for tag, group in borne:
            tags.attach(self._table, request.account_id, "campaign", made.id, tag, group)
        return _made(request, view, made)

    def one(self, request: Request) -> Response:
        view = self._view(request)
        found = self._store.campaign(request, request.path["id"]).campaign
        return Response(document=single(request, view.campaign(found), view.included([found])))

    def update(self, request: Request) -> Response:
        view, find = View(request, self._store), partial(self._store.campaign, request, request.path["id"])
        if view.newer:
            newer = newer_bodies.changed_campaign.read(request)
            changed = self._store.change(
                request, find, lambda old: writing.changed(old, newer.attributes.definition)
            )
        else:
            body = older_bodies.changed_campaign.read(request)
            changed = self._store.change(
                request, find, lambda old: older.changed(old, body.attributes, request.now)
            )
        return Response(document=single(request, view.campaign(changed)))

    def delete(self, request: Request) -> Response:
        self._store.remove(request, partial(self._store.campaign, request, request.path["id"]))
        return Response(204)

    def clone(self, request: Request) -> Response:
        view = View(request, self._store)
        body = campaign_clone.read(request)
        found = self._store.campaign(request, body.id, "/data/id").campaign
        asked, name = ("name", body.attributes.name) if view.newer else ("new_name", body.attributes.new_name)
        name = f"{found.name} (clone)"[-255:] if name is None else checked_name(name, f"/data/attributes/{asked}")
        made = cloned(found, name, request.now)
        self._store.create(request, made)
        return _made(request, view, made)

    def tags(self, request: Request) -> Response:
        view = View(request, self._store)
        borne = view.tags(self._store.campaign(request, request.path["id"]).campaign)
        return Response(document=collection(request, list(map(view.tag, borne))))

    def tag_ids(self, request: Request) -> Response:
        borne = self._store.tags(request, self._store.campaign(request, request.path["id"]).campaign)
        return Response(document=collection(request, [identifier("tag", one.id) for one in borne]))

    def part_ids(self, type_: str, request: Request) -> Response:
        found = self._store.campaign(request, request.path["id"]).campaign
        parts = found.messages if type_ == MESSAGE else found.audiences
        return Response(document=collection(request, [identifier(type_, one.id) for one in parts]))

    def _view(self, request: Request) -> View:
        return View(request, self._store, NEWER_INCLUDE if is_newer(request) else OLDER_INCLUDE)

    def _tags(self, request: Request, body: newer_bodies.NewCampaignData) -> list[tuple[Tag, TagGroup]]:
        """The tags that a new campaign is to bear; at most one of an exclusive group."""
        found: dict[str, tuple[Tag, TagGroup]] = {}
        for n, id_ in enumerate(body.tags):
            at = f"/data/relationships/tags/data/{n}/id"
            stored = TAGS.get(self._table, request.account_id, id_)
            group = None if stored is None else GROUPS.get(self._table, request.account_id, stored.thing.group_id)
            if stored is None or group is None:
                raise not_found("tag", id_, field=at)
            taken = any(held.id == group.thing.id for _, held in found.values()) and id_ not in found
            if group.thing.exclusive and taken:
                raise conflict("Only one tag of an exclusive tag group can be borne.", field=at)
            found[id_] = (stored.thing, group.thing)
        return list(found.values())


def _made(request: Request, view: View, made: Campaign) -> Response:
    location = f"{request.base_url}/api/campaigns/{made.id}"
    return Response(201, document=single(request, view.campaign(made)), headers={"location": location})
