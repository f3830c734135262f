"""What looks at CLV attributes (SPEC §6.7, docs/adr/0125): segments, and what is aimed at such segments. Pure.

A segment qualifies by a predictive condition on a CLV attribute, or by a group-membership condition on a segment that
qualifies, over at most `DEPTH` such steps. A list never does: what is aimed at a list is aimed at nobody's prediction.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cdp.documents.segments import Segment

ATTRIBUTES = (
    "historic_clv", "predicted_clv", "total_clv", "historic_number_of_orders", "predicted_number_of_orders",
    "average_order_value", "average_days_between_orders", "churn_probability", "expected_date_of_next_order",
)  # fmt: skip
DEPTH = 5
_DATE = "expected_date_of_next_order"
_CALLED: Mapping[str, str] = {**{name: name for name in ATTRIBUTES}, "expected_date_of_next_purchase": _DATE}
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Named:
    """What a definition names: CLV attributes, and ids of lists and segments in their order."""

    attributes: frozenset[str] = _NONE
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """What one object looks at: CLV attributes in the order of `ATTRIBUTES`, the qualifying segments by which it does,
    and all lists and segments it is aimed at."""

    attributes: tuple[str, ...]
    segments: tuple[str, ...] = ()
    groups: tuple[str, ...] = field(default=(), compare=False)


def qualifying(segments: Iterable[Segment]) -> dict[str, frozenset[str]]:
    """Segment id -> CLV attributes that it looks at, itself or through others; of those that look at any."""
    known = list(segments)
    own = {one.id: in_conditions(msgspec.json.decode(one.definition)).attributes for one in known}
    reached = own
    for _ in range(DEPTH):
        reached = {one.id: own[one.id].union(*(reached.get(id_, _NONE) for id_ in one.group_ids)) for one in known}
    return {id_: attributes for id_, attributes in reached.items() if attributes}


def use(named: Named, qualified: Mapping[str, frozenset[str]]) -> Use | None:
    """How the object that names these looks at CLV attributes; None: it does not."""
    found = [id_ for id_ in named.groups if id_ in qualified]
    attributes = named.attributes.union(*(qualified[id_] for id_ in found))
    return Use(ordered(attributes), tuple(found), named.groups) if attributes else None


def ordered(attributes: Iterable[str]) -> tuple[str, ...]:
    held = set(attributes)
    return tuple(name for name in ATTRIBUTES if name in held)


def in_conditions(definition: Any) -> Named:
    """What the conditions name that stand anywhere in a definition."""
    attributes: set[str] = set()
    groups: list[str] = []
    for one in _objects(definition):
        if one.get("type") == "profile-predictive-analytics":
            attributes.update(_CALLED[name] for name in _texts([one.get("dimension")]) if name in _CALLED)
        elif one.get("type") == "profile-group-membership":
            groups += _texts(one.get("group_ids"))
    return Named(frozenset(attributes), _once(groups))


def in_flow(triggers: Sequence[Mapping[str, Any]], profile_filter: Mapping[str, Any] | None) -> Named:
    """What starts a flow, or keeps profiles out of it, names: triggers with their filters, and the profile filter. The
    date of a date trigger may be the predicted one."""
    found = in_conditions([*triggers, profile_filter])
    groups = [one["id"] for one in triggers if one.get("type") in ("list", "segment") and one.get("id")]
    dated = any(_CALLED.get(_plain(one.get("date_profile_property") or "")) == _DATE for one in triggers)
    return Named(found.attributes | {_DATE} if dated else found.attributes, _once([*groups, *found.groups]))


def in_form(definition: Any) -> Named:
    """The lists that a form's buttons are connected with, and the lists and segments that it is shown to or kept from."""
    connected: list[str] = []
    shown: list[str] = []
    for one in _objects(definition):
        connected += _texts([one.get("list_id")])
        if one.get("type") == "lists_and_segments":
            rule = one.get("properties") or {}
            shown += [*_texts(rule.get("allow_list")), *_texts(rule.get("deny_list"))]
    return Named(groups=_once([*connected, *shown]))


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in a JSON value, outer ones first."""
    ahead = deque([value])
    while ahead:
        one = ahead.popleft()
        if isinstance(one, Mapping):
            yield one
            ahead += one.values()
        elif isinstance(one, list | tuple):
            ahead += one


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str) and one] if isinstance(value, list) else []


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


def _plain(name: str) -> str:
    """`Expected Date of Next Order` and `expected_date_of_next_order` are one."""
    return "_".join(name.casefold().split())
