"""The operations on forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from msgspec import UNSET
from msgspec.structs import replace

from cdp.documents import forms
from cdp.documents.forms import FORMS, Form, Status, Whole
from cdp.errors import Unavailable, not_found
from cdp.jsonapi.bodies import checked_name
from cdp.jsonapi.documents import collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import BOOLEAN, INSTANT, TEXT, Filters, one_of
from cdp.ports import Table
from cdp.resources.named import Listing
from functions.messages.forms import definition as definitions
from functions.messages.forms.bodies import (
    DEFINITION,
    FormChange,
    form_change,
    new_form,
)
from functions.messages.forms.publishing import Publishing
from functions.messages.forms.shown import View
from functions.messages.forms.version_operations import Versions

_TIME = INSTANT("greater-or-equal", "greater-than", "less-or-equal", "less-than")
FILTERS = Filters(
    {
        "id": TEXT("any", "equals"),
        "name": TEXT("any", "contains", "equals"),
        "ab_test": BOOLEAN("equals"),
        "updated_at": _TIME,
        "created_at": _TIME,
        "status": one_of(get_args(Status), "equals"),
    }
)
NAMES = {"created_at": "created", "updated_at": "updated"}
SORTS = ("created_at", "updated_at")
PAGE = (20, 100)
_ATTEMPTS = 8


class Forms:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/forms": self.listed,
            "POST /api/forms": self.create,
            "GET /api/forms/{id}": self.one,
            "PATCH /api/forms/{id}": self.update,
            "DELETE /api/forms/{id}": self.delete,
            **Versions(self._table).operations(),
            **Publishing(self._table).operations(),
        }

    def listed(self, request: Request) -> Response:
        view = View(request)
        page = Listing(
            FORMS,
            self._table,
            request.account_id,
            request.params,
            filters=FILTERS,
            sorts=SORTS,
            size=PAGE,
            names=NAMES,
        ).page()
        return Response(document=collection(request, [view.form(one) for one in page.rows], page))

    def create(self, request: Request) -> Response:
        given, account_id = new_form.read(request).attributes, request.account_id
        name = checked_name(given.name)
        definition = definitions.read(given.definition, DEFINITION)
        id_ = forms.new_id(self._table, account_id)
        count = definitions.unnumbered(definition)
        definitions.number(definition, iter(forms.new_version_ids(self._table, account_id, count)))
        form = Form(
            id=id_,
            name=name,
            status="draft",
            ab_test=bool(given.ab_test),
            created=request.now,
            updated=request.now,
            versions=definitions.versions(definition, None, request.now),
        )
        if not forms.save(self._table, account_id, form, definition):
            raise Unavailable("the form's id was taken at the same moment")
        location = f"{request.base_url}/api/forms/{id_}"
        document = single(request, View(request).form(form, definition))
        return Response(201, document=document, headers={"location": location})

    def one(self, request: Request) -> Response:
        form, definition, _ = self._held(request)
        return Response(document=single(request, View(request).form(form, definition)))

    def update(self, request: Request) -> Response:
        body = form_change.read(request)
        form, definition = self._change(request, lambda old: self._changed(request, old, body.attributes))
        return Response(document=single(request, View(request).form(form, definition)))

    def delete(self, request: Request) -> Response:
        while not forms.remove(self._table, request.account_id, self._held(request)):
            continue
        return Response(204)

    def _changed(self, request: Request, old: Whole, given: FormChange) -> tuple[Form, dict[str, Any]]:
        form, definition, _ = old
        if given.name is not UNSET:
            form = replace(form, name=checked_name(given.name))
        if given.definition is not UNSET:
            definition = definitions.read(given.definition, DEFINITION, old.definition["versions"])
            count = definitions.unnumbered(definition)
            fresh = forms.new_version_ids(self._table, request.account_id, count)
            definitions.number(definition, iter(fresh))
            form = replace(form, versions=definitions.versions(definition, old, request.now))
        return form, definition

    def _change(
        self, request: Request, change: Callable[[Whole], tuple[Form, dict[str, Any]]]
    ) -> tuple[Form, dict[str, Any]]:
        """The form after the change; `change` may be asked again when somebody else was faster."""
        for _ in range(_ATTEMPTS):
            old = self._held(request)
            form, definition = change(old)
            if form == old.form and definition == old.definition:
                return form, definition
            form = replace(form, updated=request.now)
            if forms.save(self._table, request.account_id, form, definition, old):
                return form, definition
        raise Unavailable("the form is being changed by others at the same moment")

    def _held(self, request: Request) -> Whole:
        found = forms.whole(self._table, request.account_id, request.path["id"])
        if found is None:
            raise not_found("form", request.path["id"])
        return found
