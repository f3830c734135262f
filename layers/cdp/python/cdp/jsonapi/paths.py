"""From a request's path to the route template that it means, as API Gateway matches (static before {parameter})."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")


@dataclass(slots=True)
class _Node(Generic[T]):
    children: dict[str, _Node[T]] = field(default_factory=dict)
    parameter: _Node[T] | None = None
    names: tuple[str, ...] = ()
    methods: dict[str, T] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """What is known at a path: by method; `parameters` are percent-decoded."""

    methods: Mapping[str, T]
    parameters: Mapping[str, str]


class PathTable(Generic[T]):
    """Templates such as /api/lists/{id}/profiles; a path counts with and without a trailing slash."""

    def __init__(self, routes: Iterable[tuple[str, str, T]]) -> None:
        self._root: _Node[T] = _Node()
        for method, template, value in routes:
            self._add(method, template, value)

    def _add(self, method: str, template: str, value: T) -> None:
        node, names = self._root, []
        for segment in _segments(template):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.children.setdefault(segment, _Node())
        if method in node.methods:
            raise ValueError(f"{method} {template} is claimed twice")
        if node.names and node.names != tuple(names):
            raise ValueError(f"the parameters of {template} are called {node.names} elsewhere")
        node.methods[method] = value
        node.names = tuple(names)

    def find(self, raw_path: str) -> Match[T] | None:
        """Look up a path as it came over the wire (still percent-encoded)."""
        found = _walk(self._root, _segments(raw_path), 0)
        if found is None:
            return None
        node, values = found
        return Match(node.methods, dict(zip(node.names, values, strict=True)))


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _walk(node: _Node[T], segments: list[str], at: int) -> tuple[_Node[T], tuple[str, ...]] | None:
    if at == len(segments):
        return (node, ()) if node.methods else None
    child = node.children.get(segments[at])
    if child is not None and (found := _walk(child, segments, at + 1)) is not None:
        return found
    if node.parameter is None or not segments[at]:
        return None
    found = _walk(node.parameter, segments, at + 1)
    return None if found is None else (found[0], (unquote(segments[at]), *found[1]))
