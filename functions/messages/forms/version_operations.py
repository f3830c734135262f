"""The operations on the versions of forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from cdp.documents import forms
from cdp.documents.forms import Form, FormType, Status, Version
from cdp.errors import not_found
from cdp.jsonapi.documents import collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import INSTANT, Filters, one_of
from cdp.jsonapi.paging import Page
from cdp.ports import Table
from cdp.resources.at_hand import page_of
from functions.messages.forms.shown import FORM, VERSION, View

_TIME = INSTANT("greater-or-equal", "greater-than", "less-or-equal", "less-than")
FILTERS = Filters(
    {
        "form_type": one_of(get_args(FormType), "any", "equals"),
        "status": one_of(get_args(Status), "equals"),
        "updated_at": _TIME,
        "created_at": _TIME,
    }
)
NAMES = {"created_at": "created", "updated_at": "updated"}
SORTS = ("created_at", "updated_at")
PAGE = (20, 100)
INCLUDE = (FORM,)


class Versions:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/forms/{id}/form-versions": self.listed,
            "GET /api/forms/{id}/relationships/form-versions": self.ids,
            "GET /api/form-versions/{id}": self.one,
            "GET /api/form-versions/{id}/form": self.form,
            "GET /api/form-versions/{id}/relationships/form": self.form_id,
        }

    def listed(self, request: Request) -> Response:
        form, page = self._page(request)
        view = View(request)
        return Response(document=collection(request, [view.version(form, one) for one in page.rows], page))

    def ids(self, request: Request) -> Response:
        _, page = self._page(request)
        return Response(document=collection(request, [identifier(VERSION, one.id) for one in page.rows], page))

    def one(self, request: Request) -> Response:
        wanted, view = request.params.include(INCLUDE), View(request)
        form, version = self._version(request)
        included = [view.form(form)] if wanted else None
        return Response(document=single(request, view.version(form, version), included))

    def form(self, request: Request) -> Response:
        form, _ = self._version(request)
        return Response(document=single(request, View(request).form(form)))

    def form_id(self, request: Request) -> Response:
        form, _ = self._version(request)
        return Response(document=single(request, identifier(FORM, form.id)))

    def _page(self, request: Request) -> tuple[Form, Page[Version]]:
        form = forms.get(self._table, request.account_id, request.path["id"])
        if form is None:
            raise not_found("form", request.path["id"])
        page = page_of(
            form.versions, request.params, filters=FILTERS, sorts=SORTS, size=PAGE, names=NAMES
        )
        return form, page

    def _version(self, request: Request) -> tuple[Form, Version]:
        id_ = request.path["id"]
        form = forms.of_version(self._table, request.account_id, id_)
        version = next((one for one in form.versions if one.id == id_), None) if form else None
        if form is None or version is None:
            raise not_found("form version", id_)
        return form, version
