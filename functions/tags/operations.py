"""The operations on tags and tag groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdp.documents import tags
from cdp.documents.tags import GROUPS, TAGS, Tag
from cdp.jsonapi.bodies import checked_name
from cdp.jsonapi.documents import Json, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import BOOLEAN, TEXT, Filters
from cdp.ports import Table
from cdp.resources import tag as shown
from cdp.resources import tag_group as group_shown
from cdp.resources.named import Listing
from functions.tags import writing
from functions.tags.bodies import group_change, new_group, new_tag, tag_change
from functions.tags.writing import group_of, tag_of

_NAME = TEXT("contains", "ends-with", "equals", "starts-with")
TAG_FILTERS = Filters({"name": _NAME})
GROUP_FILTERS = Filters({"name": _NAME, "exclusive": BOOLEAN("equals"), "default": BOOLEAN("equals")})
SORTS = ("name", "id")
INCLUDE = ("tag-group",)


class Tags:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/tags": self.listed,
            "POST /api/tags": self.create,
            "GET /api/tags/{id}": self.one,
            "PATCH /api/tags/{id}": self.rename,
            "DELETE /api/tags/{id}": self.delete,
            "GET /api/tags/{id}/tag-group": self.group_of_tag,
            "GET /api/tags/{id}/relationships/tag-group": self.group_id_of_tag,
            "GET /api/tag-groups": self.groups,
            "POST /api/tag-groups": self.create_group,
            "GET /api/tag-groups/{id}": self.group,
            "PATCH /api/tag-groups/{id}": self.rename_group,
            "DELETE /api/tag-groups/{id}": self.delete_group,
            "GET /api/tag-groups/{id}/tags": self.tags_of_group,
            "GET /api/tag-groups/{id}/relationships/tags": self.tag_ids_of_group,
        }

    def listed(self, request: Request) -> Response:
        params = request.params
        wanted = params.include(INCLUDE)
        page = Listing(
            TAGS, self._table, request.account_id, params, filters=TAG_FILTERS, sorts=SORTS, size=(50, 50)
        ).page()
        data = [_tag(request, one) for one in page.rows]
        included = self._groups(request, page.rows) if wanted else None
        return Response(document=collection(request, data, page, included))

    def create(self, request: Request) -> Response:
        body = new_tag.read(request)
        name = checked_name(body.attributes.name)
        made = writing.create_tag(self._table, request.account_id, name, body.group_id, request.now)
        return _made(request, _tag(request, made), f"/api/tags/{made.id}")

    def one(self, request: Request) -> Response:
        wanted = request.params.include(INCLUDE)
        found = self._stored(request)
        included = self._groups(request, [found]) if wanted else None
        return Response(document=single(request, _tag(request, found), included))

    def rename(self, request: Request) -> Response:
        body = tag_change.read(request)
        name = checked_name(body.attributes.name)
        writing.rename_tag(self._table, request.account_id, body.id, name, request.now)
        return Response(204)

    def delete(self, request: Request) -> Response:
        writing.delete_tag(self._table, request.account_id, request.path["id"])
        return Response(204)

    def group_of_tag(self, request: Request) -> Response:
        (group,) = self._groups(request, [self._stored(request)])
        return Response(document=single(request, group))

    def group_id_of_tag(self, request: Request) -> Response:
        found = self._stored(request)
        return Response(document=single(request, identifier(group_shown.TYPE, found.group_id)))

    def groups(self, request: Request) -> Response:
        tags.default_group(self._table, request.account_id, request.now)
        fields = request.params.fields(group_shown.TYPE)
        page = Listing(
            GROUPS,
            self._table,
            request.account_id,
            request.params,
            filters=GROUP_FILTERS,
            sorts=SORTS,
            size=(25, 25),
        ).page()
        data = [group_shown.resource(request, one, fields) for one in page.rows]
        return Response(document=collection(request, data, page))

    def create_group(self, request: Request) -> Response:
        given = new_group.read(request).attributes
        name = checked_name(given.name)
        made = writing.create_group(
            self._table, request.account_id, name, bool(given.exclusive), request.now
        )
        resource = group_shown.resource(request, made, request.params.fields(group_shown.TYPE))
        return _made(request, resource, f"/api/tag-groups/{made.id}")

    def group(self, request: Request) -> Response:
        found = group_of(self._table, request.account_id, request.path["id"], request.now).thing
        resource = group_shown.resource(request, found, request.params.fields(group_shown.TYPE))
        return Response(document=single(request, resource))

    def rename_group(self, request: Request) -> Response:
        body = group_change.read(request)
        name = checked_name(body.attributes.name)
        writing.rename_group(self._table, request.account_id, body.id, name, request.now)
        return Response(204)

    def delete_group(self, request: Request) -> Response:
        writing.delete_group(self._table, request.account_id, request.path["id"], request.now)
        return Response(204)

    def tags_of_group(self, request: Request) -> Response:
        return Response(document=collection(request, [_tag(request, one) for one in self._members(request)]))

    def tag_ids_of_group(self, request: Request) -> Response:
        found = self._members(request)
        return Response(document=collection(request, [identifier(shown.TYPE, one.id) for one in found]))

    def _members(self, request: Request) -> list[Tag]:
        group = group_of(self._table, request.account_id, request.path["id"], request.now).thing
        return tags.tags_of_group(self._table, request.account_id, group.id)

    def _stored(self, request: Request) -> Tag:
        return tag_of(self._table, request.account_id, request.path["id"]).thing

    def _groups(self, request: Request, of: Sequence[Tag]) -> list[Json]:
        """The groups of these tags, each once."""
        ids = list(dict.fromkeys(tag.group_id for tag in of))
        fields = request.params.fields(group_shown.TYPE)
        stored = GROUPS.get_many(self._table, request.account_id, ids)
        return [group_shown.resource(request, one.thing, fields) for one in stored if one is not None]


def _tag(request: Request, tag: Tag) -> Json:
    return shown.resource(request, tag, request.params.fields(shown.TYPE))


def _made(request: Request, resource: Json, path: str) -> Response:
    headers = {"location": request.base_url + path}
    return Response(201, document=single(request, resource), headers=headers)
