"""Tags on lists, segments, campaigns and flows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from cdp.documents import campaigns, lists, segments, tags
from cdp.documents.flows import FLOWS
from cdp.documents.tags import ResourceType, Tag, TagGroup
from cdp.errors import Rejected, conflict, not_found
from cdp.jsonapi.documents import collection, identifier
from cdp.jsonapi.front import Operation, Request, Response
from cdp.ports import Table
from functions.tags.bodies import bearers
from functions.tags.spec import BEARERS, bearers_path
from functions.tags.writing import group_of, tag_of

MOST = 100  # tags on one resource
Existing = Callable[[Table, str, Sequence[str]], Iterable[bool]]


def _lists(table: Table, account_id: str, ids: Sequence[str]) -> Iterable[bool]:
    return (one is not None for one in lists.get_many(table, account_id, ids))


def _segments(table: Table, account_id: str, ids: Sequence[str]) -> Iterable[bool]:
    return (one is not None for one in segments.get_many(table, account_id, ids))


def _flows(table: Table, account_id: str, ids: Sequence[str]) -> Iterable[bool]:
    return (one is not None for one in FLOWS.get_many(table, account_id, ids))


def _campaigns(table: Table, account_id: str, ids: Sequence[str]) -> Iterable[bool]:
    return (one is not None for one in campaigns.get_many(table, account_id, ids))


EXISTING: Mapping[ResourceType, Existing] = {
    "list": _lists,
    "segment": _segments,
    "campaign": _campaigns,
    "flow": _flows,
}


class Bearing:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        found: dict[str, Operation] = {}
        for name, type_ in BEARERS.items():
            path = bearers_path(name)
            found[f"GET {path}"] = partial(self.ids, type_)
            found[f"POST {path}"] = partial(self.attach, type_)
            found[f"DELETE {path}"] = partial(self.detach, type_)
        return found

    def ids(self, type_: ResourceType, request: Request) -> Response:
        tag, _ = self._tag(request)
        found = tags.resources(self._table, request.account_id, type_, tag.id)
        exist = EXISTING[type_](self._table, request.account_id, found)
        data = [identifier(type_, id_) for id_, known in zip(found, exist, strict=True) if known]
        return Response(document=collection(request, data))

    def attach(self, type_: ResourceType, request: Request) -> Response:
        """All of them, or none if one cannot bear the tag."""
        tag, group = self._tag(request)
        ids = self._existing(type_, request)
        for id_, at in ids.items():
            self._check(type_, request.account_id, id_, tag, group, f"/data/{at}/id")
        for id_, at in ids.items():
            if not tags.attach(self._table, request.account_id, type_, id_, tag, group):
                raise _exclusive(type_, id_, group, f"/data/{at}/id")
        return Response(204)

    def detach(self, type_: ResourceType, request: Request) -> Response:
        tag, group = self._tag(request)
        for id_ in self._existing(type_, request):
            tags.detach(self._table, request.account_id, type_, id_, tag, group)
        return Response(204)

    def _tag(self, request: Request) -> tuple[Tag, TagGroup]:
        tag = tag_of(self._table, request.account_id, request.path["id"]).thing
        return tag, group_of(self._table, request.account_id, tag.group_id, request.now).thing

    def _existing(self, type_: ResourceType, request: Request) -> dict[str, int]:
        """Ids of the body and their positions; 404 if one is unknown."""
        ids = request.decode(bearers).ids(type_)
        exist = EXISTING[type_](self._table, request.account_id, list(ids))
        for (id_, at), known in zip(ids.items(), exist, strict=True):
            if not known:
                raise not_found(type_, id_, field=f"/data/{at}/id")
        return ids

    def _check(
        self, type_: ResourceType, account_id: str, id_: str, tag: Tag, group: TagGroup, pointer: str
    ) -> None:
        borne = tags.of(self._table, account_id, type_, id_)
        if any(one.id == tag.id for one in borne):
            return
        if len(borne) >= MOST:
            raise Rejected(f"The {type_} {id_} bears {MOST} tags already.", field=pointer)
        if group.exclusive and any(one.group_id == group.id for one in borne):
            raise _exclusive(type_, id_, group, pointer)


def _exclusive(type_: ResourceType, id_: str, group: TagGroup, pointer: str) -> Rejected:
    return conflict(
        f"The {type_} {id_} bears another tag of the exclusive tag group {group.name!r}.", field=pointer
    )
