"""Resources `form` and `form-version` as one request shows them (SPEC §2.4)."""

from __future__ import annotations

from typing import Any

from cdp.documents.forms import Form, Version
from cdp.jsonapi.documents import Json, Resources, identifier
from cdp.jsonapi.front import Request
from cdp.jsonapi.times import format_instant

FORM, VERSION, VERSIONS = "form", "form-version", "form-versions"


class View:
    """Makes the resources of one request."""

    def __init__(self, request: Request) -> None:
        fields = request.params.fields
        self._forms = Resources(request, FORM, "forms", relationships=(VERSIONS,), fields=fields(FORM))
        self._versions = Resources(
            request, VERSION, VERSIONS, relationships=(FORM,), fields=fields(VERSION)
        )

    def form(self, form: Form, definition: dict[str, Any] | None = None) -> Json:
        """With its definition, where it is given: a list shows none."""
        attributes: Json = {
            "name": form.name,
            "status": form.status,
            "ab_test": form.ab_test,
            "created_at": format_instant(form.created),
            "updated_at": format_instant(form.updated),
        }
        if definition is not None:
            attributes["definition"] = definition
        versions = [identifier(VERSION, version.id) for version in form.versions]
        return self._forms.make(form.id, attributes, {VERSIONS: versions})

    def version(self, form: Form, version: Version) -> Json:
        attributes: Json = {
            "form_type": version.form_type,
            "variation_name": version.name,
            "status": version.status,
            "created_at": format_instant(version.created),
            "updated_at": format_instant(version.updated),
        }
        if form.ab_test:
            attributes["ab_test"] = {"variation_name": version.name}
        return self._versions.make(version.id, attributes, {FORM: identifier(FORM, form.id)})
