"""What the metrics of messages mean, by their names: which channel, and what happened to the message.

The names are those that Klaviyo gives its own metrics; whoever imports engagement from elsewhere uses them too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, Protocol, TypeAlias

Channel = Literal["email", "sms", "push", "whatsapp"]
Role = Literal["received", "bounced", "dropped", "failed", "opened", "clicked", "spam", "unsubscribed"]
Numbers: TypeAlias = Mapping[tuple[Channel, Role], tuple[int, ...]]

CHANNELS: tuple[Channel, ...] = ("email", "sms", "push", "whatsapp")
ROLES: Mapping[tuple[Channel, Role], tuple[str, ...]] = {
    ("email", "received"): ("Received Email",),
    ("email", "bounced"): ("Bounced Email",),
    ("email", "dropped"): ("Dropped Email",),
    ("email", "opened"): ("Opened Email",),
    ("email", "clicked"): ("Clicked Email",),
    ("email", "spam"): ("Marked Email as Spam",),
    ("email", "unsubscribed"): ("Unsubscribed from Email Marketing", "Unsubscribed"),
    ("sms", "received"): ("Received SMS", "Received Automated Response SMS"),
    ("sms", "failed"): ("Failed to Deliver SMS", "Failed to Deliver Automated Response SMS"),
    ("sms", "opened"): ("Opened SMS",),
    ("sms", "clicked"): ("Clicked SMS",),
    ("sms", "unsubscribed"): ("Unsubscribed from SMS Marketing",),
    ("push", "received"): ("Received Push",),
    ("push", "bounced"): ("Bounced Push",),
    ("push", "opened"): ("Opened Push",),
    ("whatsapp", "received"): ("Received WhatsApp",),
    ("whatsapp", "failed"): ("Failed to Deliver WhatsApp",),
    ("whatsapp", "opened"): ("Opened WhatsApp",),
    ("whatsapp", "clicked"): ("Clicked WhatsApp",),
    ("whatsapp", "unsubscribed"): ("Unsubscribed from WhatsApp Marketing", "Unsubscribed from WhatsApp"),
}
VISITS = ("Active on Site",)
_BY_NAME = {name.casefold(): key for key, names in ROLES.items() for name in names}
_VISITS = frozenset(name.casefold() for name in VISITS)


class Named(Protocol):
    """A metric: its number in the lake and its name."""

    @property
    def no(self) -> int: ...
    @property
    def name(self) -> str: ...


def numbers(metrics: Iterable[Named]) -> Numbers:
    """The account's metrics by channel and role; a pair of which it has none is missing. Case does not matter."""
    found: dict[tuple[Channel, Role], tuple[int, ...]] = {}
    for metric in metrics:
        key = _BY_NAME.get(metric.name.casefold())
        if key is not None:
            found[key] = (*found.get(key, ()), metric.no)
    return found


def visits(metrics: Iterable[Named]) -> tuple[int, ...]:
    """The metrics of visits to the shop's site."""
    return tuple(metric.no for metric in metrics if metric.name.casefold() in _VISITS)
