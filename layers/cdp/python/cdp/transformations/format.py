"""Method Format: up to five steps in a fixed order (SPEC §16).

Text only, and lists value by value; other values pass, except that numbers can be dates.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any, TypeAlias

from cdp.transformations.dates import iso_date, iso_date_time
from cdp.transformations.definition import Format

Step: TypeAlias = Callable[[Any], Any]
_QUOTES = dict.fromkeys(map(ord, "'\"`‘’‚‛“”„‟«»‹›"))
_WORD = re.compile(r"\S+")
_SPECIAL = re.compile(r"[^\w\s]|_")


def compiled(definition: Format) -> Step:
    """Value -> value."""
    options = definition.options
    chosen: list[Callable[[str], str]] = [
        step
        for wanted, step in (
            (options.remove_spaces, remove_spaces),
            (options.delete_quotes, delete_quotes),
            (options.delete_special_characters, delete_special_characters),
            (options.capitalize_words, capitalize_words),
        )
        if wanted
    ]
    read = {"date": iso_date, "date_time": iso_date_time}.get(options.revise_date or "")
    day_first = options.day_first

    def change(value: Any) -> Any:
        if isinstance(value, list):
            return [item if isinstance(item, list) else change(item) for item in value]
        if isinstance(value, str):
            for step in chosen:
                value = step(value)
        if read is not None and isinstance(value, str | int | float) and not isinstance(value, bool):
            revised = read(value, day_first=day_first)
            return value if revised is None else revised
        return value

    return change


def remove_spaces(text: str) -> str:
    """White space (Unicode's) goes at both ends; a run of it inside becomes one space."""
    return " ".join(text.split())


def delete_quotes(text: str) -> str:
    """Apostrophes, double quotes, grave accents, typographic quotes, guillemets."""
    return text.translate(_QUOTES)


def delete_special_characters(text: str) -> str:
    """Letters with their marks, digits and white space stay."""
    return _SPECIAL.sub(_mark, text)


def _mark(found: re.Match[str]) -> str:
    return found.group() if unicodedata.category(found.group())[0] == "M" else ""


def capitalize_words(text: str) -> str:
    """The first letter of every word becomes a capital, the rest small; words are what white space separates."""
    return _WORD.sub(_capitalized, text)


def _capitalized(found: re.Match[str]) -> str:
    word = found.group().lower()
    for position, letter in enumerate(word):
        if letter.isalpha():
            return word[:position] + _capital(letter) + word[position + 1 :]
    return word


def _capital(letter: str) -> str:
    """Title case: ß becomes Ss; a letter that has none (ŉ) stays."""
    title = letter.title()
    return title if title[0].isupper() or title[0].istitle() else letter
