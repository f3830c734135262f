"""The morning's mail about alerts: what stands in it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from cdp.documents.alerts import Alert
from cdp.model.mail import one_line
from cdp.ports import Mail

_SUBJECT_CHARS = 120


@dataclass(frozen=True, slots=True)
class Open:
    """An alert that is open, and whom its monitor tells."""

    alert: Alert
    addresses: tuple[str, ...]


def addresses(some: Sequence[Open]) -> list[str]:
    return sorted({address for one in some for address in one.addresses})


def mail(id_: str, address: str, account_name: str, day: date, some: Sequence[Open], platform_url: str) -> Mail:
    """One mail to one address about all alerts that it is told of."""
    alerts = [one.alert for one in some if address in one.addresses]
    subject = one_line(f"{account_name}: {_count(len(alerts))}, {day.isoformat()}")[:_SUBJECT_CHARS]
    texts = [_text(alert, platform_url) for alert in alerts]
    intro = f"As of {day.isoformat()} these monitors of {one_line(account_name)} are in alert."
    text = "\n\n".join([intro, *texts, f"All alerts: {platform_url}/api/monitor-alerts"]) + "\n"
    items = "".join(f"<li><pre>{escape(one)}</pre></li>" for one in texts)
    html = f"<!doctype html><html><body><p>{escape(intro)}</p><ul>{items}</ul></body></html>"
    return Mail(id_, (address,), subject, text, html)


def _count(n: int) -> str:
    return "1 monitor is in alert" if n == 1 else f"{n} monitors are in alert"


def _text(alert: Alert, platform_url: str) -> str:
    """A few lines."""
    lines = [
        f"{one_line(alert.name)} ({alert.monitor_type}), in alert since {alert.first_seen.date().isoformat()}",
        *(f"  {_condition(one)}" for one in alert.evaluation["conditions"]),
        f"  {platform_url}/api/monitor-alerts/{alert.id}",
    ]
    return "\n".join(lines)


def _condition(one: dict[str, Any]) -> str:
    asked = one["condition"]
    unit = " %" if asked["value_type"] == "percent" else ""
    figure = f"{asked['metric']} ({asked['aggregation']}, {asked['period']})"
    seen = f"{_number(one['value'])}, before {_number(one['previous_value'])}"
    return f"{figure} {asked['relation']} {_number(asked['value'])}{unit}: {seen}"


def _number(value: float | None) -> str:
    return "no data" if value is None else f"{value:,.10g}" if value < 1e10 else f"{value:,.0f}"
