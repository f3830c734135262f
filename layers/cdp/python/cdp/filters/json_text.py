"""What a JSON text is as text, as number, as list and as date: `values` in Trino's SQL.

Every function takes names of columns of type VARCHAR. Filters put what they need into layers of subqueries, so
that no expression is written twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cdp.filters.values import DATE, NUMBER, PLAIN

Layer = Mapping[str, str]  # name of a column -> its expression


def text_of(j: str) -> str:
    """VARCHAR, of JSON."""
    return (
        f"CASE WHEN substr({j}, 1, 1) = '\"' THEN json_extract_scalar({j}, '$') "
        f"WHEN regexp_like({j}, '{PLAIN}') THEN {j} END"
    )


def written_of(j: str) -> str:
    """VARCHAR, of JSON: what may be a number."""
    return f"CASE WHEN substr({j}, 1, 1) = '\"' THEN json_extract_scalar({j}, '$') ELSE {j} END"


def number_of(written: str) -> str:
    """DOUBLE, perhaps beyond `values.LARGEST`, of a `written_of`."""
    return f"CASE WHEN regexp_like({written}, '{NUMBER}') THEN try_cast({written} AS DOUBLE) END"


def list_of(j: str) -> str:
    """ARRAY(JSON), of JSON."""
    return f"CASE WHEN substr({j}, 1, 1) = '[' THEN try_cast(json_extract({j}, '$') AS ARRAY(JSON)) END"


def date_of(j: str) -> str:
    """VARCHAR, of JSON: what is written like a date."""
    text = f"json_extract_scalar({j}, '$')"
    return f"CASE WHEN substr({j}, 1, 1) = '\"' AND regexp_like({text}, '{DATE}') THEN {text} END"


def clock_of(d: str) -> str:
    """VARCHAR: YYYY-MM-DD HH:MM:SS of a `date_of`."""
    return (
        f"substr({d}, 1, 10) || ' ' || CASE WHEN length({d}) = 10 THEN '00:00:00' "
        f"WHEN substr({d}, 17, 1) = ':' THEN substr({d}, 12, 8) ELSE substr({d}, 12, 5) || ':00' END"
    )


def offset_of(d: str) -> str:
    """VARCHAR: ±HH:MM of a `date_of`, null for a local time."""
    return (
        f"CASE WHEN substr({d}, length({d})) = 'Z' THEN '+00:00' "
        f"WHEN length({d}) > 16 AND substr({d}, length({d}) - 5, 1) IN ('+', '-') "
        f"THEN substr({d}, length({d}) - 5) END"
    )


def layered(source: str, keep: Iterable[str], layers: Iterable[tuple[Layer, ...]]) -> str:
    """The SELECT with more columns: of every filter the first layer, then the second upon it, and so on."""
    held, needed = list(keep), list(layers)
    for depth in range(max(map(len, needed), default=0)):
        fresh = {name: text for one in needed if depth < len(one) for name, text in one[depth].items()}
        columns = ", ".join([*held, *(f"{text} AS {name}" for name, text in fresh.items())])
        source = f"SELECT {columns} FROM ({source}) AS l{depth}"
        held += fresh
    return source
