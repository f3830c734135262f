"""The operations on functions, their versions and publications."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cdp.documents import code_functions, function_versions
from cdp.documents.code_functions import FUNCTIONS, Function
from cdp.documents.function_versions import Version
from cdp.errors import Rejected, not_found
from cdp.jsonapi.bodies import ATTRIBUTES
from cdp.jsonapi.documents import collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import INSTANT, TEXT, Filters, one_of
from cdp.ports import Table
from cdp.resources.at_hand import page_of
from cdp.resources.named import Listing
from functions.code import bodies, publishing, shapes
from functions.code.bodies import Wanted
from functions.code.publishing import Change
from functions.code.spec import ALL, ONE
from functions.code.writing import ATTEMPTS, CONTENDED, Writer, stored

_TIMES = ("greater-than", "less-than")
FILTERS = Filters({
    "id": TEXT("any", "equals"),
    "name": TEXT("any", "contains", "ends-with", "equals", "starts-with"),
    "runtime": one_of(("python", "javascript"), "any", "equals"),
    "status": one_of(("draft", "live"), "any", "equals"),
    "metric_id": TEXT("any", "equals"),
    "created": INSTANT(*_TIMES),
    "updated": INSTANT(*_TIMES),
})  # fmt: skip
NO_FILTERS = Filters({})
SORTS = ("created", "id", "name", "updated")
SIZE = (20, 100)
_CODE = "code"


@dataclass(frozen=True)
class Functions:
    table: Table
    writer: Writer

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            f"GET {ALL}": self.listed,
            f"POST {ALL}": self.create,
            f"GET {ONE}": self.one,
            f"PATCH {ONE}": self.update,
            f"DELETE {ONE}": self.delete,
            f"GET {ONE}/versions": self.versions,
            f"GET {ONE}/versions/{{no}}": self.version,
            f"GET {ONE}/publications": self.publications,
            f"POST {ONE}/publish": self.publish,
            f"POST {ONE}/rollback": self.rollback,
        }

    def listed(self, request: Request) -> Response:
        listing = Listing(
            FUNCTIONS, self.table, request.account_id, request.params, filters=FILTERS, sorts=SORTS, size=SIZE
        )
        page = listing.page()
        return Response(document=collection(request, [shapes.function(request, one) for one in page.rows], page))

    def one(self, request: Request) -> Response:
        """Its newest code stands in it if `additional-fields[function]=code` asks for it."""
        found, code = stored(self.table, request).thing, None
        if request.params.additional(shapes.FUNCTION, (_CODE,)):
            code = function_versions.code(self.table, request.account_id, found.id, found.newest)
        return Response(document=single(request, shapes.function(request, found, code)))

    def create(self, request: Request) -> Response:
        made = self.writer.create(request)
        headers = {"location": f"{request.base_url}{ALL}/{made.id}"}
        return Response(201, document=single(request, shapes.function(request, made)), headers=headers)

    def update(self, request: Request) -> Response:
        return Response(document=single(request, shapes.function(request, self.writer.update(request))))

    def delete(self, request: Request) -> Response:
        self.writer.delete(request)
        return Response(204)

    def versions(self, request: Request) -> Response:
        """The newest first, without their code."""
        function = stored(self.table, request).thing
        kept = function_versions.versions(self.table, request.account_id, function.id)
        page = page_of(
            kept, request.params, filters=NO_FILTERS, sorts=("-version", "version"), size=SIZE, names={"version": "id"}
        )
        shown = [shapes.version(request, function, one) for one in page.rows]
        return Response(document=collection(request, shown, page))

    def version(self, request: Request) -> Response:
        function = stored(self.table, request).thing
        one = self._version(request.account_id, function, request.path["no"])
        code = None if one is None else function_versions.source(self.table, request.account_id, function.id, one)
        if one is None or code is None:
            raise not_found("version", request.path["no"])
        return Response(document=single(request, shapes.version(request, function, one, code)))

    def publications(self, request: Request) -> Response:
        """Who made what live, the last first."""
        function = stored(self.table, request).thing
        told = function_versions.publications(self.table, request.account_id, function.id)
        page = page_of(told, request.params, filters=NO_FILTERS, sorts=("-at", "at"), size=SIZE, names={"at": "id"})
        shown = [shapes.publication(request, function, one) for one in page.rows]
        return Response(document=collection(request, shown, page))

    def publish(self, request: Request) -> Response:
        """The given version is live, or the newest."""
        return self._publish(
            request,
            lambda one, version: publishing.published(one, version or one.newest, request.now, request.key_id),
        )

    def rollback(self, request: Request) -> Response:
        """The version that was live before, or the given one, is live again."""
        return self._publish(
            request, lambda one, version: publishing.rolled_back(one, version, request.now, request.key_id)
        )

    def _publish(self, request: Request, change: Callable[[Function, int | None], Change]) -> Response:
        wanted = bodies.publication.read(request).attributes if request.body else Wanted()
        for _ in range(ATTEMPTS):
            before = stored(self.table, request)
            after, told = change(before.thing, wanted.version)
            if after.live != before.thing.live:
                self._check_kept(request.account_id, after)
                write = function_versions.publishing(request.account_id, after.id, told)
                if not code_functions.write(self.table, request.account_id, before, after, write):
                    continue
            return Response(document=single(request, shapes.function(request, after)))
        raise CONTENDED

    def _check_kept(self, account_id: str, wanted: Function) -> None:
        if function_versions.get(self.table, account_id, wanted.id, wanted.live) is None:
            raise Rejected(
                f"The function has no version {wanted.live}; the newest is {wanted.newest}.",
                field=f"{ATTRIBUTES}/version",
            )

    def _version(self, account_id: str, function: Function, text: str) -> Version | None:
        if not (text.isascii() and text.isdecimal() and len(text) <= 6):
            return None
        return function_versions.get(self.table, account_id, function.id, int(text))
