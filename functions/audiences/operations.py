"""The operations on segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdp.documents import memberships, segments, tags
from cdp.documents.segments import SEGMENTS, Segment
from cdp.errors import not_found
from cdp.jsonapi.documents import Json, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import BOOLEAN, INSTANT, TEXT, Filters
from cdp.ports import Table
from cdp.resources import flow
from cdp.resources import segment as shown
from cdp.resources import tag as shown_tag
from cdp.resources.members import OF_SEGMENT, Members
from cdp.resources.named import Listing
from functions.audiences.writing import Writer

FILTERS = Filters(
    {
        "id": TEXT("any", "equals"),
        "name": TEXT("any", "equals"),
        "created": INSTANT("greater-than"),
        "updated": INSTANT("greater-than"),
        "is_active": BOOLEAN("any", "equals"),
        "is_starred": BOOLEAN("equals"),
    }
)
SORTS = ("created", "id", "name", "updated")
INCLUDE = (flow.TRIGGERS, "tags")
ADDITIONAL = ("profile_count",)
_ONE = "/api/segments/{id}"


@dataclass(frozen=True)
class Segments:
    table: Table
    writer: Writer

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/segments": self.listed,
            "POST /api/segments": self.create,
            f"GET {_ONE}": self.one,
            f"PATCH {_ONE}": self.update,
            f"DELETE {_ONE}": self.delete,
            f"GET {_ONE}/profiles": lambda request: self._members(request).profiles(),
            f"GET {_ONE}/relationships/profiles": lambda request: self._members(request).ids(),
            f"GET {_ONE}/tags": self.tags,
            f"GET {_ONE}/relationships/tags": self.tag_ids,
            f"GET {_ONE}/flow-triggers": self.flow_triggers,
            f"GET {_ONE}/relationships/flow-triggers": self.flow_triggers,
        }

    def listed(self, request: Request) -> Response:
        params = request.params
        include = params.include(INCLUDE)
        listing = Listing(SEGMENTS, self.table, request.account_id, params, filters=FILTERS, sorts=SORTS)
        page = listing.page()
        included: list[Json] = []
        flows = self._flows(request, page.rows, included)
        data = [self._show(request, segment, included, flows=flows) for segment in page.rows]
        return Response(document=collection(request, data, page, included if include else None))

    def one(self, request: Request) -> Response:
        segment = self._segment(request)
        include = request.params.include(INCLUDE)
        included: list[Json] = []
        flows = self._flows(request, [segment], included)
        data = self._show(request, segment, included, counted=True, flows=flows)
        return Response(document=single(request, data, included if include else None))

    def create(self, request: Request) -> Response:
        return self.created(request, self.writer.create(request))

    def created(self, request: Request, made: Segment) -> Response:
        """The answer to whoever made a segment."""
        data = self._show(request, made, [])
        headers = {"location": f"{request.base_url}/api/segments/{data['id']}"}
        return Response(201, document=single(request, data), headers=headers)

    def update(self, request: Request) -> Response:
        return Response(document=single(request, self._show(request, self.writer.update(request), [])))

    def delete(self, request: Request) -> Response:
        self.writer.delete(request)
        return Response(204)

    def tags(self, request: Request) -> Response:
        found = tags.of(self.table, request.account_id, "segment", self._segment(request).id)
        fields = request.params.fields(shown_tag.TYPE)
        return Response(
            document=collection(request, [shown_tag.resource(request, tag, fields) for tag in found])
        )

    def tag_ids(self, request: Request) -> Response:
        found = tags.of(self.table, request.account_id, "segment", self._segment(request).id)
        return Response(
            document=collection(request, [identifier(shown_tag.TYPE, tag.id) for tag in found])
        )

    def flow_triggers(self, request: Request) -> Response:
        return flow.triggers(request, self.table, "segment", self._segment(request).id)

    def _members(self, request: Request) -> Members:
        return Members(self.table, request, self._segment(request).id, OF_SEGMENT)

    def _segment(self, request: Request) -> Segment:
        id_ = request.path["id"]
        found = segments.get(self.table, request.account_id, id_)
        if found is None:
            raise not_found("segment", id_)
        return found

    def _flows(
        self, request: Request, found: Sequence[Segment], included: list[Json]
    ) -> Mapping[str, list[Json]]:
        """By segment: the flows that it starts, if they are to be shown; they are added to `included`."""
        if flow.TRIGGERS not in request.params.include(INCLUDE):
            return {}
        flows = flow.triggered(request, self.table, "segment", [one.id for one in found])
        included += (one for started in flows.values() for one in started)
        return flows

    def _show(
        self,
        request: Request,
        segment: Segment,
        included: list[Json],
        *,
        counted: bool = False,
        flows: Mapping[str, list[Json]] | None = None,
    ) -> Json:
        """The resource; its tags are added to `included`."""
        account_id, params = request.account_id, request.params
        borne = tags.of(self.table, account_id, "segment", segment.id)
        fields = params.fields(shown_tag.TYPE)
        if "tags" in params.include(INCLUDE):
            included += (shown_tag.resource(request, tag, fields) for tag in borne)
        attributes = shown.attributes(segment)
        if counted and params.additional(shown.TYPE, ADDITIONAL):
            attributes["profile_count"] = memberships.count(self.table, account_id, segment.id)
        related: Json = {"tags": [identifier(shown_tag.TYPE, tag.id) for tag in borne]}
        if flows:
            related |= flow.identifiers(flows[segment.id])
        make = shown.resources(request, params.fields(shown.TYPE)).make
        return make(segment.id, attributes, related)
