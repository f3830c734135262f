"""A run as CSV (RFC 4180).

Names of groups and metrics come from events that anybody may send. A text that a spreadsheet would take for a formula
gets an apostrophe before it; numbers and phone numbers stay. The run's JSON has every value as it is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from functions.reports.report import Column

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9 ().,/-]*([eE][+-]?[0-9]+)?")


def to_csv(columns: Sequence[Column], rows: Iterable[Sequence[str | int | float | None]]) -> str:
    """Header and rows with CRLF line ends; money with two decimals, absent values empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_safe(column.name) for column in columns)
    money = [column.type == "money" for column in columns]
    for row in rows:
        writer.writerow(_cell(value, is_money) for value, is_money in zip(row, money, strict=True))
    return out.getvalue()


def _cell(value: str | int | float | None, is_money: bool) -> str | int | float | None:
    if isinstance(value, str):
        return _safe(value)
    return f"{value:.2f}" if is_money and value is not None else value


def _safe(text: str) -> str:
    if not _FORMULA.match(text) or (_NUMBER.fullmatch(text) and text[0] in "+-"):
        return text
    return f"'{text}"
