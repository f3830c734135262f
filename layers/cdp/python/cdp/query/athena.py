"""Parameters as Athena takes them: question marks, and their values as Trino literals."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TypeAlias

import sqlglot
from sqlglot import exp

Scalar: TypeAlias = int | float | str | bool | datetime | date
_PLACEHOLDER = re.compile(r":([A-Za-z_]\w*)")


def numbered(text: str) -> tuple[str, tuple[str, ...]]:
    """Turn `:name` into question marks and say which name each one is. Strings are left alone: the tokenizer
    tells them apart."""
    out: list[str] = []
    names: list[str] = []
    done = 0
    for token in sqlglot.tokenize(text, read="trino"):
        match = _PLACEHOLDER.match(text, token.start) if text[token.start] == ":" else None
        if match:
            out += text[done : token.start], "?"
            names.append(match.group(1))
            done = match.end()
    return "".join(out) + text[done:], tuple(names)


def literal(value: Scalar) -> str:
    """The value as a Trino literal (Athena's execution parameters are literals)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC'"
    if isinstance(value, date):
        return f"DATE '{value:%Y-%m-%d}'"
    if isinstance(value, float):
        return f"DOUBLE '{value!r}'"
    return str(value) if isinstance(value, int) else exp.Literal.string(value).sql("athena")
