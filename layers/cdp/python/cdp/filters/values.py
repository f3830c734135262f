"""What a JSON value is as text, as number, as list and as date. None: it is not one.

`json_text` says the same in SQL; where engines and Python print or read numbers differently, the number has no
text, so that they cannot disagree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

Json: TypeAlias = Any  # str, int, float, bool, None, list, dict

# The engines get these too: RE2 and Trino's Joni read them alike.
NUMBER = r"\A-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?\z"
PLAIN = r"\A(true|false|-?[0-9]{1,15}|-?[0-9]{1,9}\.[0-9]{1,4})\z"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
_OFFSET = r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
DATE = rf"\A[12][0-9]{{3}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]{_CLOCK}{_OFFSET}?)?\z"
LARGEST = 1e300

_number, _plain, _date = (re.compile(pattern.replace(r"\z", r"\Z")) for pattern in (NUMBER, PLAIN, DATE))


def text_of(value: Json) -> str | None:
    """Strings; true and false; whole numbers of at most 15 digits, and plain decimals of at most 9 and 4."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        printed = repr(value)
        return printed if _plain.match(printed) else None
    return None


def number_of(value: Json) -> float | None:
    """Numbers, and strings that are written like one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        found = float(value) if _number.match(value) else None
    elif isinstance(value, int | float):
        found = float(value) if abs(value) <= LARGEST else None
    else:
        return None
    return found if found is not None and abs(found) <= LARGEST else None


def list_of(value: Json) -> list[Json] | None:
    return value if isinstance(value, list) else None


@dataclass(frozen=True, slots=True)
class Written:
    """A date as it was written, to the second: an instant if it says its offset, else a local time."""

    at: datetime  # aware; UTC stands for local time where `local`
    local: bool

    @property
    def clock(self) -> str:
        """YYYY-MM-DD HH:MM:SS, of a local time."""
        return f"{self.at:%Y-%m-%d %H:%M:%S}"


def date_of(value: Json) -> Written | None:
    """A strict subset of ISO 8601: a day, or a day and a clock with or without seconds, with Z or ±HH:MM or
    without. Fractions of a second are cut off."""
    if not isinstance(value, str) or not _date.match(value):
        return None
    day, rest = value[:10], value[11:]
    clock = "00:00:00" if not rest else rest[:8] if rest[5:6] == ":" else f"{rest[:5]}:00"
    offset = "+00:00" if rest.endswith("Z") else rest[-6:] if len(rest) > 5 and rest[-6] in "+-" else ""
    try:
        at = datetime.fromisoformat(f"{day}T{clock}{offset}")
    except ValueError:
        return None
    return Written(at if offset else at.replace(tzinfo=UTC), not offset)


def fold(text: str) -> str:
    """Lower case, code point by code point as the engines do it: no letter becomes two."""
    return text.lower() if text.isascii() else "".join([c.lower()[0] for c in text])
