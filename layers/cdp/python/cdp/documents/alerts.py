"""Alerts of monitors (SPEC §14): the log of when a monitor's rule held, and what of it is still to be told.

Whatever changes an alert leaves its announcement in the same transaction, so that neither is without the other; who
publishes it takes it away afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec

from cdp import events
from cdp.documents.monitors import Kind
from cdp.documents.named import Collection, Index
from cdp.events.alert_changed import AlertChanged
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

Status = Literal["open", "closed"]
Why = Literal["recovered", "disabled", "deleted"]


class Alert(msgspec.Struct, frozen=True):
    """`name` is the monitor's when it opened. `first_seen` and `last_seen` are the times as of which the rule held
    first and last, `times_seen` how often; `closed_at` is when it held no more, or the monitor was taken away.
    `evaluation` is the last one under which it held. Times are UTC."""

    id: str
    name: str
    created: datetime
    updated: datetime
    monitor_id: str
    monitor_type: Kind
    object_id: str
    home: bool
    first_seen: datetime
    last_seen: datetime
    evaluation: dict[str, Any]
    times_seen: int = 1
    closed_at: datetime | None = None
    closed_because: Why | None = None

    @property
    def status(self) -> Status:
        return "open" if self.closed_at is None else "closed"


def _of_monitor(account_id: str, alert: Alert) -> Index:
    return of_monitor(account_id, alert.monitor_id), f"{alert.first_seen.isoformat()}#{alert.id}"


def of_monitor(account_id: str, monitor_id: str) -> str:
    """The partition of g4 in which a monitor's alerts stand, the oldest first."""
    return f"{account_id}#monitor-alerts#{monitor_id}"


ALERTS: Collection[Alert] = Collection("monitor-alerts", Alert, _of_monitor)


def announcement(message: AlertChanged) -> Put:
    """What is to be published once the transaction that this is a part of has been made."""
    change = "opened" if message.opened else "closed"
    key = Key(_unannounced(message.account_id), f"{message.at}#{message.alert_id}#{change}")
    return Put(Item(key, events.encode(message).encode()))


def unannounced(table: Table, account_id: str) -> Iterator[tuple[Key, AlertChanged]]:
    """What has not been published, or perhaps has; in the order of time."""
    query = ItemQuery(_unannounced(account_id), limit=1000)
    while items := table.query(query):
        for item in items:
            message = events.decode(item.body.decode())
            if isinstance(message, AlertChanged):
                yield item.key, message
        query = ItemQuery(query.partition, limit=1000, after=(items[-1].key.sk, *items[-1].key))


def announced(table: Table, key: Key) -> None:
    table.write([[Delete(key)]])


def _unannounced(account_id: str) -> str:
    return f"{account_id}#monitor-announcements"
