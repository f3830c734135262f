"""Predicted attributes of profiles: one source a file, and its line here."""

from __future__ import annotations

from functions.predict.properties import channel_affinity, clv, cross_sell, predicted_gender
from functions.predict.source import Property

PROPERTIES: tuple[Property, ...] = (
    clv.PROPERTY,
    channel_affinity.PROPERTY,
    predicted_gender.PROPERTY,
    cross_sell.PROPERTY,
)  # fmt: skip
