"""The values of a text that is put together: each gets a placeholder of its own."""

from __future__ import annotations

from collections.abc import Mapping

from cdp.query.sql import Months, Param, Query, select


class Placeholders:
    """`params` holds them by name."""

    def __init__(self) -> None:
        self.params: dict[str, Param] = {}

    def add(self, value: Param) -> str:
        """The placeholder that stands for the value in the text."""
        name = f"v{len(self.params)}"
        self.params[name] = value
        return f":{name}"

    def select(self, text: str, tables: Mapping[str, Query] | None = None, *, months: Months | None = None) -> Query:
        """A query of the text with all values, and the queries that it uses as tables."""
        given: dict[str, Param | Query] = {**self.params, **(tables or {})}
        return select(text, months=months, **given)
