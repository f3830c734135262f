"""The log of attempts: newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping

from cdp.documents import webhook_attempts
from cdp.documents.webhook_attempts import Attempt
from cdp.jsonapi.documents import collection
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import Filters
from cdp.jsonapi.paging import Slice, read_page
from cdp.ports import Table
from cdp.resources import webhook_attempt as shown
from functions.webhooks.operations import stored

SORTS = ("attempted_at",)
PAGE, MOST = 20, 100
_NO_FILTERS = Filters({})


class Log:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {"GET /api/webhooks/{id}/webhook-attempts": self.listed}

    def listed(self, request: Request) -> Response:
        webhook, params = stored(self._table, request), request.params
        params.filter(_NO_FILTERS)
        sort = params.sort(SORTS, "-attempted_at")

        def read(part: Slice) -> list[Attempt]:
            after = str(part.after[0]) if part.after else None
            return webhook_attempts.page(
                self._table, request.account_id, webhook.id, descending=part.descending, limit=part.limit, after=after
            )

        page = read_page(read, lambda one: (one.id,), sort=sort, size=params.page_size(PAGE, MOST), cursor=params.cursor(sort))
        fields = params.fields(shown.TYPE)
        return Response(document=collection(request, [shown.resource(request, one, fields) for one in page.rows], page))
