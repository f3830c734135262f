"""The life cycle of alerts: an alert opens when a monitor's rule becomes true, stays while it is, closes when it is not.

A monitor and its alert change in one transaction, which also leaves what is to be told; `announce` tells it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from cdp.documents import alerts
from cdp.documents.alerts import ALERTS, Alert, Why
from cdp.documents.monitors import MONITORS, Monitor
from cdp.documents.named import Stored
from cdp.events.alert_changed import AlertChanged
from cdp.jsonapi.documents import Asked
from cdp.jsonapi.times import format_instant
from cdp.model.ids import new_short_id
from cdp.ports import Bus, Delete, Put, Table
from cdp.resources.event import Address
from functions.monitors import shown
from functions.monitors.evaluation import Evaluation


@dataclass(frozen=True)
class Alerting:
    """`platform_url`: the platform's own address, for links."""

    table: Table
    bus: Bus
    platform_url: str

    def open_of(self, account_id: str, monitor: Monitor) -> Stored[Alert] | None:
        """The monitor's alert that is open."""
        return None if monitor.alert_id is None else ALERTS.get(self.table, account_id, monitor.alert_id)

    def checked(
        self, account_id: str, stored: Stored[Monitor], evaluation: Evaluation, as_of: datetime, now: datetime
    ) -> Alert | None:
        """Write down what the evaluation as of that time came to: the alert that is open then. `Conflict` if the monitor
        has changed meanwhile."""
        known = self.open_of(account_id, stored.thing)
        alert, operations = self._changed(account_id, stored.thing, known, evaluation, as_of, now)
        monitor = msgspec.structs.replace(
            stored.thing,
            last_checked=as_of,
            evaluation=evaluation.shown,
            alert_id=None if alert is None else alert.id,
        )
        if not self.table.write([[MONITORS.put(account_id, monitor, stored.version), *operations]])[0]:
            raise Conflict
        return alert

    def disabling(self, account_id: str, monitor: Monitor, now: datetime) -> list[Put | Delete]:
        """What closes the monitor's alert, if one is open, and tells of it: a part of the transaction that disables the
        monitor."""
        stored = self.open_of(account_id, monitor)
        return [] if stored is None else self._closed(account_id, stored, "disabled", now, now)

    def deleting(self, account_id: str, monitor: Monitor, now: datetime) -> list[Put | Delete]:
        """As `disabling`, but nothing is left of the alert."""
        stored = self.open_of(account_id, monitor)
        if stored is None:
            return []
        told = self._told(account_id, _closed(stored.thing, "deleted", now, now), now)
        return [ALERTS.delete(account_id, stored), told]

    def announce(self, account_id: str) -> None:
        """Tell what has not been told; perhaps again what has."""
        for key, message in alerts.unannounced(self.table, account_id):
            self.bus.publish([message])
            alerts.announced(self.table, key)

    def _changed(
        self, account_id: str, monitor: Monitor, known: Stored[Alert] | None, evaluation: Evaluation, as_of: datetime,
        now: datetime,
    ) -> tuple[Alert | None, list[Put | Delete]]:  # fmt: skip
        if not evaluation.verdict.holds:
            return None, [] if known is None else self._closed(account_id, known, "recovered", as_of, now)
        if known is None:
            opened = Alert(
                new_short_id(), monitor.name, now, now, monitor.id, monitor.monitor_type, monitor.object_id,
                monitor.notifications.home, as_of, as_of, evaluation.shown,
            )  # fmt: skip
            return opened, [ALERTS.put(account_id, opened, 0), self._told(account_id, opened, as_of)]
        seen = msgspec.structs.replace(
            known.thing,
            updated=now,
            home=monitor.notifications.home,
            last_seen=as_of,
            times_seen=known.thing.times_seen + (as_of > known.thing.last_seen),
            evaluation=evaluation.shown,
        )
        return seen, [ALERTS.put(account_id, seen, known.version)]

    def _closed(
        self, account_id: str, stored: Stored[Alert], why: Why, at: datetime, now: datetime
    ) -> list[Put | Delete]:
        closed = _closed(stored.thing, why, at, now)
        return [ALERTS.put(account_id, closed, stored.version), self._told(account_id, closed, at)]

    def _told(self, account_id: str, alert: Alert, at: datetime) -> Put:
        address: Asked = Address(self.platform_url, f"/api/monitor-alerts/{alert.id}")
        document = msgspec.Raw(msgspec.json.encode(shown.alert_document(address, alert)))
        opened = alert.closed_at is None
        message = AlertChanged(account_id, alert.monitor_id, alert.id, opened, format_instant(at), document)
        return alerts.announcement(message)


def _closed(alert: Alert, why: Why, at: datetime, now: datetime) -> Alert:
    return msgspec.structs.replace(alert, updated=now, closed_at=at, closed_because=why)


class Conflict(Exception):
    """Somebody else has changed the monitor, or its alert, since it was read."""
