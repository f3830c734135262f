"""Predicted attributes of profiles: one source a file, and its line here."""

from __future__ import annotations

from functions.predict.properties import clv
from functions.predict.source import Property

PROPERTIES: tuple[Property, ...] = (
    clv.PROPERTY,
)  # fmt: skip
