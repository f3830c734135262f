"""The types of conditions (SPEC §4.2): one file each, its SQL and its predicate side by side."""

from __future__ import annotations

from functions.audiences.conditions import (
    profile_group_membership,
    profile_has_custom_object,
    profile_marketing_consent,
    profile_metric,
    profile_metric_funnel,
    profile_permissions,
    profile_postal_code_distance,
    profile_predictive_analytics,
    profile_property,
    profile_region,
)
from functions.audiences.conditions.condition import ConditionType

CONDITIONS: tuple[ConditionType, ...] = (
    profile_property.CONDITION,
    profile_metric.CONDITION,
    profile_group_membership.CONDITION,
    profile_marketing_consent.CONDITION,
    profile_permissions.CONDITION,
    profile_postal_code_distance.CONDITION,
    profile_region.CONDITION,
    profile_predictive_analytics.CONDITION,
    profile_has_custom_object.CONDITION,
    profile_metric_funnel.CONDITION,
)
