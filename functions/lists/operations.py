"""The operations on lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from cdp import events
from cdp.documents import daily, lists, memberships, tags
from cdp.documents.lists import LISTS, List
from cdp.documents.named import Stored
from cdp.documents.tags import Tag
from cdp.errors import Unavailable, not_found
from cdp.events import ListDeleted
from cdp.jsonapi.bodies import checked_name
from cdp.jsonapi.documents import Json, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import INSTANT, TEXT, Filters
from cdp.ports import Queue, Table
from cdp.resources import flow, members, tag
from cdp.resources import list as shown
from cdp.resources.members import Members
from cdp.resources.named import Listing
from functions.lists.bodies import list_change, new_list

FILTERS = Filters(
    {
        "name": TEXT("any", "equals"),
        "id": TEXT("any", "equals"),
        "created": INSTANT("greater-than"),
        "updated": INSTANT("greater-than"),
    }
)
SORTS = ("created", "id", "name", "updated")
INCLUDE = (flow.TRIGGERS, "tags")
COUNT = "profile_count"
PER_DAY = 150
_ATTEMPTS = 8


class Lists:
    """`per_day`: how many lists an account may make in a day; 0: any number."""

    def __init__(self, table: Table, inbox: Queue, *, per_day: int) -> None:
        self._table, self._inbox, self._per_day = table, inbox, per_day

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/lists": self.listed,
            "POST /api/lists": self.create,
            "GET /api/lists/{id}": self.one,
            "PATCH /api/lists/{id}": self.update,
            "DELETE /api/lists/{id}": self.delete,
            "GET /api/lists/{id}/profiles": lambda request: self._members(request).profiles(),
            "GET /api/lists/{id}/relationships/profiles": lambda request: self._members(request).ids(),
            "GET /api/lists/{id}/tags": self.tags,
            "GET /api/lists/{id}/relationships/tags": self.tag_ids,
            "GET /api/lists/{id}/flow-triggers": self.flow_triggers,
            "GET /api/lists/{id}/relationships/flow-triggers": self.flow_triggers,
        }

    def listed(self, request: Request) -> Response:
        params = request.params
        wanted = params.include(INCLUDE)
        page = Listing(
            LISTS, self._table, request.account_id, params, filters=FILTERS, sorts=SORTS, size=(10, 10)
        ).page()
        data, included = self._with_others(request, page.rows, wanted)
        return Response(document=collection(request, data, page, included))

    def create(self, request: Request) -> Response:
        given = new_list.read(request).attributes
        name = checked_name(given.name)
        daily.count(self._table, request.account_id, "lists", request.now, self._per_day)
        opt_in = given.opt_in_process or "single_opt_in"
        made = lists.create(self._table, request.account_id, name, opt_in, request.now)
        resource = self._show(request, made, [])
        location = f"{request.base_url}/api/lists/{made.id}"
        return Response(201, document=single(request, resource), headers={"location": location})

    def one(self, request: Request) -> Response:
        wanted = request.params.include(INCLUDE)
        found = self._stored(request).thing
        further: Json = {}
        if request.params.additional(shown.TYPE, (COUNT,)):
            further[COUNT] = memberships.count(self._table, request.account_id, found.id)
        (resource,), included = self._with_others(request, [found], wanted, further)
        return Response(document=single(request, resource, included))

    def _with_others(
        self, request: Request, found: Sequence[List], wanted: Sequence[str], further: Json | None = None
    ) -> tuple[list[Json], list[Json] | None]:
        """The lists, and the tags and flows that are to be shown with them."""
        borne = {one.id: self._tags(request, one) for one in found}
        started: Mapping[str, list[Json]] = {}
        if flow.TRIGGERS in wanted:
            started = flow.triggered(request, self._table, "list", [one.id for one in found])
        data = [self._show(request, one, borne[one.id], further, started.get(one.id)) for one in found]
        fields = request.params.fields(tag.TYPE)
        included = [one for flows in started.values() for one in flows]
        if "tags" in wanted:
            included += (tag.resource(request, one, fields) for tags_ in borne.values() for one in tags_)
        return data, included if wanted else None

    def update(self, request: Request) -> Response:
        given = list_change.read(request).attributes
        name = None if given.name is None else checked_name(given.name)
        opt_in = given.opt_in_process
        changed = self._change(
            request,
            lambda old: msgspec.structs.replace(
                old, name=name or old.name, opt_in_process=opt_in or old.opt_in_process
            ),
        )
        return Response(document=single(request, self._show(request, changed, self._tags(request, changed))))

    def _change(self, request: Request, change: Callable[[List], List]) -> List:
        for _ in range(_ATTEMPTS):
            stored = self._stored(request)
            new = change(stored.thing)
            if new == stored.thing:
                return new
            new = msgspec.structs.replace(new, updated=request.now)
            if lists.save(self._table, request.account_id, new, stored.version):
                return new
        raise Unavailable("the list is being changed by others at the same moment")

    def delete(self, request: Request) -> Response:
        """What is acknowledged is done: the inbox takes the members out, and the list if we got no further."""
        stored = self._stored(request)
        self._inbox.send([events.encode(ListDeleted(request.account_id, stored.thing.id))])
        lists.remove(self._table, request.account_id, stored)
        return Response(204)

    def tags(self, request: Request) -> Response:
        borne = self._tags(request, self._stored(request).thing)
        fields = request.params.fields(tag.TYPE)
        return Response(document=collection(request, [tag.resource(request, one, fields) for one in borne]))

    def tag_ids(self, request: Request) -> Response:
        borne = self._tags(request, self._stored(request).thing)
        return Response(document=collection(request, [identifier(tag.TYPE, one.id) for one in borne]))

    def flow_triggers(self, request: Request) -> Response:
        return flow.triggers(request, self._table, "list", self._stored(request).thing.id)

    def _members(self, request: Request) -> Members:
        return Members(self._table, request, self._stored(request).thing.id, members.OF_LIST)

    def _stored(self, request: Request) -> Stored[List]:
        id_ = request.path["id"]
        stored = LISTS.get(self._table, request.account_id, id_)
        if stored is None:
            raise not_found("list", id_)
        return stored

    def _tags(self, request: Request, found: List) -> list[Tag]:
        return tags.of(self._table, request.account_id, "list", found.id)

    def _show(
        self,
        request: Request,
        found: List,
        borne: list[Tag],
        further: Mapping[str, object] | None = None,
        flows: list[Json] | None = None,
    ) -> Json:
        make = shown.resources(request, request.params.fields(shown.TYPE)).make
        related = {**shown.related(borne), **({} if flows is None else flow.identifiers(flows))}
        return make(found.id, {**shown.attributes(found), **(further or {})}, related)
