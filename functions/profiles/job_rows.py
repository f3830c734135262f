"""What the rows of a bulk job led to, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cdp.documents import imports
from cdp.documents.jobs import Job, RowError
from cdp.jsonapi.cursors import Part
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.documents import Json, Resources, collection
from cdp.jsonapi.front import Request, Response
from cdp.jsonapi.paging import Page, Slice, read_page
from cdp.jsonapi.params import Sort
from cdp.ports import Table

PAGE, MAX_PAGE = 20, 100
_BY_ROW = Sort("row")
_ERROR = "import-error"
_ROWS = 1_000_000
T = TypeVar("T")


def shown_errors(request: Request, table: Table, job: Job) -> Response:
    """The rows that failed, in the order of the request."""

    def read(part: Slice) -> list[tuple[int, RowError]]:
        return imports.errors(
            table,
            request.account_id,
            job.id,
            descending=part.descending,
            limit=part.limit,
            after=row_of(part.after),
        )

    page = page_of_rows(request, read)
    make = Resources(request, _ERROR, "import-errors", fields=request.params.fields(_ERROR)).make
    data = [make(f"{job.id}-{row}", _attributes(error)) for row, error in page.rows]
    return Response(document=collection(request, data, page))


def page_of_rows(request: Request, read: Callable[[Slice], list[tuple[int, T]]]) -> Page[tuple[int, T]]:
    """One page of (row, something)."""
    return read_page(
        read,
        lambda row: (row[0],),
        sort=_BY_ROW,
        size=request.params.page_size(PAGE, MAX_PAGE),
        cursor=request.params.cursor(_BY_ROW),
    )


def row_of(position: tuple[Part, ...] | None) -> int | None:
    """The row at which a cursor stands."""
    match position:
        case None:
            return None
        case (int(row),) if 0 <= row < _ROWS:
            return row
    raise cursor_refused("The cursor does not belong to this collection.")


def place_of(position: tuple[Part, ...] | None) -> tuple[str, str, str] | None:
    """The place in an index at which a cursor stands: `ItemQuery.after`."""
    match position:
        case None:
            return None
        case (str(key), str(pk), str(sk)):
            return key, pk, sk
    raise cursor_refused("The cursor does not belong to this collection.")


def _attributes(error: RowError) -> Json:
    return {
        "code": error.code,
        "title": error.title,
        "detail": error.detail,
        "source": {"pointer": error.pointer},
        "original_payload": error.original_payload,
    }
