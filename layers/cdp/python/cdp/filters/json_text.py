"""What a JSON text is as text, as number, as list and as date: `values` in Trino's SQL.

Every function takes an expression of type VARCHAR that is JSON or null, best a column: it is repeated.
"""

from __future__ import annotations

from cdp.filters.values import DATE, LARGEST, NUMBER, PLAIN


def text_of(j: str) -> str:
    """VARCHAR."""
    return (
        f"CASE WHEN substr({j}, 1, 1) = '\"' THEN json_extract_scalar({j}, '$') "
        f"WHEN regexp_like({j}, '{PLAIN}') THEN {j} END"
    )


def number_of(j: str) -> str:
    """DOUBLE."""
    written = f"CASE WHEN substr({j}, 1, 1) = '\"' THEN json_extract_scalar({j}, '$') ELSE {j} END"
    read = f"CASE WHEN regexp_like({written}, '{NUMBER}') THEN try_cast({written} AS DOUBLE) END"
    return f"CASE WHEN abs({read}) <= {LARGEST!r} THEN {read} END"


def list_of(j: str) -> str:
    """ARRAY(JSON)."""
    return f"CASE WHEN substr({j}, 1, 1) = '[' THEN try_cast(json_extract({j}, '$') AS ARRAY(JSON)) END"


def date_text(j: str) -> str:
    """VARCHAR: what is written like a date."""
    text = f"json_extract_scalar({j}, '$')"
    return f"CASE WHEN substr({j}, 1, 1) = '\"' AND regexp_like({text}, '{DATE}') THEN {text} END"


def clock_of(d: str) -> str:
    """VARCHAR: YYYY-MM-DD HH:MM:SS of a `date_text`."""
    return (
        f"substr({d}, 1, 10) || ' ' || CASE WHEN length({d}) = 10 THEN '00:00:00' "
        f"WHEN substr({d}, 17, 1) = ':' THEN substr({d}, 12, 8) ELSE substr({d}, 12, 5) || ':00' END"
    )


def offset_of(d: str) -> str:
    """VARCHAR: ±HH:MM of a `date_text`, null for a local time."""
    return (
        f"CASE WHEN substr({d}, length({d})) = 'Z' THEN '+00:00' "
        f"WHEN length({d}) > 16 AND substr({d}, length({d}) - 5, 1) IN ('+', '-') "
        f"THEN substr({d}, length({d}) - 5) END"
    )
