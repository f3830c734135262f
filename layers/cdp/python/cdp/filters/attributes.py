"""Names of a profile's attributes, as conditions write them and as the history has them (`Profile.values`)."""

from __future__ import annotations

import re

_PLAIN = (
    "email", "first_name", "last_name", "phone_number", "external_id", "organization", "title", "locale", "created",
    "anonymous_id", "image",
)  # fmt: skip
_PLACE = ("address1", "address2", "city", "country", "latitude", "longitude", "region", "zip", "timezone", "ip")
ATTRIBUTES = (*_PLAIN, *(f"location.{name}" for name in _PLACE))
LONGEST = 500
_CUSTOM = re.compile(r"""properties\[(?:'(?P<single>.*)'|"(?P<double>.*)")\]""", re.DOTALL)


def attribute_of(name: str) -> str | None:
    """The name in the history, of `location.city` or `properties['Name']`; None: it is neither."""
    if name in ATTRIBUTES:
        return name
    custom = _CUSTOM.fullmatch(name)
    key = (custom["single"] if custom["single"] is not None else custom["double"]) if custom else ""
    return custom_attribute(key) if key and len(key) <= LONGEST else None


def custom_attribute(key: str) -> str:
    """The name in the history of a custom property."""
    return f"properties.{key}"
