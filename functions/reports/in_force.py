"""Values that profiles' attributes had when events happened (SPEC §13.4), as a query that other queries use."""

from __future__ import annotations

from collections.abc import Sequence

from cdp.query.sql import Query, select

# The greatest `n` (revision) of a profile among those at or before a moment is in force then, since `since` never
# falls. Of changes in the same instant the last one counts.
_CHANGES = """
SELECT profile_no, value, revision AS n,
  max(changed_at) OVER (PARTITION BY profile_no ORDER BY revision ROWS UNBOUNDED PRECEDING) AS since
FROM profile_history WHERE property = :property
"""


def held(events: Query, columns: Sequence[str], attributes: Sequence[str]) -> Query:
    """`columns` of those events whose profile had all these attributes when they happened, and the values as JSON
    text in `h0`, `h1`, … `columns` must contain `profile_no` and `occurred_at`.

    Changes and events are put in one order and the number of the latest change is carried along: the work grows
    with changes plus events, however many a profile has of both.
    """
    places = range(len(attributes))
    parts = {f"changes{k}": select(_CHANGES, property=attribute) for k, attribute in enumerate(attributes)}
    numbers = ", ".join(f"n{k}" for k in places)
    marks = [f"SELECT {', '.join(columns)}, 0 AS change, {_numbers(len(attributes))} FROM found"]
    marks += [f"SELECT {_blank(columns)}, 1, {_numbers(len(attributes), k)} FROM changes{k}" for k in places]
    carried = ", ".join(
        f"max(n{k}) OVER (PARTITION BY profile_no ORDER BY occurred_at, change DESC ROWS UNBOUNDED PRECEDING) AS n{k}"
        for k in places
    )
    kept = ", ".join(f"c.{name}" for name in columns)
    joins = " ".join(
        f"JOIN changes{k} AS a{k} ON a{k}.profile_no = c.profile_no AND a{k}.n = c.n{k} AND a{k}.value IS NOT NULL"
        for k in places
    )
    text = (
        f"WITH marks AS ({' UNION ALL '.join(marks)}), "
        f"carried AS (SELECT {', '.join(columns)}, change, {carried} FROM marks) "
        f"SELECT {kept}, {', '.join(f'a{k}.value AS h{k}' for k in places)} "
        f"FROM (SELECT {', '.join(columns)}, {numbers} FROM carried WHERE change = 0) AS c {joins}"
    )
    return select(text, months=None, found=events, **parts)


def _numbers(count: int, own: int | None = None) -> str:
    return ", ".join("n" if k == own else f"CAST(NULL AS BIGINT) AS n{k}" for k in range(count))


def _blank(columns: Sequence[str]) -> str:
    """A change as a row among the events."""
    places = {"profile_no": "profile_no", "occurred_at": "since"}
    return ", ".join(places.get(name, "NULL") for name in columns)
