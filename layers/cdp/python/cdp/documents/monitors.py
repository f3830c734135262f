"""Monitors of an account (SPEC §14): conditions on key figures of a metric, a segment or a flow."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

import msgspec

from cdp.documents.named import Collection
from cdp.documents.single import Single
from cdp.ports import Item, ItemQuery, Key, Put, Table

Kind = Literal["flow", "metric", "segment"]
Channel = Literal["email", "sms", "both"]
Relation = Literal[
    "greater-than", "greater-or-equal", "less-than", "less-or-equal", "equals", "not-equals", "increased-by",
    "decreased-by",
]  # fmt: skip
ValueType = Literal["absolute", "percent"]
Aggregation = Literal["sum", "average"]
Period = Literal["previous_day", "last_7_days", "last_14_days", "last_30_days"]
Join = Literal["and", "or"]
Status = Literal["active", "alert", "disabled"]


class Condition(msgspec.Struct, frozen=True):
    """A figure against a value. Rates are 0 to 100, and so is a value that they are compared with. `value_type`: of a
    change, in units of the figure (of a rate: in percentage points) or in per cent of the period before."""

    metric: str
    relation: Relation
    value: float
    value_type: ValueType
    aggregation: Aggregation
    period: Period
    channel: Channel | None = None
    conversion_metric_id: str | None = None


class Notifications(msgspec.Struct, frozen=True):
    """`home`: shown within the product; `email`: to these addresses."""

    home: bool = True
    email: tuple[str, ...] = ()


class Monitor(msgspec.Struct, frozen=True):
    """`object_id` is what is watched. `last_checked`: as of when the figures were looked at last; `evaluation` is what
    came of it, as the API shows it. `alert_id`: of the alert that is open. Times are UTC."""

    id: str
    name: str
    created: datetime
    updated: datetime
    monitor_type: Kind
    object_id: str
    conditions: tuple[Condition, ...]
    join: Join
    notifications: Notifications
    enabled: bool = True
    last_checked: datetime | None = None
    evaluation: dict[str, Any] | None = None
    alert_id: str | None = None

    @property
    def status(self) -> Status:
        if not self.enabled:
            return "disabled"
        return "active" if self.alert_id is None else "alert"


class Nights(msgspec.Struct, frozen=True):
    """The newest local day whose evaluation is done."""

    done: date | None = None


MONITORS: Collection[Monitor] = Collection("monitors", Monitor)
NIGHTS = Single("monitor-nights", "nights", Nights)
_ACCOUNTS = "accounts-with-monitors"


def watching(table: Table, account_id: str) -> Put:
    """The part of a new monitor's transaction by which the account is looked at by schedule; it holds only if nobody has
    made a monitor of the account since."""
    key = Key(_ACCOUNTS, account_id)
    item = table.get([key])[0]
    return Put(Item(key, b"{}"), 0 if item is None else item.version)


def accounts(table: Table) -> list[str]:
    """Accounts that have or had a monitor."""
    found: list[str] = []
    query = ItemQuery(_ACCOUNTS, limit=1000)
    while items := table.query(query):
        found += (item.key.sk for item in items)
        query = ItemQuery(_ACCOUNTS, limit=1000, after=(items[-1].key.sk, *items[-1].key))
    return found
