"""Transformations that are ready to use: the caller names the property, the rest stands here (SPEC §16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PREBUILT: Mapping[str, Mapping[str, Any]] = {
    "first_names": {
        "method": "format",
        "property": "first_name",
        "options": {"remove_spaces": True, "capitalize_words": True},
    },
    "country_names": {
        "method": "standardize",
        "property": "location.country",
        "options": {"table": "country_names"},
    },
    "us_states": {
        "method": "standardize",
        "property": "location.region",
        "options": {"table": "us_states"},
    },
    "birthdays": {
        "method": "format",
        "property": "Birthday",
        "options": {"remove_spaces": True, "revise_date": "date"},
    },
}
