"""`predicted_gender`: likely_female, likely_male or uncertain, by a table of first names (SPEC §6.1, docs/adr/0127).

The table (`predicted_gender.txt`) holds names that nearly everybody who has them, in whatever country, has with one
sex. A name that it does not hold is uncertain. Whoever has a first name has this attribute, with orders or without.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from cdp.query.property_history import held
from cdp.query.records import records
from functions.predict.source import Asked, Property, Values

NAME = "predicted_gender"
TABLE = Path(__file__).with_suffix(".txt")
FEMALE, MALE = "f", "m"
LIKELY_FEMALE, LIKELY_MALE, UNCERTAIN = "likely_female", "likely_male", "uncertain"
_LIKELY = {FEMALE: LIKELY_FEMALE, MALE: LIKELY_MALE}
_MARKS = re.compile("[\u0300-\u036f]")  # accents; vowel signs of other scripts are letters
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "’": "'"})
_APART = re.compile(r"[\s\-‐‑–_.,;/&+()\"]+")
_TITLES = frozenset(
    ("dame", "dona", "dr", "frau", "herr", "lady", "miss", "mlle", "mme", "mr", "mrs", "ms", "mx", "prof", "sir", "sra")
)


def folded(name: str) -> str:
    """Without case and accents, its parts set apart by single spaces: `Jean-René` is `jean rene`."""
    lower = unicodedata.normalize("NFKD", name).casefold()
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", lower)).translate(_LETTERS)
    return " ".join(part for part in _APART.split(unicodedata.normalize("NFC", plain)) if part)


def gender(first_name: str) -> str:
    """The whole name if the table has it, else its first part: of several names the first one is what a person is
    called by. Titles and initials are passed over."""
    name, table = folded(first_name), _table()
    parts = [part for part in name.split() if part not in _TITLES and not (len(part) == 1 and part.isascii())] or [""]
    return _LIKELY.get(table.get(name) or table.get(" ".join(parts)) or table.get(parts[0]) or "", UNCERTAIN)


@cache
def _table() -> Mapping[str, str]:
    """Folded name -> `FEMALE` or `MALE`."""
    return dict(line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines())


def source(asked: Asked) -> Values:
    """By the first name that was in force."""
    names = held("first_name", asked.as_of)
    if isinstance(asked.numbers, range):
        names = names.where(
            "profile_no >= :first AND profile_no < :last", first=asked.numbers.start, last=asked.numbers.stop
        )
    else:
        names = names.where("profile_no IN (:numbers)", numbers=sorted(asked.numbers) or [0])
    found = records(asked.engine.run(asked.account_id, names))
    return {row["profile_no"]: {NAME: gender(msgspec.json.decode(row["value"]))} for row in found}


PROPERTY = Property(NAME, (NAME,), source, after_orders=False)
