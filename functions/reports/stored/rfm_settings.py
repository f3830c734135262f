"""GET and PATCH of /api/rfm-settings/default: which metric is analysed, and where scores begin (SPEC §7.1-§7.2, §7.5).

A preview is `POST /api/rfm-reports` with `metric_id` and `settings`. What is saved holds for reports at once; the
groups on profiles follow within two hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from cdp import events
from cdp.documents import rfm
from cdp.documents.rfm import Dimensions, Saved
from cdp.events import RfmDue
from cdp.jsonapi.bodies import ATTRIBUTES, Body, Resource
from cdp.jsonapi.documents import Json, Resources, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.times import format_instant
from cdp.ports import Engine, Queue, Table
from functions.reports.kinds.rfm import check
from functions.reports.requests import pointing
from functions.reports.scoping import scope_of

TYPE, ID = "rfm-settings", "default"
PATH = f"/api/{TYPE}/{ID}"
WITHIN = timedelta(hours=2)


class _Attributes(msgspec.Struct, frozen=True):
    """What is not sent stays. `settings` are replaced as a whole; null: the defaults."""

    metric_id: str | UnsetType | None = UNSET
    settings: Dimensions | UnsetType | None = UNSET


class _Settings(Resource, frozen=True, kw_only=True):
    id: Literal["default"]
    attributes: _Attributes


_body = Body(TYPE, _Settings)


@dataclass(frozen=True)
class RfmSettings:
    """One document an account; it is there before anybody has changed it."""

    table: Table
    engine: Engine
    queue: Queue

    def operations(self) -> dict[str, Operation]:
        return {f"GET {PATH}": self.shown, f"PATCH {PATH}": self.changed}

    def shown(self, request: Request) -> Response:
        return self._answer(request, rfm.SETTINGS.get(self.table, request.account_id))

    def changed(self, request: Request) -> Response:
        given = _body.read(request).attributes
        self._check(request, given)
        saved = rfm.SETTINGS.change(self.table, request.account_id, lambda held: _with(held, given, request))
        self.queue.send([events.encode(RfmDue(request.account_id))])
        return self._answer(request, saved)

    def _check(self, request: Request, given: _Attributes) -> None:
        with pointing(ATTRIBUTES):
            if isinstance(given.settings, Dimensions):
                check(given.settings)
            if isinstance(given.metric_id, str):
                scope = scope_of(self.table, self.engine, request.account_id, request.now)
                scope.counted(given.metric_id, "/metric_id")

    def _answer(self, request: Request, saved: Saved) -> Response:
        """`metric_id` null: the most used Placed Order."""
        refreshed = rfm.refreshed_at(self.table, request.account_id)
        waiting = saved.updated is not None and (refreshed is None or refreshed < saved.updated)
        attributes: Json = {
            "metric_id": saved.metric_id,
            "settings": saved.dimensions,
            "last_updated_at": None if saved.updated is None else format_instant(saved.updated),
            "refreshed_at": None if refreshed is None else format_instant(refreshed),
            "refresh_expected_by": format_instant(saved.updated + WITHIN) if saved.updated and waiting else None,
        }
        make = Resources(request, TYPE, TYPE, fields=request.params.fields(TYPE)).make
        return Response(document=single(request, make(ID, attributes)))


def _with(held: Saved, given: _Attributes, request: Request) -> Saved:
    return Saved(
        held.metric_id if given.metric_id is UNSET else given.metric_id,
        held.dimensions if given.settings is UNSET else given.settings or Dimensions(),
        request.now if held.updated is None else max(request.now, held.updated),
    )
