"""Which profiles a filter lets through (SPEC §1.5). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cdp.jsonapi.matrix import EMAIL, INSTANT, PHONE, TEXT, Condition, Filters, one_of
from cdp.jsonapi.ranges import ORDER, time_range
from cdp.jsonapi.times import parse_instant
from cdp.model.profile import Profile

MARKETING = "subscriptions.email.marketing"
SUPPRESSION = f"{MARKETING}.suppression"
LIST_SUPPRESSION = f"{MARKETING}.list_suppressions"
_REASONS = ("HARD_BOUNCE", "INVALID_EMAIL", "SPAM_COMPLAINT", "UNSUBSCRIBE", "USER_SUPPRESSED")
IDENTITY_KINDS = {
    "id": "id",
    "email": "email",
    "phone_number": "phone_number",
    "external_id": "external_id",
    "_kx": "kx",
}
TIMES = ("created", "updated")
FILTERS = Filters(
    {
        "id": TEXT("any", "equals"),
        "email": EMAIL("any", "equals"),
        "phone_number": PHONE("any", "equals"),
        "external_id": TEXT("any", "equals"),
        "_kx": TEXT("equals"),
        "created": INSTANT("greater-than", "less-than"),
        "updated": INSTANT("greater-than", "less-than"),
        f"{SUPPRESSION}.reason": one_of(_REASONS, "equals"),
        f"{SUPPRESSION}.timestamp": INSTANT(*ORDER),
        f"{LIST_SUPPRESSION}.reason": one_of(_REASONS, "equals"),
        f"{LIST_SUPPRESSION}.list_id": TEXT("equals"),
        f"{LIST_SUPPRESSION}.timestamp": INSTANT(*ORDER),
    }
)
SORTS = (
    "created",
    "email",
    "id",
    "updated",
    f"{SUPPRESSION}.timestamp",
    f"{LIST_SUPPRESSION}.timestamp",
)


def identity_candidates(conditions: Iterable[Condition]) -> set[tuple[str, str]] | None:
    """(kind, value) of the identifiers that a filter names; None: it names none. One condition is enough to
    find the candidates: `matches` applies the others."""
    for condition in conditions:
        if condition.field in IDENTITY_KINDS:
            return {(IDENTITY_KINDS[condition.field], str(value)) for value in condition.values}
    return None


def matches(profile: Profile, id_: str, conditions: Iterable[Condition]) -> bool:
    """Do all conditions hold? Those on suppressions must hold for one and the same suppression."""
    held = tuple(conditions)
    return (
        all(_holds(profile, id_, c) for c in held)
        and _suppressed(profile, SUPPRESSION, held)
        and _suppressed(profile, LIST_SUPPRESSION, held)
    )


def _holds(profile: Profile, id_: str, condition: Condition) -> bool:
    if condition.field == "id":
        return id_ in condition.values
    if condition.field in TIMES:
        start, end = time_range((condition,), TIMES)
        at: datetime = getattr(profile, condition.field)
        return start <= at < end
    kind = IDENTITY_KINDS.get(condition.field)
    return kind is None or any(held == kind and value in condition.values for held, value in profile.identities())


def _suppressed(profile: Profile, field: str, conditions: tuple[Condition, ...]) -> bool:
    asked = [c for c in conditions if c.field.startswith(f"{field}.")]
    return not asked or any(
        _applies(one, field, asked) for one in profile.suppressions(field.rpartition(".")[2])
    )


def _applies(one: Mapping[str, Any], field: str, asked: Iterable[Condition]) -> bool:
    return all(_equal(one, c, c.field.removeprefix(f"{field}.")) for c in asked)


def _equal(one: Mapping[str, Any], condition: Condition, name: str) -> bool:
    if name != "timestamp":
        return bool(one.get(name) == condition.value)
    at = parse_instant(one["timestamp"])
    start, end = time_range((condition,), (condition.field,))
    return at is not None and start <= at < end
