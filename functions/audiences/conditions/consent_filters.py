"""Conditions on consent, and the filters within: when, how and through what somebody agreed, what stops their mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from cdp.errors import Rejected
from cdp.filters import grammar
from cdp.filters.existence import ExistenceFilter
from cdp.filters.numbers import BooleanFilter
from cdp.filters.strings import StringFilter, StringInFilter
from cdp.model.consent import Channel
from functions.audiences.conditions import attributes
from functions.audiences.conditions.attributes import Alternatives, Place, Probe
from functions.audiences.conditions.condition import Context, Dependencies, Facts, Part, any_relative
from functions.audiences.conditions.words import one_of

_EQUALS = grammar.kinds(StringFilter, operators=("equals",))
_IN = grammar.kinds(StringInFilter, operators=("in",))
STOPPED = grammar.DATES | grammar.kinds(ExistenceFilter, operators=("is-set",))
DETAILS: Mapping[str, grammar.Kinds] = {  # method -> what its filter on the detail may be
    "form": _IN, "api": _IN, "manual_import": _IN, "manual_add": _IN, "integration": _IN, "preference_page": _EQUALS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Consent:
    """A condition on the consents of a profile: one of the alternatives holds."""

    alternatives: Alternatives

    @property
    def dependencies(self) -> Dependencies:
        return Dependencies(profile=True)

    @property
    def relative(self) -> bool:
        return any_relative(probe.filter for probes in self.alternatives for probe in probes)

    def part(self, context: Context) -> Part:
        return Part(attributes.query(self.alternatives, context))

    def holds(self, facts: Facts, context: Context) -> bool:
        return attributes.hold(self.alternatives, facts, context)


class _Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    field: str
    filter: dict[str, Any]


class _Method(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    field: str
    method: str
    filter: dict[str, Any] | None = None


def read(
    data: Any, pointer: str, channel: Channel, fields: Sequence[str], methods: Sequence[str] = ()
) -> tuple[Probe, ...]:
    """All filters of the list, each on a field of the channel's record; null is an empty list."""
    if data is not None and not isinstance(data, list):
        raise Rejected("filters is a list.", field=pointer)
    found: list[Probe] = []
    for number, one in enumerate(data or ()):
        found += _read(one, f"{pointer}/{number}", channel, fields, methods)
    return tuple(found)


def _read(
    data: Any, pointer: str, channel: Channel, fields: Sequence[str], methods: Sequence[str]
) -> list[Probe]:
    name = data.get("field") if isinstance(data, dict) else None
    if name not in fields:
        raise Rejected(f"field is one of: {', '.join(fields)}.", field=f"{pointer}/field")
    if name in ("method", "subscribe_method"):
        return _method(data, pointer, channel, methods)
    given = grammar.convert(data, _Field, pointer)
    kinds, key = _FIELDS[given.field]
    condition = grammar.read(given.filter, f"{pointer}/filter", kinds)
    return [Probe(Place("subscriptions", (*channel, *key.path), key.reason), condition)]


def _method(data: Any, pointer: str, channel: Channel, methods: Sequence[str]) -> list[Probe]:
    given = grammar.convert(data, _Method, pointer)
    if given.method not in methods:
        raise Rejected(f"method is one of: {', '.join(methods)}.", field=f"{pointer}/method")
    probes = [Probe(Place("subscriptions", (*channel, "method")), one_of(given.method))]
    kinds = DETAILS.get(given.method)
    if given.filter is not None:
        if kinds is None:
            raise Rejected(f"The method {given.method} takes no filter.", field=f"{pointer}/filter")
        condition = grammar.read(given.filter, f"{pointer}/filter", kinds)
        probes.append(Probe(Place("subscriptions", (*channel, "method_detail")), condition))
    elif given.method == "integration":
        raise Rejected("The method integration needs a filter: which one.", field=f"{pointer}/filter")
    return probes


_FIELDS: Mapping[str, tuple[grammar.Kinds, Place]] = {
    "is_double_opt_in": (grammar.kinds(BooleanFilter), Place("", ("double_optin",))),
    "is_rcs_capable": (grammar.kinds(BooleanFilter), Place("", ("is_rcs_capable",))),
    "status_date": (grammar.DATES, Place("", ("consent_timestamp",))),
    "effective_date": (grammar.DATES, Place("", ("consent_timestamp",))),
    "recorded_date": (grammar.DATES, Place("", ("last_updated",))),
    "custom_source": (_EQUALS, Place("", ("custom_method_detail",))),
    "bounce_date": (STOPPED, Place("", ("suppression",), "HARD_BOUNCE")),
    "manual_suppression_date": (STOPPED, Place("", ("suppression",), "USER_SUPPRESSED")),
    "invalid_email_date": (STOPPED, Place("", ("suppression",), "INVALID_EMAIL")),
}

