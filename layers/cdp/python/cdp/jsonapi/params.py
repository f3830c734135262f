"""Query parameters of a request (SPEC §1.4)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qsl

from cdp.errors import Rejected
from cdp.jsonapi.cursors import PARAMETER as CURSOR
from cdp.jsonapi.cursors import Cursor, read_cursor
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.matrix import Condition, Filters


@dataclass(frozen=True, slots=True)
class Sort:
    """One field; `name` is the parameter's text."""

    field: str
    descending: bool = False

    @property
    def name(self) -> str:
        return f"-{self.field}" if self.descending else self.field


def sort_of(text: str) -> Sort:
    return Sort(text.removeprefix("-"), text.startswith("-"))


class Params:
    """Parsed lazily by the parts that need them; unknown parameters are ignored."""

    def __init__(self, raw_query: str) -> None:
        self._pairs = parse_qsl(raw_query, keep_blank_values=True) if raw_query else []

    def first(self, name: str) -> str | None:
        return next((value for key, value in self._pairs if key == name), None)

    def listed(self, name: str) -> tuple[str, ...]:
        """A comma-separated list; a repeated parameter adds to it."""
        words = (word.strip() for key, value in self._pairs if key == name for word in value.split(","))
        return tuple(dict.fromkeys(word for word in words if word))

    def filter(self, known: Filters) -> tuple[Condition, ...]:
        """The conditions, all of which must hold; a repeated parameter adds conditions."""
        return tuple(c for key, value in self._pairs if key == "filter" for c in known.read(value))

    def sort(self, known: Collection[str], default: str) -> Sort:
        text = (self.first("sort") or "").strip()
        if not text:
            return sort_of(default)
        sort = sort_of(text)
        if sort.field not in known:
            raise Rejected(
                f"Cannot sort by {text!r}; fields: {', '.join(known) or 'none'}.", parameter="sort"
            )
        return sort

    def include(self, known: Collection[str]) -> tuple[str, ...]:
        return self._known("include", known)

    def fields(self, type_: str) -> frozenset[str] | None:
        """The sparse fieldset of a resource type, or None: all fields."""
        name = f"fields[{type_}]"
        return frozenset(self.listed(name)) if any(key == name for key, _ in self._pairs) else None

    def additional(self, type_: str, known: Collection[str]) -> tuple[str, ...]:
        """The fields that are computed only on demand."""
        return self._known(f"additional-fields[{type_}]", known)

    def page_size(self, default: int, maximum: int) -> int:
        text = self.first("page[size]")
        if text is None:
            return default
        if not text.strip().isascii() or not text.strip().isdigit() or not 1 <= int(text) <= maximum:
            raise Rejected(
                f"The page size must be a whole number from 1 to {maximum}.", parameter="page[size]"
            )
        return int(text)

    def cursor(self, sort: Sort) -> Cursor | None:
        """Where to go on, or None: at the start. A cursor of another order is refused."""
        text = self.first(CURSOR)
        if not text:
            return None
        cursor = read_cursor(text)
        if cursor.sort != sort.name:
            raise cursor_refused(f"The cursor belongs to sort={cursor.sort}, not to sort={sort.name}.")
        return cursor

    def _known(self, name: str, known: Collection[str]) -> tuple[str, ...]:
        words = self.listed(name)
        for word in words:
            if word not in known:
                raise Rejected(
                    f"{word!r} is not known here; known: {', '.join(known) or 'none'}.", parameter=name
                )
        return words
