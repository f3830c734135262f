"""Events of three steps under the names of products or categories, as SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cdp.filters.placeholders import Placeholders
from cdp.query.counted import Counted, occurrences
from cdp.query.money import units
from cdp.query.sql import Query, months_between, select
from functions.reports.kinds.product_names import plainly_named, under_names
from functions.reports.properties import Sifting, sifted
from functions.reports.report import Scope
from functions.reports.tally import Tally, directly

LIMIT = 100_000
_COLUMNS = ("step", "profile_no", "occurred_at", "event_id", "currency", "units", "own")
_PRODUCT = "coalesce(json_extract_scalar(properties, '$.ProductName'), json_extract_scalar(properties, '$.Name'))"
# The same but for objects and arrays, which plans refuse: DuckDB reads each name only once.
_SHOWN = "coalesce(json_extract_scalar(properties, '$.{0}'), nullif(json_format(json_extract(properties, '$.{0}')), 'null'))"
_SHOWN_PRODUCT = f"coalesce({_SHOWN.format('ProductName')}, {_SHOWN.format('Name')})"
# Always a list: a category that stands alone is a list of one.
_LISTED = "CASE WHEN substr({j}, 1, 1) = '[' THEN {j} ELSE '[' || {j} || ']' END"
_CATEGORIES = (
    "nullif(coalesce(nullif(json_format(json_extract(properties, '$.Categories')), 'null'), "
    "json_format(json_extract(properties, '$.Collections'))), 'null')"
)
_LINES = """
SELECT event_id, {name} AS name, categories AS own,
  CASE WHEN quantity * item_price BETWEEN -1e12 AND 1e12 THEN CAST(round(quantity * item_price * 10000) AS BIGINT) END AS units
FROM order_items
WHERE metric_id IN (:metrics) AND occurred_at >= :start AND occurred_at < :end
"""
_MEMBERS = """
SELECT DISTINCT d.own, {label} AS name
FROM (SELECT DISTINCT own FROM {source} WHERE own IS NOT NULL) AS d
CROSS JOIN UNNEST(try_cast(json_extract({listed}, '$') AS ARRAY(JSON))) AS members(item)
WHERE json_format(item) <> 'null'
"""
_LABEL = "coalesce(json_extract_scalar(json_format(item), '$'), json_format(item))"

_PLACED_PRODUCT = """
WITH bought AS (SELECT event_id, coalesce(name, '') AS name, sum(units) AS units FROM lines GROUP BY 1, 2)
SELECT f.step, f.profile_no, f.occurred_at, coalesce(b.name, f.own, '') AS name, {value} AS units
FROM found AS f LEFT JOIN bought AS b ON b.event_id = f.event_id
"""
_BY_PRODUCT = """
SELECT step, name, count(*) AS total, count(DISTINCT profile_no) AS uniques, sum(units) AS units, max(occurred_at) AS newest
FROM placed GROUP BY step, name ORDER BY step, name LIMIT :limit
"""
_OWN_PRODUCT = "SELECT step, profile_no, occurred_at, coalesce(own, '') AS name, units FROM found"
_OWN_CATEGORIES = "SELECT step, profile_no, occurred_at, CAST(NULL AS VARCHAR) AS name, own, units FROM found"
_PLACED_CATEGORY = """
WITH line_members AS ({line_members}
), bought AS (
  SELECT l.event_id, coalesce(m.name, '') AS name, sum(l.units) AS units
  FROM lines AS l LEFT JOIN line_members AS m ON m.own = l.own GROUP BY 1, 2
)
SELECT f.step, f.profile_no, f.occurred_at, b.name, CASE WHEN b.event_id IS NULL THEN f.own END AS own, {value} AS units
FROM found AS f LEFT JOIN bought AS b ON b.event_id = f.event_id
"""
# A profile's events of one list of categories are added up before the list is taken apart.
_BY_CATEGORY = """
WITH people AS (
  SELECT step, profile_no, name, own, count(*) AS total, sum(units) AS units, max(occurred_at) AS newest
  FROM placed GROUP BY step, profile_no, name, own
), members AS ({members}
), named AS (
  SELECT p.step, p.profile_no, coalesce(p.name, m.name, '') AS name, p.total, p.units, p.newest
  FROM people AS p LEFT JOIN members AS m ON m.own = p.own
)
SELECT step, name, sum(total) AS total, count(DISTINCT profile_no) AS uniques, sum(units) AS units, max(newest) AS newest
FROM named GROUP BY step, name ORDER BY step, name LIMIT :limit
"""


def performance(
    steps: Sequence[Counted], start: datetime, end: datetime, scope: Scope, wanted: Sifting, *, by_category: bool
) -> Query:
    """Columns `step`, `name`, `total`, `uniques`, `units`, `newest`. Of an event's lines, those of one name count as
    one; an event without lines has its own names."""
    values = Placeholders()
    rates = {code: rate for code, rate in sorted(scope.rates.items()) if code != scope.currency}
    converted = units("CAST(b.units AS DOUBLE) / 10000", "f.currency", rates, values)
    value = f"CASE WHEN b.event_id IS NULL THEN f.units ELSE {converted} END"
    lines = _lines(steps, start, end, by_category)

    def found(own: str) -> Query:
        column = "categories" if by_category else "product_name"
        return sifted(_found(steps, start, end, scope, wanted, column, own), _COLUMNS, wanted, scope)

    if by_category:
        text = _PLACED_CATEGORY.format(value=value, line_members=_members("lines"))
        placed = values.select(text, {"found": found(_CATEGORIES), "lines": lines})
        portable = select(_BY_CATEGORY.format(members=_members("people")), placed=placed, limit=LIMIT + 1)
        own = select(_OWN_CATEGORIES, found=found(_CATEGORIES))
        lined = _tally(placed, portable, beside=("own",), ready=under_names)
        column, name = "categories", "own"
    else:
        text = _PLACED_PRODUCT.format(value=value)
        placed = values.select(text, {"found": found(_PRODUCT), "lines": lines})
        portable = select(_BY_PRODUCT, placed=placed, limit=LIMIT + 1)
        own = select(_OWN_PRODUCT, found=found(_SHOWN_PRODUCT))
        shown = values.select(text, {"found": found(_SHOWN_PRODUCT), "lines": lines})
        lined = _tally(shown, portable, ready=plainly_named)
        column, name = "product_name", "name"
    direct = None if wanted.events or wanted.profiles else directly(steps, start, end, scope, "step")
    direct = direct and replace(direct, renamed={name: column}, present=(column,))
    return replace(portable, duckdb=ByLines(lines, lined, replace(lined, events=own, direct=direct)))


def _tally(placed: Query, portable: Query, **how: Any) -> Tally:
    return Tally(placed, ("step", "name"), ("total", "uniques", "units", "newest"), None, portable, LIMIT + 1, **how)


@dataclass(frozen=True, slots=True)
class ByLines:
    """A tally of events that may have lines; a simpler one where no event has any."""

    lines: Query
    lined: Tally
    plain: Tally

    def __call__(self, run: Callable[[Query], Any]) -> Any:
        there = run(select("SELECT event_id FROM lines LIMIT 1", lines=self.lines)).num_rows
        return (self.lined if there else self.plain)(run)


def _members(source: str) -> str:
    return _MEMBERS.format(source=source, label=_LABEL, listed=_LISTED.format(j="d.own"))


def _found(
    steps: Sequence[Counted], start: datetime, end: datetime, scope: Scope, wanted: Sifting, column: str, own: str
) -> Query:
    """The events of all steps with what they bear themselves, names or categories: in `column`, or, where a row is
    older than the column, as `own` reads it."""
    keep = tuple(dict.fromkeys((column, "metric_id", "properties", "currency", *wanted.keep)))
    columns = ", ".join(["profile_no", "occurred_at", "event_id", "currency", "units", *wanted.keep])
    parts, texts = {}, []
    for n, (step, counted) in enumerate(_sources(steps)):
        for name, read, rows in ((f"s{n}", f"nullif({column}, '')", "IS NOT NULL"), (f"old{n}", own, "IS NULL")):
            parts[name] = occurrences(counted, start, end, scope, keep).where(f"{column} {rows}")
            texts.append(f"SELECT {step} AS step, {read} AS own, {columns} FROM {name}")
    return select(" UNION ALL ".join(texts), months=None, **parts)


def _sources(steps: Sequence[Counted]) -> list[tuple[str, Counted]]:
    """What is read, and the step of its events: metrics of their own together, which takes half the time."""
    plain = {one.groups[0].metric.no: n for n, one in enumerate(steps) if not one.custom}
    if len(plain) < 2 or len(plain) + sum(one.custom for one in steps) < len(steps):
        return [(str(n), one) for n, one in enumerate(steps)]
    cases = " ".join(f"WHEN {no} THEN {n}" for no, n in plain.items())
    together = Counted("", "", tuple(group for one in steps if not one.custom for group in one.groups))
    return [(f"CASE metric_id {cases} END", together), *((str(n), one) for n, one in enumerate(steps) if one.custom)]


def _lines(steps: Sequence[Counted], start: datetime, end: datetime, by_category: bool) -> Query:
    """Lines of the events of all metrics: names, or categories as JSON, and amounts in the event's currency."""
    metrics = sorted({group.metric.no for one in steps for group in one.groups})
    text = _LINES.format(name="CAST(NULL AS VARCHAR)" if by_category else "product_name")
    return select(text, months=months_between(start, end), metrics=metrics, start=start, end=end)
