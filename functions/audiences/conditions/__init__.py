"""The types of conditions (SPEC §4.2): one file each, its SQL and its predicate side by side."""

from __future__ import annotations

from functions.audiences.conditions import profile_group_membership, profile_metric, profile_property
from functions.audiences.conditions.condition import ConditionType

CONDITIONS: tuple[ConditionType, ...] = (
    profile_property.CONDITION,
    profile_metric.CONDITION,
    profile_group_membership.CONDITION,
)
