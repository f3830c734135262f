"""What a cohort analysis is, and the four that are ready-made (SPEC §10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

from cdp.errors import Rejected
from cdp.filters.events import GivenFilter
from cdp.orders.sales import PLACED
from cdp.query.counted import KnownMetric
from functions.reports.report import Scope


class CohortingEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever has it enters a cohort. `instance`: first in all history, or within the period."""

    metric_id: str
    metric_filters: list[GivenFilter] = []
    instance: Literal["first_ever", "first_in_period"] = "first_ever"


class ReportingEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is measured; `first_ever`: only the profile's first in all history."""

    metric_id: str
    metric_filters: list[GivenFilter] = []
    instance: Literal["every", "first_ever"] = "every"


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cohorting_event: CohortingEvent
    reporting_event: ReportingEvent


class Template(NamedTuple):
    """`cohorting` and `reporting` are names of metrics, the first that the account has is taken."""

    name: str
    description: str
    cohorting: tuple[str, ...]
    entry: Literal["first_ever", "first_in_period"]
    reporting: tuple[str, ...]
    counted: Literal["every", "first_ever"]

    def definition(self, scope: Scope) -> Definition | None:
        """None if the account lacks a metric."""
        cohorting, reporting = _metric(self.cohorting, scope), _metric(self.reporting, scope)
        if cohorting is None or reporting is None:
            return None
        return Definition(
            CohortingEvent(cohorting.id, instance=self.entry), ReportingEvent(reporting.id, instance=self.counted)
        )


TEMPLATES: Mapping[str, Template] = {
    "sms-consent-to-first-order": Template(
        "SMS consent to first order",
        "When people who agreed to SMS place their first order.",
        ("Subscribed to SMS Marketing", "Subscribed to SMS"),
        "first_ever",
        (PLACED,),
        "first_ever",
    ),
    "email-consent-to-first-order": Template(
        "E-mail consent to first order",
        "When people who agreed to e-mail place their first order.",
        ("Subscribed to Email Marketing", "Subscribed to List"),
        "first_ever",
        (PLACED,),
        "first_ever",
    ),
    "repeat-purchasers": Template(
        "Repeat purchasers",
        "Who orders again after the first order ever.",
        (PLACED,),
        "first_ever",
        (PLACED,),
        "every",
    ),
    "post-purchase": Template(
        "Post-purchase",
        "Who comes back to the shop after the first order of the period.",
        (PLACED,),
        "first_in_period",
        ("Active on Site", "Viewed Product"),
        "every",
    ),
}


def named(cohort_id: str, scope: Scope) -> Definition:
    """The definition that the account keeps under this id, or the ready-made one; `Rejected` at /cohort_id."""
    kept, template = scope.cohorts.get(cohort_id), TEMPLATES.get(cohort_id)
    if kept is not None:
        return msgspec.convert(kept, Definition)
    if template is None:
        raise Rejected(f"A cohort with id {cohort_id} does not exist.", field="/cohort_id")
    definition = template.definition(scope)
    if definition is None:
        wanted = " and ".join(" or ".join(names) for names in (template.cohorting, template.reporting))
        raise Rejected(f"{template.name} needs metrics named {wanted}.", field="/cohort_id")
    return definition


def _metric(names: tuple[str, ...], scope: Scope) -> KnownMetric | None:
    return next((metric for name in names for metric in scope.named(name)), None)
