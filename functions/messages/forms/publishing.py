"""Publish a form, or take it back. Either is done when it is answered; no job can be looked up afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from cdp.documents import forms
from cdp.documents.forms import Status
from cdp.documents.jobs import new_id
from cdp.errors import Unavailable, conflict, not_found
from cdp.jsonapi.documents import Resources, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.times import format_instant
from cdp.ports import Table
from functions.messages.forms.bodies import new_job
from functions.messages.forms.definition import published, unpublished, versions
from functions.messages.forms.shown import FORM

_FORM_ID = "/data/relationships/form/data/id"
_STATUS: Mapping[str, Status] = {"form-publish-job": "live", "form-unpublish-job": "draft"}
_ATTEMPTS = 8


class Publishing:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {f"POST /api/{kind}s": partial(self.create, kind) for kind in _STATUS}

    def create(self, kind: str, request: Request) -> Response:
        id_ = new_job[kind].read(request).relationships.form.id
        self._set(request, id_, _STATUS[kind])
        make = Resources(request, kind, f"{kind}s", fields=request.params.fields(kind)).make
        attributes = {"status": "complete", "created_at": format_instant(request.now)}
        job = make(new_id(), attributes, {FORM: identifier(FORM, id_)})
        return Response(202, document=single(request, job))

    def _set(self, request: Request, id_: str, status: Status) -> None:
        for _ in range(_ATTEMPTS):
            old = forms.whole(self._table, request.account_id, id_)
            if old is None:
                raise not_found("form", id_, field=_FORM_ID)
            if old.form.ab_test and status == "live":
                raise conflict("A form with an A/B test that is a draft cannot be published.", field=_FORM_ID)
            definition = published(old.definition) if status == "live" else unpublished(old.definition)
            if definition == old.definition:
                return
            held = versions(definition, old, request.now)
            form = replace(old.form, status=status, updated=request.now, versions=held)
            if forms.save(self._table, request.account_id, form, definition, old):
                return
        raise Unavailable("the form is being changed by others at the same moment")
