"""The figures that a monitor can watch, by what it watches (SPEC §14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdp.attribution.statistics import CONVERTED, STATISTICS, Name
from cdp.documents.monitors import Channel, Kind


@dataclass(frozen=True, slots=True)
class Figure:
    """`rate`: in per cent. `channels`: those it can be taken of, the first unless one is given; none: it has no
    channel. `converts`: it looks at conversions."""

    rate: bool = False
    channels: tuple[Channel, ...] = ()
    converts: bool = False


def _flow(name: Name, *channels: Channel) -> Figure:
    """A statistic of messages, by its own name."""
    statistic = STATISTICS[name]
    return Figure(statistic.parts is not None, channels, CONVERTED in statistic.kinds)


FIGURES: Mapping[Kind, Mapping[str, Figure]] = {
    "metric": {"total_events": Figure()},
    "segment": {"total_members": Figure(), "members_added": Figure(), "members_dropped": Figure()},
    "flow": {
        "open_rate": _flow("open_rate", "email"),
        "click_to_open_rate": _flow("click_to_open_rate", "email"),
        "bounce_rate": _flow("bounce_rate", "email"),
        "spam_complaint_rate": _flow("spam_complaint_rate", "email"),
        "click_rate": _flow("click_rate", "email", "sms"),
        "conversion_rate": _flow("conversion_rate", "email", "sms"),
        "delivery_rate": _flow("delivery_rate", "email", "sms"),
        "unsubscribe_rate": _flow("unsubscribe_rate", "email", "sms"),
        "recipients": _flow("recipients", "both", "email", "sms"),
        "conversions": _flow("conversions", "both", "email", "sms"),
        "delivered": _flow("delivered", "both", "email", "sms"),
    },
}
