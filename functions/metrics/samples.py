"""Sample values of event properties: the newest distinct ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

MOST = 10
NEWEST_EVENTS = 200
_LONGEST = 200
_decoder = msgspec.json.Decoder(dict[str, Any])


def sample_values(properties: Iterable[str], names: Iterable[str]) -> Mapping[str, list[Any]]:
    """Up to `MOST` values for each name, from events' JSON objects given newest first; scalars only."""
    samples: dict[str, dict[tuple[bool, Any], Any]] = {name: {} for name in names}
    for text in properties:
        event = _decoder.decode(text)
        for name, found in samples.items():
            value = event.get(name)
            if _shown(value) and len(found) < MOST:
                found.setdefault((isinstance(value, bool), value), value)  # True is 1 to a dict
    return {name: list(found.values()) for name, found in samples.items()}


def _shown(value: object) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= _LONGEST)
