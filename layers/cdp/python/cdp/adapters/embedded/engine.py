"""DuckDB over files on this machine."""

from __future__ import annotations

from cdp.ports import Lake
from cdp.query.duckdb import DuckdbEngine


def local_duckdb(lake: Lake) -> DuckdbEngine:
    """An engine over the data files of a lake in local folders."""
    return DuckdbEngine(lake)
