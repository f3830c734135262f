"""The operations on usage."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from cdp.documents import accounts, custom_metrics, merges, outbox, plans
from cdp.errors import not_found
from cdp.jsonapi.documents import Json, Resources, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.times import format_instant
from cdp.ports import Engine, Table
from functions.billing import queries
from functions.billing.meters import METERS, Period, Reading, most, period_of

TYPE = "billing-usage"
_PROFILES = ("active_profiles", "total_profiles")


class Billing:
    def __init__(self, table: Table, engine: Engine) -> None:
        self._table, self._engine = table, engine

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {"GET /api/billing-usage": self.listed, "GET /api/billing-usage/{id}": self.one}

    def listed(self, request: Request) -> Response:
        return Response(document=collection(request, self._resources(request, METERS)))

    def one(self, request: Request) -> Response:
        id_ = request.path["id"]
        if id_ not in METERS:
            raise not_found("usage type", id_)
        (resource,) = self._resources(request, [id_])
        return Response(document=single(request, resource))

    def _resources(self, request: Request, names: Collection[str]) -> list[Json]:
        account = accounts.get(self._table, request.account_id)
        plan, period = plans.get(self._table, request.account_id), period_of(request.now, account.zone)
        make = Resources(request, TYPE, TYPE, fields=request.params.fields(TYPE)).make
        readings = self._read(request, names, period)
        return [
            make(
                name,
                {
                    "usage_used": readings[name].used,
                    "usage_max": most(name, plan),
                    "unit": METERS[name].unit,
                    "period_start": format_instant(period.start),
                    "period_end": format_instant(period.end),
                    "as_of": format_instant(readings[name].as_of),
                },
            )
            for name in names
        ]

    def _read(self, request: Request, names: Collection[str], period: Period) -> dict[str, Reading]:
        """Read only what is asked for; both counts of profiles come out of one query."""
        found: dict[str, Reading] = {}
        if not set(_PROFILES).isdisjoint(names):
            found |= self._profiles(request)
        others: Mapping[str, Callable[[], int]] = {
            "events": lambda: self._events(request, period),
            "custom_metrics": lambda: custom_metrics.count(self._table, request.account_id),
        }
        return found | {name: Reading(read(), request.now) for name, read in others.items() if name in names}

    def _profiles(self, request: Request) -> dict[str, Reading]:
        """As of the oldest change that is still on its way into the lake."""
        waiting = outbox.waiting_since(self._table, request.account_id)
        as_of = request.now if waiting is None else min(waiting, request.now)
        gone = merges.pending(self._table, request.account_id)
        (row,) = self._engine.run(request.account_id, queries.profiles(as_of, gone)).to_pylist()
        return {"active_profiles": Reading(row["active"], as_of), "total_profiles": Reading(row["total"], as_of)}

    def _events(self, request: Request, period: Period) -> int:
        (row,) = self._engine.run(request.account_id, queries.events(period.start, request.now)).to_pylist()
        used: int = row["n"]
        return used
