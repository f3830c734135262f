"""Shapes of the conditions in a flow: on the profile, on the event that triggers, on what an action gave. Pure."""

from __future__ import annotations

from typing import TypeAlias

from functions.messages.flows import filters
from functions.messages.shapes import FLAG, INTEGER, TEXT, Check, by, many, one_of, or_null, shape

Kinds: TypeAlias = dict[str | tuple[str, ...], Check]
_METHODS = (
    "api",
    "back_in_stock",
    "bigcommerce",
    "bulk_remove",
    "campaign_monitor",
    "carrier_deactivation",
    "checkout",
    "constant_contact",
    "data_warehouse_import",
    "exact_target",
    "facebook",
    "failed_age_gate",
    "form",
    "inbound_message",
    "integration",
    "mad_mimi",
    "magento_two",
    "mailbox_provider",
    "manual_add",
    "manual_import",
    "manual_remove",
    "message_blocked",
    "netsuite",
    "one_click_unsubscribe",
    "preference_page",
    "profile_modification",
    "provided_landline",
    "provided_no_age",
    "sftp",
    "shopify",
    "social_instagram_message",
    "spam_complaint",
    "square",
    "wix",
    "woocommerce",
)
_METHOD = shape({"method": one_of(*_METHODS)}, filter=filters.TEXTS)
_CONSENT_DETAIL = by(
    "field",
    {
        "method": _METHOD,
        "status_date": shape({"filter": filters.DATES}),
        ("bounce_date", "manual_suppression_date", "invalid_email_date"): shape(
            {"filter": filters.DATES_OR_SET}
        ),
        ("is_double_opt_in", "is_rcs_capable"): shape({"filter": filters.FLAGS}),
        "custom_source": shape({"filter": filters.TEXTS}),
    },
)
_CONSENT = shape(
    {
        "channel": one_of("email", "sms", "push"),
        "can_receive_marketing": FLAG,
        "consent_status": shape(
            {"subscription": one_of("any", "subscribed", "unsubscribed", "never_subscribed")},
            filters=many(_CONSENT_DETAIL),
        ),
    }
)
_PERMISSION_DETAIL = by(
    "field",
    {
        ("effective_date", "recorded_date"): shape({"filter": filters.DATES}),
        "subscribe_method": _METHOD,
    },
)
_EXPLICIT = shape({"filters": many(_PERMISSION_DETAIL)})
_PERMISSION = by(
    "reachable_status",
    {
        ("explicitly_reachable", "explicitly_unreachable"): _EXPLICIT,
        (
            "implicitly_reachable",
            "implicitly_or_explicitly_reachable",
            "implicitly_unreachable",
            "implicitly_or_explicitly_unreachable",
        ): shape(),
    },
)
_NUMERIC_PREDICTIONS = (
    "average_days_between_orders",
    "average_order_value",
    "churn_probability",
    "historic_clv",
    "historic_number_of_orders",
    "predicted_clv",
    "predicted_number_of_orders",
    "total_clv",
)
_PREDICTION = by(
    "dimension",
    {
        "expected_date_of_next_purchase": shape({"filter": filters.DATES}),
        "predicted_gender": shape({"filter": filters.GENDER}),
        _NUMERIC_PREDICTIONS: shape({"filter": filters.NUMBERS}),
        "channel_affinity": shape(
            {
                "measurement": one_of("priority", "rank"),
                "predicted_channel": one_of("email", "push", "sms", "whatsapp"),
                "filter": filters.RANK,
            }
        ),
    },
)
_PROFILE: Kinds = {
    "profile-property": shape({"property": TEXT, "filter": filters.PROPERTY}),
    "profile-group-membership": by(
        "is_member",
        {
            True: shape({"group_ids": many(TEXT)}, timeframe_filter=filters.FRAME),
            False: shape({"group_ids": many(TEXT)}),
        },
    ),
    "profile-region": shape({"in_region": FLAG, "region": one_of("european_union", "united_states")}),
    "profile-postal-code-distance": shape(
        {
            "country_code": TEXT,
            "postal_code": TEXT,
            "unit": one_of("kilometers", "miles"),
            "filter": filters.DISTANCE,
        }
    ),
    "profile-predictive-analytics": _PREDICTION,
    "profile-marketing-consent": shape({"consent": _CONSENT}),
    "profile-metric": shape(
        {
            "metric_id": TEXT,
            "measurement": one_of("count", "sum"),
            "measurement_filter": filters.NUMBERS,
            "timeframe_filter": filters.FLOW_FRAME,
        },
        metric_filters=many(shape({"property": TEXT}, filter=filters.PROPERTY)),
    ),
    "profile-sample": shape({"percentage": INTEGER}),
    "profile-has-custom-object": shape(
        {
            "object_type_id": TEXT,
            "object_type_relationship_id": TEXT,
            "filter": filters.COUNTS,
            "filters": many(shape({"property_id": INTEGER, "filter": filters.PROPERTY})),
        }
    ),
    "profile-permissions": shape(
        {"permission": _PERMISSION, "channel": one_of("whatsapp_marketing", "whatsapp_transactional")}
    ),
    ("profile-not-sent-email", "profile-not-sent-sms", "profile-not-sent-push"): shape(
        {"timeframe_filter": filters.SENT_FRAME}
    ),
}
_METRIC_PROPERTY = shape({"metric_id": TEXT, "field": TEXT, "filter": filters.PROPERTY})
_PRODUCT_PROPERTY = shape({"metric_id": or_null(TEXT), "field": TEXT, "filter": filters.PROPERTY})
_OBJECT_TRIGGER = shape({"property_id": INTEGER, "filter": filters.PROPERTY})


def _groups(kinds: Kinds) -> Check:
    """Groups of conditions: all groups must hold, of a group one condition."""
    return shape({"condition_groups": many(shape({"conditions": many(by("type", kinds))}))})


PROFILE = _groups({**_PROFILE})
ENTRY = _groups({**_PROFILE, "profile-not-in-flow": shape({"timeframe_filter": filters.SENT_FRAME})})
METRIC = _groups({"metric-property": _METRIC_PROPERTY})
PRICE_DROP = _groups({"price-drop-property": _PRODUCT_PROPERTY})
LOW_INVENTORY = _groups({"low-inventory-property": _PRODUCT_PROPERTY})
TRIGGER = _groups(
    {
        "metric-property": _METRIC_PROPERTY,
        "custom-object-trigger-property": _OBJECT_TRIGGER,
        "custom-object-property": shape(
            {"custom_object_label": TEXT, "field": TEXT, "filter": filters.PROPERTY}
        ),
        ("price-drop-property", "low-inventory-property"): _PRODUCT_PROPERTY,
    }
)
BRANCH = _groups(
    {
        **_PROFILE,
        "metric-property": _METRIC_PROPERTY,
        "custom-object-trigger-property": _OBJECT_TRIGGER,
    }
)
OUTPUT = _groups(
    {"action-output": shape({"output_config_id": INTEGER, "field": TEXT, "filter": filters.PROPERTY})}
)
