"""Reports that are ready-made: definitions that find their metrics by name (SPEC §13.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdp.orders.sales import PLACED
from functions.reports.report import Scope

Names = tuple[str, ...]
_ORDERS: Names = (PLACED, "Ordered Product")
_WAY: tuple[Names, ...] = (("Viewed Product",), ("Checkout Started", "Started Checkout"), ("Ordered Product",))
_BY_MESSAGES = ("campaign_performance", "flow_performance")


@dataclass(frozen=True, slots=True)
class Template:
    """`metrics` are the names that each metric may have, the first found counts; `definition` is all but them."""

    name: str
    description: str
    report_type: str
    metrics: tuple[Names, ...]
    definition: Mapping[str, Any]

    def resolved(self, scope: Scope) -> tuple[dict[str, Any] | None, list[str]]:
        """The definition with the account's metrics, or None and the names of those that it lacks."""
        found = [next((m.id for name in names for m in scope.named(name)), None) for names in self.metrics]
        missing = [" or ".join(names) for names, id_ in zip(self.metrics, found, strict=True) if id_ is None]
        if missing:
            return None, missing
        field = "conversion_metric_ids" if self.report_type in _BY_MESSAGES else "metric_ids"
        return {field: found, **self.definition}, []


TEMPLATES: Mapping[str, Template] = {
    "revenue-by-month": Template(
        "Revenue by month",
        "Orders, customers, revenue and average order of the last twelve months.",
        "single_metric",
        (_ORDERS,),
        {
            "timeframe": {"key": "last_12_months"},
            "interval": "monthly",
            "measurements": ["total", "unique", "value_sum", "value_avg"],
        },
    ),
    "orders-by-source": Template(
        "Orders by source",
        "Where orders come from: the shop, the till, a subscription.",
        "single_metric",
        (_ORDERS,),
        {
            "timeframe": {"key": "last_90_days"},
            "interval": "weekly",
            "measurements": ["total", "value_sum"],
            "group_by": [{"property": "Source Name", "source": "event"}],
        },
    ),
    "orders-by-country": Template(
        "Orders by country",
        "Orders and revenue by the country that customers lived in then.",
        "single_metric",
        (_ORDERS,),
        {
            "timeframe": {"key": "last_12_months"},
            "interval": "monthly",
            "measurements": ["total", "unique", "value_sum"],
            "group_by": [{"property": "location.country", "source": "profile"}],
        },
    ),
    "way-to-the-order": Template(
        "Way to the order",
        "Visits, checkouts and orders of each week, as events and as people.",
        "multi_metric",
        (("Viewed Product",), ("Checkout Started", "Started Checkout"), _ORDERS),
        {"timeframe": {"key": "last_90_days"}, "interval": "weekly", "measurements": ["total", "unique"]},
    ),
    "revenue-by-channel": Template(
        "Revenue by channel",
        "What each channel's messages are credited with, month by month.",
        "multi_metric",
        (_ORDERS,),
        {
            "timeframe": {"key": "last_12_months"},
            "interval": "monthly",
            "measurements": ["total", "value_sum"],
            "group_by": [{"property": "$attributed_channel", "source": "attribution"}],
        },
    ),
    "campaigns-of-the-month": Template(
        "Campaigns of the last thirty days",
        "Delivery, opens, clicks, orders and revenue of every campaign.",
        "campaign_performance",
        (_ORDERS,),
        {"timeframe": {"key": "last_30_days"}, "group_by": ["campaign"]},
    ),
    "flows-of-the-month": Template(
        "Flows of the last thirty days",
        "Delivery, opens, clicks, orders and revenue of every flow.",
        "flow_performance",
        (_ORDERS,),
        {"timeframe": {"key": "last_30_days"}, "group_by": ["flow"]},
    ),
    "best-products": Template(
        "Best products",
        "How products fare from the first look to the order.",
        "product_performance",
        _WAY,
        {"timeframe": {"key": "last_30_days"}, "group_by": ["product"]},
    ),
    "best-categories": Template(
        "Best categories",
        "How categories fare from the first look to the order.",
        "product_performance",
        _WAY,
        {"timeframe": {"key": "last_90_days"}, "group_by": ["category"]},
    ),
}
