"""Requests about monitors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import msgspec

from cdp.documents import monitors
from cdp.documents.alerts import ALERTS, of_monitor
from cdp.documents.monitors import MONITORS, Kind, Monitor
from cdp.documents.named import Stored
from cdp.errors import Rejected, Unavailable, not_found
from cdp.jsonapi.bodies import ATTRIBUTES, checked_name
from cdp.jsonapi.documents import collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import INSTANT, TEXT, Filters, one_of
from cdp.model.ids import new_short_id
from cdp.ports import Delete, Put, Table
from cdp.resources.named import Listing
from functions.monitors import bodies, shown
from functions.monitors.alerting import Alerting
from functions.monitors.bodies import CHANGED, NEW, MonitorChange
from functions.monitors.references import convertible, exists

MOST = 100  # of an account
FILTERS = Filters(
    {
        "id": TEXT("any", "equals"),
        "name": TEXT("any", "contains", "equals"),
        "monitor_type": one_of(get_args(Kind), "any", "equals"),
        "status": one_of(get_args(monitors.Status), "any", "equals"),
        "created": INSTANT("greater-than", "less-than"),
        "updated": INSTANT("greater-than", "less-than"),
    }
)
_ATTEMPTS = 8
_CHANGING = "the monitor is being changed by others at the same moment"


class Monitors:
    def __init__(self, table: Table, alerting: Alerting) -> None:
        self._table, self._alerting = table, alerting

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/monitors": self.listed,
            "POST /api/monitors": self.create,
            "GET /api/monitors/{id}": self.one,
            "PATCH /api/monitors/{id}": self.update,
            "DELETE /api/monitors/{id}": self.delete,
        }

    def listed(self, request: Request) -> Response:
        page = Listing(
            MONITORS, self._table, request.account_id, request.params, filters=FILTERS, size=(20, 100)
        ).page()
        fields = request.params.fields(shown.MONITOR)
        return Response(document=collection(request, [shown.monitor(request, one, fields) for one in page.rows], page))

    def create(self, request: Request) -> Response:
        data = NEW.read(request)
        given = data.attributes
        made = Monitor(
            new_short_id(), checked_name(given.name), request.now, request.now, given.monitor_type,
            bodies.needed(data.relationships, given.monitor_type), bodies.conditions(given.monitor_type, given.conditions),
            given.join, bodies.notifications(given.notifications), given.enabled,
        )  # fmt: skip
        exists(self._table, request.account_id, made.monitor_type, made.object_id)
        convertible(self._table, request.account_id, made.conditions)
        self._keep(request.account_id, made)
        location = f"{request.base_url}/api/monitors/{made.id}"
        return Response(201, self._shown(request, made), headers={"location": location})

    def _keep(self, account_id: str, made: Monitor) -> None:
        """Write a new one, unless there are as many as there may be."""
        for _ in range(_ATTEMPTS):
            watching = monitors.watching(self._table, account_id)
            if len(MONITORS.page(self._table, account_id, "id", limit=MOST)) >= MOST:
                raise Rejected(f"An account has at most {MOST} monitors.", field="/data")
            if self._table.write([[MONITORS.put(account_id, made, 0), watching]])[0]:
                return
        raise Unavailable("monitors are being made by others at the same moment")

    def one(self, request: Request) -> Response:
        return Response(document=self._shown(request, self._stored(request).thing))

    def update(self, request: Request) -> Response:
        data = CHANGED.read(request)
        stored = self._stored(request)
        old = stored.thing
        changed = _changed(old, data.attributes, request)
        object_id = data.relationships.of(old.monitor_type)
        if object_id is not None and object_id != old.object_id:
            exists(self._table, request.account_id, old.monitor_type, object_id)
            changed = msgspec.structs.replace(changed, object_id=object_id)
        if data.attributes.conditions is not None:
            convertible(self._table, request.account_id, changed.conditions)
        operations: list[Put | Delete] = []
        if not changed.enabled:
            operations = self._alerting.disabling(request.account_id, old, request.now)
            changed = msgspec.structs.replace(changed, alert_id=None)
        if not self._table.write([[MONITORS.put(request.account_id, changed, stored.version), *operations]])[0]:
            raise Unavailable(_CHANGING)
        self._alerting.announce(request.account_id)
        return Response(document=self._shown(request, changed))

    def delete(self, request: Request) -> Response:
        """Its log goes with it, and before it; an alert that is open is told to be closed."""
        stored = self._stored(request)
        account_id, old = request.account_id, stored.thing
        log = ALERTS.in_own_order(self._table, of_monitor(account_id, old.id))
        self._table.write([[ALERTS.delete(account_id, one)] for one in log if one.thing.id != old.alert_id])
        closing = self._alerting.deleting(account_id, old, request.now)
        if not self._table.write([[MONITORS.delete(account_id, stored), *closing]])[0]:
            raise Unavailable(_CHANGING)
        self._alerting.announce(account_id)
        return Response(204)

    def _stored(self, request: Request) -> Stored[Monitor]:
        return stored_monitor(self._table, request.account_id, request.path["id"])

    def _shown(self, request: Request, one: Monitor) -> dict[str, object]:
        return single(request, shown.monitor(request, one, request.params.fields(shown.MONITOR)))


def stored_monitor(table: Table, account_id: str, id_: str, field: str | None = None) -> Stored[Monitor]:
    """The monitor with this id; `Rejected` 404, at `field`, if there is none."""
    stored = MONITORS.get(table, account_id, id_)
    if stored is None:
        raise not_found(shown.MONITOR, id_, field=field)
    return stored


def _changed(old: Monitor, given: MonitorChange, request: Request) -> Monitor:
    """The monitor with what is given; what is absent stays."""
    if given.monitor_type not in (None, old.monitor_type):
        raise Rejected("The type of a monitor cannot be changed.", field=f"{ATTRIBUTES}/monitor_type")
    return msgspec.structs.replace(
        old,
        name=old.name if given.name is None else checked_name(given.name),
        conditions=old.conditions if given.conditions is None else bodies.conditions(old.monitor_type, given.conditions),
        join=old.join if given.join is None else given.join,
        notifications=old.notifications if given.notifications is None else bodies.notifications(given.notifications),
        enabled=old.enabled if given.enabled is None else given.enabled,
        updated=max(request.now, old.updated),
    )
