"""Shapes of what starts a flow, and what the API calls them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdp.documents.flows import TriggerKind, TriggerType
from functions.messages.flows import conditions
from functions.messages.flows.actions import WEEKDAYS
from functions.messages.shapes import INTEGER, NUMBER, TEXT, ZONE, by, many, one_of, or_null, shape

_DATE = {
    "timedelta_unit_before_date": one_of("days", "months", "weeks"),
    "recurrence_frequency": one_of("annually", "monthly", "never", "weekly"),
    "timezone": ZONE,
    "trigger_days": many(WEEKDAYS),
}
_DATE_NEEDS = {"timedelta_value_before_date": INTEGER, "trigger_time": TEXT}
TRIGGER = by(
    "type",
    {
        "list": shape(id=TEXT),
        "segment": shape(id=TEXT),
        "metric": shape(id=TEXT, trigger_filter=conditions.METRIC),
        "date": by(
            "date_field_type",
            {
                "profile-property": shape({"date_profile_property": TEXT, **_DATE_NEEDS}, **_DATE),
                "custom-object": shape(
                    {
                        "custom_object_label": TEXT,
                        "custom_object_property_id": INTEGER,
                        "object_type_id": TEXT,
                        "object_type_relationship_id": TEXT,
                        **_DATE_NEEDS,
                    },
                    **_DATE,
                ),
            },
        ),
        "price-drop": shape(
            {
                "trigger_filter": or_null(conditions.PRICE_DROP),
                "price_drop_amount_value": NUMBER,
                "audience": many(one_of("checkout-started", "viewed")),
            },
            price_drop_amount_unit=one_of("currency", "percent"),
            timeframe_days=INTEGER,
            currency_type=one_of("usd"),
        ),
        "low-inventory": shape(
            {
                "product_level": one_of("product", "variant"),
                "trigger_filter": or_null(conditions.LOW_INVENTORY),
                "inventory_count": INTEGER,
                "audience": many(one_of("added-to-cart", "checkout-started", "viewed")),
            },
            timeframe_days=INTEGER,
        ),
    },
)
_ID_CHARS = 64
_CALLED: Mapping[str, TriggerType] = {
    "list": "Added to List",
    "segment": "Added to List",  # the API has no word for being added to a segment
    "metric": "Metric",
    "date": "Date Based",
    "price-drop": "Price Drop",
    "low-inventory": "Low Inventory",
}
_NAMING: Mapping[str, TriggerKind] = {"metric": "metric", "list": "list", "segment": "segment"}


def called(triggers: list[dict[str, Any]]) -> TriggerType:
    """The type of a flow that these start."""
    return _CALLED[triggers[0]["type"]] if triggers else "Unconfigured"


def named(triggers: list[dict[str, Any]]) -> tuple[TriggerKind, str] | None:
    """The metric, list or segment that a trigger names, if it can be the id of one."""
    kind = _NAMING.get(triggers[0]["type"]) if triggers else None
    id_ = triggers[0].get("id") if triggers else None
    return None if kind is None or not id_ or len(id_) > _ID_CHARS else (kind, id_)
