"""The library as the API shows it (SPEC §13.5)."""

from __future__ import annotations

from collections.abc import Mapping

from cdp.errors import not_found
from cdp.jsonapi.documents import Json, Resources, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from functions.reports.library import TEMPLATES
from functions.reports.report import Scope
from functions.reports.running import Runner

TYPE = "custom-report-template"
_ALL = "/api/custom-report-templates"


class CustomReportTemplates:
    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {f"GET {_ALL}": self.listed, f"GET {_ALL}/{{id}}": self.one}

    def listed(self, request: Request) -> Response:
        scope = self._runner.scope(request.account_id, request.now)
        return Response(document=collection(request, [_show(request, id_, scope) for id_ in TEMPLATES]))

    def one(self, request: Request) -> Response:
        id_ = request.path["id"]
        if id_ not in TEMPLATES:
            raise not_found(TYPE, id_)
        scope = self._runner.scope(request.account_id, request.now)
        return Response(document=single(request, _show(request, id_, scope)))


def _show(request: Request, id_: str, scope: Scope) -> Json:
    """`definition` is null while the account lacks metrics of it; `missing_metrics` names them."""
    template = TEMPLATES[id_]
    definition, missing = template.resolved(scope)
    shown: Json = {
        "name": template.name,
        "description": template.description,
        "report_type": template.report_type,
        "definition": definition,
        "missing_metrics": missing,
    }
    make = Resources(request, TYPE, "custom-report-templates", fields=request.params.fields(TYPE)).make
    return make(id_, shown)
