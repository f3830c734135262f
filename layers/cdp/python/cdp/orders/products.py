"""Which product and which categories a line of an order means, by the account's catalog (SPEC §12.1).

A line's product is the item with its product id, else the item of the variant with it, else the item with exactly
its name as title. What the catalog does not have stays what it is: it goes by its product id, else by its name.
Categories are those of the catalog; an item without any, and what the catalog does not have, has those that its lines
name: a category of the catalog with that name, else the name.

    shelf.products(lines(book, cut))         every line with its `item`
    shelf.by_category(lines(book, cut))      the same, once for each category

Both leave out what is excluded: an item, and all items of a category.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cdp.query.sql import Query, select

_ROW, _FIELD = "\x1e", "\x1f"  # end a row and its first field
_PAIRS = """
SELECT substr(pair, 1, strpos(pair, :field) - 1) AS item, substr(pair, strpos(pair, :field) + 1) AS name
FROM UNNEST(split(:pairs, :row)) AS listed(pair)
WHERE pair <> ''
"""
_MATCHED = """
SELECT l.profile_no, l.event_id, l.occurred_at, l.product_name, l.categories, l.thousandths, l.units,
  coalesce(i.item, t.item, l.product_id, l.product_name) AS item
FROM lines AS l LEFT JOIN ids AS i ON i.name = l.product_id LEFT JOIN titles AS t ON t.name = l.product_name
"""
_MEMBERS = """
SELECT DISTINCT d.own, coalesce(n.item, json_extract_scalar(json_format(one), '$')) AS category
FROM (SELECT DISTINCT categories AS own FROM matched WHERE categories IS NOT NULL) AS d
CROSS JOIN UNNEST(try_cast(json_extract(d.own, '$') AS ARRAY(JSON))) AS members(one)
LEFT JOIN names AS n ON n.name = json_extract_scalar(json_format(one), '$')
WHERE coalesce(json_extract_scalar(json_format(one), '$'), '') <> ''
"""
_SEEN = """
SELECT m.profile_no, m.event_id, m.occurred_at, m.product_name, m.categories, m.thousandths, m.units, m.item
FROM matched AS m LEFT JOIN hidden AS h ON h.item = m.item
WHERE h.item IS NULL
"""
_SEEN_BY_CATEGORY = """
SELECT m.profile_no, m.event_id, m.occurred_at, m.product_name, m.categories, m.thousandths, m.units, m.item
FROM matched AS m
LEFT JOIN hidden AS h ON h.item = m.item
LEFT JOIN (SELECT DISTINCT item FROM shelved) AS s ON s.item = m.item
LEFT JOIN (
  SELECT DISTINCT o.own FROM members AS o JOIN shut AS c ON c.item = o.category
) AS x ON x.own = CASE WHEN s.item IS NULL THEN m.categories END
WHERE h.item IS NULL AND x.own IS NULL
"""
_BY_CATEGORY = """
SELECT p.profile_no, p.event_id, p.occurred_at, p.product_name, p.thousandths, p.units, coalesce(s.name, o.category) AS item
FROM products AS p
LEFT JOIN shelved AS s ON s.item = p.item
LEFT JOIN members AS o ON o.own = CASE WHEN s.item IS NULL THEN p.categories END
WHERE coalesce(s.name, o.category) IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Shelved:
    """An item of the catalog; `categories` are external ids."""

    title: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shelf:
    """The catalog as far as orders are concerned, by external ids: items, the item of each variant, names of categories."""

    items: Mapping[str, Shelved] = field(default_factory=dict)
    variants: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    excluded_items: frozenset[str] = frozenset()
    excluded_categories: frozenset[str] = frozenset()

    def products(self, lines: Mapping[str, Query]) -> dict[str, Query]:
        """The tables of `lines`, and `products`: profile_no, event_id, occurred_at, item, product_name, categories,
        thousandths, units. Several lines of an order may be of one item."""
        parts = {**lines, **self._matched()}
        if not self.excluded_categories:
            return {**parts, "products": select(_SEEN)}
        return {**parts, **self._members(), "shut": _listed(self.excluded_categories), "products": select(_SEEN_BY_CATEGORY)}

    def by_category(self, lines: Mapping[str, Query]) -> dict[str, Query]:
        """The tables of `products`, and `placed`, the same but for `categories` and with a category as `item`; a line
        is there once for each of its categories."""
        return {**self.products(lines), **self._members(), "placed": select(_BY_CATEGORY)}

    def hidden(self) -> Iterator[str]:
        """Items that are excluded, by themselves or with their category."""
        yield from self.excluded_items
        for id_, item in self.items.items():
            if id_ not in self.excluded_items and not self.excluded_categories.isdisjoint(item.categories):
                yield id_

    def _matched(self) -> dict[str, Query]:
        ids = {variant: item for variant, item in self.variants.items() if item in self.items}
        ids.update((id_, id_) for id_ in self.items)
        titles: dict[str, str] = {}
        for id_ in sorted(self.items):
            titles.setdefault(self.items[id_].title, id_)
        return {
            "ids": _pairs((item, name) for name, item in ids.items()),
            "titles": _pairs((item, title) for title, item in titles.items()),
            "hidden": _listed(self.hidden()),
            "matched": select(_MATCHED),
        }

    def _members(self) -> dict[str, Query]:
        names: dict[str, str] = {}
        for id_ in sorted(self.categories):
            names.setdefault(self.categories[id_], id_)
        return {
            "names": _pairs((id_, name) for name, id_ in names.items()),
            "shelved": _pairs((id_, category) for id_, item in self.items.items() for category in item.categories),
            "members": select(_MEMBERS),
        }


def _listed(ids: Iterable[str]) -> Query:
    return _pairs((id_, "") for id_ in sorted(ids))


def _pairs(pairs: Iterable[tuple[str, str]]) -> Query:
    """A table `item`, `name` out of one value: a hundred thousand rows make no longer text than one."""
    text = _ROW.join(f"{a}{_FIELD}{b}" for a, b in pairs if not _strange(a) and not _strange(b))
    return select(_PAIRS, pairs=text, row=_ROW, field=_FIELD)


def _strange(text: str) -> bool:
    return _ROW in text or _FIELD in text
