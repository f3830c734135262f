"""Requests about alerts: the log of a monitor, and the summary of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from cdp.documents import alerts
from cdp.documents.alerts import ALERTS, of_monitor
from cdp.documents.monitors import Kind
from cdp.errors import not_found
from cdp.jsonapi.documents import collection
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import BOOLEAN, INSTANT, TEXT, Filters, one_of
from cdp.ports import Table
from cdp.resources.at_hand import page_of
from cdp.resources.named import Listing
from functions.monitors import shown
from functions.monitors.operations import stored_monitor

FILTERS = Filters(
    {
        "id": TEXT("any", "equals"),
        "status": one_of(get_args(alerts.Status), "any", "equals"),
        "home": BOOLEAN("equals"),
        "monitor_id": TEXT("any", "equals"),
        "monitor_type": one_of(get_args(Kind), "any", "equals"),
        "name": TEXT("any", "contains", "equals"),
        "created": INSTANT("greater-than", "less-than"),
        "updated": INSTANT("greater-than", "less-than"),
    }
)
SORTS = ("created", "id", "name", "updated")
OF_MONITOR = Filters(
    {
        "status": one_of(get_args(alerts.Status), "any", "equals"),
        "first_seen": INSTANT("greater-than", "less-than"),
        "last_seen": INSTANT("greater-than", "less-than"),
    }
)
OF_MONITOR_SORTS = ("first_seen", "last_seen")
_SIZE = (20, 100)


class Alerts:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/monitors/{id}/alerts": self.of_monitor,
            "GET /api/monitor-alerts": self.listed,
            "GET /api/monitor-alerts/{id}": self.one,
        }

    def of_monitor(self, request: Request) -> Response:
        """The log of one monitor."""
        monitor = stored_monitor(self._table, request.account_id, request.path["id"]).thing
        found = ALERTS.in_own_order(self._table, of_monitor(request.account_id, monitor.id))
        page = page_of(
            (one.thing for one in found), request.params, filters=OF_MONITOR, sorts=OF_MONITOR_SORTS, size=_SIZE
        )
        fields = request.params.fields(shown.ALERT)
        return Response(document=collection(request, [shown.alert(request, one, fields) for one in page.rows], page))

    def listed(self, request: Request) -> Response:
        """All alerts of the account; open ones with `home` are what a person is to see on coming in."""
        page = Listing(
            ALERTS, self._table, request.account_id, request.params, filters=FILTERS, sorts=SORTS, size=_SIZE
        ).page()
        fields = request.params.fields(shown.ALERT)
        return Response(document=collection(request, [shown.alert(request, one, fields) for one in page.rows], page))

    def one(self, request: Request) -> Response:
        stored = ALERTS.get(self._table, request.account_id, request.path["id"])
        if stored is None:
            raise not_found(shown.ALERT, request.path["id"])
        document = shown.alert_document(request, stored.thing, request.params.fields(shown.ALERT))
        return Response(document=document)
