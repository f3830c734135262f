"""JSON:API documents (SPEC §1.2): resources, relationships, included, links.

Links are absolute and built from the request's own scheme and host. A resource's address is
`/api/<collection>/<id>`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias, TypeVar
from urllib.parse import quote, unquote_plus

from cdp.jsonapi.cursors import PARAMETER as CURSOR
from cdp.jsonapi.cursors import Cursor
from cdp.jsonapi.paging import Page

Json: TypeAlias = dict[str, object]
T = TypeVar("T")


class Asked(Protocol):
    """What of a request its links are made from."""

    @property
    def base_url(self) -> str: ...

    @property
    def raw_path(self) -> str: ...

    @property
    def raw_query(self) -> str: ...


def identifier(type_: str, id_: str) -> Json:
    """A resource identifier: what stands in `relationships.<name>.data`."""
    return {"type": type_, "id": id_}


class Resources:
    """Makes the resources of one type for one request.

    `relationships` names the relationships that carry links even when their data is not given.
    """

    def __init__(
        self,
        asked: Asked,
        type_: str,
        collection: str,
        *,
        relationships: Sequence[str] = (),
        fields: frozenset[str] | None = None,
    ) -> None:
        self._type = type_
        self._root = f"{asked.base_url}/api/{collection}"
        self._relationships = relationships
        self._fields = fields

    def make(
        self, id_: str, attributes: Mapping[str, object], related: Mapping[str, object] | None = None
    ) -> Json:
        """One resource. `related` maps relationship names to their `data`; those that no path leads to have
        no links."""
        url = f"{self._root}/{quote(id_, safe='$:')}"
        resource: Json = {"type": self._type, "id": id_, "attributes": sparse(attributes, self._fields)}
        relationships = {name: relationship(url, name) for name in self._relationships}
        for name, data in (related or {}).items():
            relationships[name] = {"data": data, **relationships.get(name, {})}
        if relationships:
            resource["relationships"] = relationships
        resource["links"] = {"self": url}
        return resource


def relationship(url: str, name: str) -> Json:
    """The links of a relationship of the resource at `url`."""
    return {"links": {"self": f"{url}/relationships/{name}", "related": f"{url}/{name}"}}


def sparse(attributes: Mapping[str, object], fields: frozenset[str] | None) -> Mapping[str, object]:
    """Only the asked-for attributes; `a.b` picks the sub-field b of a."""
    if fields is None:
        return attributes
    kept: Json = {}
    for name, value in attributes.items():
        if name in fields:
            kept[name] = value
        elif isinstance(value, Mapping):
            start = name + "."
            inner = frozenset(f.removeprefix(start) for f in fields if f.startswith(start))
            if inner:
                kept[name] = sparse(value, inner)
    return kept


def single(asked: Asked, data: Json | None, included: Iterable[Json] | None = None) -> Json:
    """A document about one resource (or none: `data` null)."""
    document: Json = {"data": data, "links": {"self": _url(asked)}}
    if included is not None:
        document["included"] = unique(included)
    return document


def collection(
    asked: Asked, data: Sequence[Json], page: Page[T] | None = None, included: Iterable[Json] | None = None
) -> Json:
    """A document about many resources; without `page` it is all of them."""
    following, previous = (page.next, page.prev) if page else (None, None)
    links = {"self": _url(asked), "first": _at(asked, None)}
    document: Json = {
        "data": data,
        "links": {**links, "next": _neighbour(asked, following), "prev": _neighbour(asked, previous)},
    }
    if included is not None:
        document["included"] = unique(included)
    return document


def unique(resources: Iterable[Json]) -> list[Json]:
    """Each resource once: clients index `included` by id."""
    return list({resource["id"]: resource for resource in resources}.values())


def _neighbour(asked: Asked, cursor: Cursor | None) -> str | None:
    return None if cursor is None else _at(asked, cursor)


def _url(asked: Asked) -> str:
    query = f"?{asked.raw_query}" if asked.raw_query else ""
    return f"{asked.base_url}{quote(asked.raw_path, safe='/%:$@~')}{query}"


def _at(asked: Asked, cursor: Cursor | None) -> str:
    """The request's own address with another cursor."""
    kept = [
        pair for pair in asked.raw_query.split("&") if pair and unquote_plus(pair.partition("=")[0]) != CURSOR
    ]
    if cursor is not None:
        kept.append(f"page%5Bcursor%5D={cursor.encode()}")
    query = "?" + "&".join(kept) if kept else ""
    return f"{asked.base_url}{quote(asked.raw_path, safe='/%:$@~')}{query}"
