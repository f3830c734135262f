"""What requests say of a monitor, checked (SPEC §14)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cdp.documents.monitors import (
    Aggregation,
    Channel,
    Condition,
    Join,
    Kind,
    Notifications,
    Period,
    Relation,
    ValueType,
)
from cdp.errors import Rejected
from cdp.jsonapi.bodies import ATTRIBUTES, Body, Resource, ToOne
from cdp.model.mail import mail_address
from functions.monitors.figures import FIGURES, Figure
from functions.monitors.rule import CHANGES

TYPE, EVALUATION = "monitor", "monitor-evaluation"
MOST_CONDITIONS, MOST_ADDRESSES = 2, 10
LARGEST = 1e12
RELATIONSHIPS = "/data/relationships"


class GivenCondition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`value_type` is `percent` where a rate is compared with a value, else `absolute`, unless given."""

    metric: str
    relation: Relation
    value: float
    value_type: ValueType | None = None
    aggregation: Aggregation = "sum"
    period: Period = "previous_day"
    channel: Channel | None = None
    conversion_metric_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


Conditions = Annotated[list[GivenCondition], Meta(min_length=1, max_length=MOST_CONDITIONS)]


class GivenNotifications(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    home: bool = True
    email: Annotated[list[str], Meta(max_length=MOST_ADDRESSES)] = []


class NewMonitor(msgspec.Struct, frozen=True):
    name: str
    monitor_type: Kind
    conditions: Conditions
    join: Join = "and"
    notifications: GivenNotifications = GivenNotifications()
    enabled: bool = True


class MonitorChange(msgspec.Struct, frozen=True):
    """What is absent stays."""

    name: str | None = None
    monitor_type: Kind | None = None
    conditions: Conditions | None = None
    join: Join | None = None
    notifications: GivenNotifications | None = None
    enabled: bool | None = None


class Dry(msgspec.Struct, frozen=True):
    """A monitor that there is, or what one would be. `at`: as of when; null: now."""

    monitor_id: str | None = None
    monitor_type: Kind | None = None
    conditions: Conditions | None = None
    join: Join = "and"
    at: str | None = None


class Objects(msgspec.Struct, frozen=True):
    """What is watched: one of them."""

    metric: ToOne[Literal["metric"]] | None = None
    segment: ToOne[Literal["segment"]] | None = None
    flow: ToOne[Literal["flow"]] | None = None

    def of(self, kind: Kind) -> str | None:
        """The id of the thing of this kind; `Rejected` if there is one of another."""
        given = {"metric": self.metric, "segment": self.segment, "flow": self.flow}
        for name, one in given.items():
            if one is not None and name != kind:
                raise Rejected(f"A monitor of type {kind} watches no {name}.", field=f"{RELATIONSHIPS}/{name}")
        one = given[kind]
        return None if one is None else one.id


class _New(Resource, frozen=True, kw_only=True):
    attributes: NewMonitor
    relationships: Objects = Objects()


class _Changed(Resource, frozen=True, kw_only=True):
    id: str
    attributes: MonitorChange = MonitorChange()
    relationships: Objects = Objects()


class _Dry(Resource, frozen=True, kw_only=True):
    attributes: Dry = Dry()
    relationships: Objects = Objects()


NEW = Body(TYPE, _New)
CHANGED = Body(TYPE, _Changed)
DRY = Body(EVALUATION, _Dry)


def needed(objects: Objects, kind: Kind) -> str:
    """The id of what is watched; it must be there."""
    found = objects.of(kind)
    if found is None:
        raise Rejected(f"A monitor of type {kind} needs the relationship {kind!r}.", field=f"{RELATIONSHIPS}/{kind}")
    return found


def notifications(given: GivenNotifications) -> Notifications:
    at = f"{ATTRIBUTES}/notifications/email"
    addresses = (mail_address(address.strip().casefold(), f"{at}/{n}") for n, address in enumerate(given.email))
    return Notifications(given.home, tuple(dict.fromkeys(addresses)))


def conditions(kind: Kind, given: Sequence[GivenCondition]) -> tuple[Condition, ...]:
    return tuple(_condition(kind, one, f"{ATTRIBUTES}/conditions/{n}") for n, one in enumerate(given))


def _condition(kind: Kind, given: GivenCondition, at: str) -> Condition:
    figure = FIGURES[kind].get(given.metric)
    if figure is None:
        known = ", ".join(FIGURES[kind])
        raise Rejected(f"A monitor of type {kind} has no metric {given.metric!r}; metrics: {known}.", field=f"{at}/metric")
    if given.conversion_metric_id is not None and not figure.converts:
        raise Rejected(f"{given.metric} looks at no conversions.", field=f"{at}/conversion_metric_id")
    value_type = _value_type(figure, given, at)
    _check_value(figure, given, value_type, f"{at}/value")
    return Condition(
        given.metric, given.relation, given.value, value_type, given.aggregation, given.period,
        _channel(figure, given, at), given.conversion_metric_id,
    )  # fmt: skip


def _value_type(figure: Figure, given: GivenCondition, at: str) -> ValueType:
    if given.relation in CHANGES:
        return given.value_type or "absolute"
    if not figure.rate and given.value_type == "percent":
        raise Rejected(f"{given.metric} is no rate: it is compared with a number.", field=f"{at}/value_type")
    return "percent" if figure.rate else "absolute"


def _check_value(figure: Figure, given: GivenCondition, value_type: ValueType, field: str) -> None:
    change = given.relation in CHANGES
    bounded = (figure.rate and not (change and value_type == "percent")) or (
        given.relation == "decreased-by" and value_type == "percent"
    )
    most = 100 if bounded else LARGEST
    if not 0 <= given.value <= most:
        raise Rejected(f"The value must be from 0 to {most:g}.", field=field)
    if change and not given.value:
        raise Rejected("A change must be more than 0.", field=field)


def _channel(figure: Figure, given: GivenCondition, at: str) -> Channel | None:
    if given.channel is None:
        return figure.channels[0] if figure.channels else None
    if given.channel not in figure.channels:
        known = ", ".join(figure.channels) or "none"
        raise Rejected(f"{given.metric} is not known by {given.channel}; channels: {known}.", field=f"{at}/channel")
    return given.channel
