"""What a profile belongs to and what belongs to it: lists, segments, push tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from cdp.documents import lists, memberships, profiles, push_tokens, segments
from cdp.errors import not_found
from cdp.jsonapi.documents import Json, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.ports import Table
from cdp.resources import list as list_resource
from cdp.resources import segment as segment_resource
from functions.profiles import push_resource

Related = Callable[[Table, Request, int], list[Json]]


def of_lists(table: Table, request: Request, no: int) -> list[Json]:
    make = list_resource.resources(request, request.params.fields(list_resource.TYPE)).make
    found = lists.get_many(table, request.account_id, _groups(table, request, no))
    return [make(one.id, list_resource.attributes(one)) for one in found if one is not None]


def of_segments(table: Table, request: Request, no: int) -> list[Json]:
    make = segment_resource.resources(request, request.params.fields(segment_resource.TYPE)).make
    found = segments.get_many(table, request.account_id, _groups(table, request, no))
    return [make(one.id, segment_resource.attributes(one)) for one in found if one is not None]


def of_push_tokens(table: Table, request: Request, no: int) -> list[Json]:
    make = push_resource.maker(request)
    return [make(token) for token in push_tokens.of_profile(table, request.account_id, no)]


def of_conversations(table: Table, request: Request, no: int) -> list[Json]:
    """The platform holds no conversations."""
    return []


RELATED: Mapping[str, Related] = {
    "lists": of_lists,
    "segments": of_segments,
    "push-tokens": of_push_tokens,
    "conversations": of_conversations,
}


class Relations:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        found: dict[str, Operation] = {}
        for name in RELATED:
            found[f"GET /api/profiles/{{id}}/{name}"] = self._answer(name, whole=True)
            found[f"GET /api/profiles/{{id}}/relationships/{name}"] = self._answer(name, whole=False)
        found["GET /api/profiles/{id}/conversation"] = self.conversation
        found["GET /api/profiles/{id}/relationships/conversation"] = self.conversation
        return found

    def included(self, request: Request, no: int, names: Iterable[str]) -> list[Json]:
        return [one for name in names for one in RELATED[name](self._table, request, no)]

    def data(self, request: Request, no: int, names: Iterable[str]) -> Json:
        """The relationships' `data`: type and id of each."""
        return {name: [_identifier(one) for one in RELATED[name](self._table, request, no)] for name in names}

    def conversation(self, request: Request) -> Response:
        self._no(request)
        return Response(document=single(request, None))

    def _answer(self, name: str, *, whole: bool) -> Operation:
        def answer(request: Request) -> Response:
            found = RELATED[name](self._table, request, self._no(request))
            return Response(document=collection(request, found if whole else [_identifier(one) for one in found]))

        return answer

    def _no(self, request: Request) -> int:
        id_ = request.path["id"]
        state = profiles.get(self._table, request.account_id, id_)
        if state is None:
            raise not_found("profile", id_)
        return state.profile.no


def _groups(table: Table, request: Request, no: int) -> list[str]:
    return list(memberships.of_profile(table, request.account_id, no))


def _identifier(resource: Json) -> Json:
    return identifier(str(resource["type"]), str(resource["id"]))
