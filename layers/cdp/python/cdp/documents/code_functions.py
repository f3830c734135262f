"""Customers' functions (SPEC §17): what is run, when, and which of its versions is live.

The source of every version stands in documents.function_versions, the values of the environment in
documents.function_environments. Every write that makes or names a function also moves the marker.

Listeners: a live function listens to its metric, from before the write that makes it live. After every write the listener
is set as the document says, and the document looked at again, so that of several writers the last one has the last word.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from cdp.code.job import Runtime
from cdp.documents import listeners
from cdp.documents.named import Collection, Stored
from cdp.ports import Delete, Put, Table

Status = Literal["draft", "live"]
MOST_FUNCTIONS = 100  # an account
_ATTEMPTS = 8
MOST_LIVED = 50  # versions that can be gone back to
FORBIDDEN_METRICS = ("Opened Email", "Received Email")  # SPEC §17


class Trigger(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event of the metric that meets all filters, which are as they were sent: {property, filter} of cdp.filters.events,
    of the kinds in `grammar.EVENT_PROPERTY`."""

    metric_id: str
    filters: tuple[dict[str, Any], ...] = ()


class Environment(msgspec.Struct, frozen=True, omit_defaults=True):
    """The names of the pairs; their values are secrets, written under `token` in so many `parts`."""

    names: tuple[str, ...] = ()
    token: str = ""
    parts: int = 0


class Function(msgspec.Struct, frozen=True, omit_defaults=True):
    """`live`: the version that runs, 0 while none does. `newest`: of the versions, which count from 1; its source's SHA-256.

    `lived`: versions to go back to, the last one first live before the one that is live now. Times are UTC.
    """

    id: str
    name: str
    runtime: Runtime
    trigger: Trigger
    created: datetime
    updated: datetime
    newest: int = 0
    newest_sha256: str = ""
    live: int = 0
    lived: tuple[int, ...] = ()
    timeout_s: float = 5.0
    memory_mb: int = 128
    environment: Environment = Environment()

    @property
    def status(self) -> Status:
        return "live" if self.live else "draft"

    @property
    def metric_id(self) -> str:
        return self.trigger.metric_id


def _live(account_id: str, one: Function) -> tuple[str, str] | None:
    return (_running(account_id), one.id) if one.live else None


FUNCTIONS: Collection[Function] = Collection("functions", Function, _live)


def get(table: Table, account_id: str, id_: str) -> Function | None:
    stored = FUNCTIONS.get(table, account_id, id_)
    return None if stored is None else stored.thing


def live(table: Table, account_id: str) -> list[Function]:
    """The functions that run, by id. On AWS it may lag a publication by moments."""
    return [stored.thing for stored in FUNCTIONS.in_own_order(table, _running(account_id))]


def write(table: Table, account_id: str, before: Stored[Function] | None, after: Function, *more: Put | Delete) -> bool:
    """Write a new (`before` None) or changed function with `more` in one transaction, and let it listen; False if it has
    changed meanwhile."""
    if after.live:
        listeners.add(table, account_id, after.metric_id, consumer(after.id))
    version = 0 if before is None else before.version
    written = table.write([[FUNCTIONS.put(account_id, after, version), *more]])[0]
    touched = {after.metric_id} if after.live else set()
    if before is not None and before.thing.live:
        touched.add(before.thing.metric_id)
    for metric_id in touched:
        _settle(table, account_id, after.id, metric_id)
    return written


def remove(table: Table, account_id: str, stored: Stored[Function]) -> bool:
    """Remove the function itself; False if it has changed meanwhile."""
    removed = table.write([[FUNCTIONS.delete(account_id, stored)]])[0]
    _settle(table, account_id, stored.thing.id, stored.thing.metric_id)
    return removed


def _settle(table: Table, account_id: str, id_: str, metric_id: str) -> None:
    """Let the function listen to the metric, or not, as its document says."""
    stored = FUNCTIONS.get(table, account_id, id_)
    for _ in range(_ATTEMPTS):
        change = listeners.add if stored is not None and _heard(stored.thing) == metric_id else listeners.remove
        change(table, account_id, metric_id, consumer(id_))
        seen, stored = stored, FUNCTIONS.get(table, account_id, id_)
        if stored == seen:
            return  # whoever writes after this settles after this, too


def _heard(one: Function) -> str | None:
    return one.trigger.metric_id if one.live else None


def consumer(id_: str) -> str:
    """Its name among the listeners."""
    return f"function:{id_}"


def _running(account_id: str) -> str:
    return f"{account_id}#functions-live"
