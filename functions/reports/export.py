"""A run as CSV (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from functions.reports.report import Column


def to_csv(columns: Sequence[Column], rows: Iterable[Sequence[str | int | float | None]]) -> str:
    """Header and rows with CRLF line ends; money with two decimals, absent values empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(column.name for column in columns)
    money = [column.type == "money" for column in columns]
    for row in rows:
        writer.writerow(f"{v:.2f}" if m and v is not None else v for m, v in zip(money, row, strict=True))
    return out.getvalue()
