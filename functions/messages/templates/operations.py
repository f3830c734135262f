"""The operations on templates."""

from __future__ import annotations

from collections.abc import Mapping

from cdp.jsonapi.front import Operation
from cdp.ports import Table


class Templates:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {}
