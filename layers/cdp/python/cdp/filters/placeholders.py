"""The values of a text that is put together: each gets a placeholder of its own."""

from __future__ import annotations

from cdp.query.sql import Param


class Placeholders:
    """`params` are for `select`."""

    def __init__(self) -> None:
        self.params: dict[str, Param] = {}

    def add(self, value: Param) -> str:
        """The placeholder that stands for the value in the text."""
        name = f"v{len(self.params)}"
        self.params[name] = value
        return f":{name}"
