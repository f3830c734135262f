"""Cohort analyses that an account keeps, and those that are ready-made (SPEC §10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from cdp.documents.cohorts import COHORTS, Cohort
from cdp.documents.named import Stored
from cdp.errors import Rejected, Unavailable, not_found
from cdp.jsonapi.bodies import ATTRIBUTES, Body, Changed, New, checked_name
from cdp.jsonapi.documents import Json, Resources, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import INSTANT, TEXT, Filters
from cdp.jsonapi.times import format_instant
from cdp.model.ids import new_short_id
from cdp.ports import Engine, Table
from cdp.resources.named import Listing
from functions.reports.kinds.cohort import REPORT
from functions.reports.kinds.cohort_definition import TEMPLATES, Definition
from functions.reports.scoping import scope_of

TYPE, TEMPLATE = "cohort", "cohort-template"
MAX_DESCRIPTION = 2000
_FILTERS = Filters(
    {
        "name": TEXT("any", "equals"),
        "id": TEXT("any", "equals"),
        "created": INSTANT("greater-than"),
        "updated": INSTANT("greater-than"),
    }
)


class _NewCohort(msgspec.Struct, frozen=True):
    name: str
    definition: dict[str, Any]
    description: str = ""


class _CohortChange(msgspec.Struct, frozen=True):
    """What is absent stays."""

    name: str | None = None
    definition: dict[str, Any] | None = None
    description: str | None = None


_new = Body(TYPE, New[_NewCohort])
_changed = Body(TYPE, Changed[_CohortChange])


class Cohorts:
    def __init__(self, table: Table, engine: Engine) -> None:
        self._table, self._engine = table, engine

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/cohorts": self.listed,
            "POST /api/cohorts": self.create,
            "GET /api/cohorts/{id}": self.one,
            "PATCH /api/cohorts/{id}": self.update,
            "DELETE /api/cohorts/{id}": self.delete,
            "GET /api/cohort-templates": self.templates,
        }

    def listed(self, request: Request) -> Response:
        page = Listing(
            COHORTS, self._table, request.account_id, request.params, filters=_FILTERS, size=(20, 100)
        ).page()
        return Response(document=collection(request, [_show(request, one) for one in page.rows], page))

    def create(self, request: Request) -> Response:
        given = _new.read(request).attributes
        made = Cohort(
            new_short_id(), checked_name(given.name), _description(given.description), request.now, request.now,
            self._checked(request, given.definition),
        )  # fmt: skip
        if not self._table.write([[COHORTS.put(request.account_id, made, 0)]])[0]:
            raise Unavailable("another cohort took the id; try again")
        location = f"{request.base_url}/api/cohorts/{made.id}"
        return Response(201, single(request, _show(request, made)), headers={"location": location})

    def one(self, request: Request) -> Response:
        return Response(document=single(request, _show(request, self._stored(request).thing)))

    def update(self, request: Request) -> Response:
        given, stored = _changed.read(request).attributes, self._stored(request)
        old = stored.thing
        changed = Cohort(
            old.id,
            old.name if given.name is None else checked_name(given.name),
            old.description if given.description is None else _description(given.description),
            old.created,
            request.now,
            old.definition if given.definition is None else self._checked(request, given.definition),
        )
        if not self._table.write([[COHORTS.put(request.account_id, changed, stored.version)]])[0]:
            raise Unavailable("the cohort is being changed by others at the same moment")
        return Response(document=single(request, _show(request, changed)))

    def delete(self, request: Request) -> Response:
        self._table.write([[COHORTS.delete(request.account_id, self._stored(request))]])
        return Response(204)

    def templates(self, request: Request) -> Response:
        """`definition` is null while the account lacks a metric of it."""
        scope = scope_of(self._table, self._engine, request.account_id, request.now)
        make = Resources(request, TEMPLATE, "cohort-templates", fields=request.params.fields(TEMPLATE)).make
        data = []
        for id_, one in TEMPLATES.items():
            definition = one.definition(scope)
            shown = None if definition is None else msgspec.to_builtins(definition)
            data.append(make(id_, {"name": one.name, "description": one.description, "definition": shown}))
        return Response(document=collection(request, data))

    def _checked(self, request: Request, given: dict[str, Any]) -> dict[str, Any]:
        """The definition with everything it leaves out; `Rejected` points into it."""
        scope = scope_of(self._table, self._engine, request.account_id, request.now, REPORT.needs)
        try:
            params = REPORT.read({"definition": given})
            REPORT.query(params, scope)
        except Rejected as error:
            error.field = f"{ATTRIBUTES}{error.field or ''}"
            raise
        definition: dict[str, Any] = msgspec.to_builtins(msgspec.convert(given, Definition))
        return definition

    def _stored(self, request: Request) -> Stored[Cohort]:
        stored = COHORTS.get(self._table, request.account_id, request.path["id"])
        if stored is None:
            raise not_found(TYPE, request.path["id"])
        return stored


def _show(request: Request, one: Cohort) -> Json:
    make = Resources(request, TYPE, "cohorts", fields=request.params.fields(TYPE)).make
    shown: Json = {
        "name": one.name,
        "description": one.description,
        "definition": one.definition,
        "created": format_instant(one.created),
        "updated": format_instant(one.updated),
    }
    return make(one.id, shown)


def _description(text: str) -> str:
    if len(text) > MAX_DESCRIPTION:
        raise Rejected(f"A description has at most {MAX_DESCRIPTION} characters.", field=f"{ATTRIBUTES}/description")
    return text
