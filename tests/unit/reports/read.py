"""Rows of a report out of records that a test compares besides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from functions.reports.report import Report


def read(report: Report[Any, Any], records: Sequence[dict[str, Any]]) -> list[Any]:
    return report.rows(pa.Table.from_pylist(list(records))) if records else []
