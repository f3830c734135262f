"""Query parameters of a request (SPEC §1.4)."""

from __future__ import annotations

from urllib.parse import parse_qsl


class Params:
    """Parsed lazily by the parts that need them; unknown parameters are ignored."""

    def __init__(self, raw_query: str) -> None:
        self._pairs = parse_qsl(raw_query, keep_blank_values=True) if raw_query else []

    def first(self, name: str) -> str | None:
        return next((value for key, value in self._pairs if key == name), None)
