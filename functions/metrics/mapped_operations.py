"""The operations on mapped metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from cdp.documents import accounts
from cdp.documents.custom_metrics import CUSTOM_METRICS
from cdp.documents.mapped_metrics import Kind, Mapped
from cdp.errors import Rejected
from cdp.jsonapi.documents import Json, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.ports import Table
from functions.metrics.mapping import Mapper, named
from functions.metrics.shapes import OF_MAPPED, custom_metric, mapped_metric, metrics_of, target_of

_ALL, _ONE = "/api/mapped-metrics", "/api/mapped-metrics/{id}"


@dataclass(frozen=True)
class MappedMetrics:
    table: Table
    mapper: Mapper

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            f"GET {_ALL}": self.listed,
            f"GET {_ONE}": self.one,
            f"PATCH {_ONE}": self.update,
            f"GET {_ONE}/metric": partial(self.related, "metric"),
            f"GET {_ONE}/custom-metric": partial(self.related, "custom-metric"),
            f"GET {_ONE}/relationships/metric": partial(self.related_id, "metric"),
            f"GET {_ONE}/relationships/custom-metric": partial(self.related_id, "custom-metric"),
        }

    def listed(self, request: Request) -> Response:
        wanted = request.params.include(OF_MAPPED)
        found = list(self.mapper.in_force(request.account_id).values())
        included = self._targets(request, found, wanted) if wanted else None
        data = self._show(request, found)
        return Response(document=collection(request, data, None, included))

    def one(self, request: Request) -> Response:
        wanted = request.params.include(OF_MAPPED)
        found = self._mapped(request)
        included = self._targets(request, [found], wanted) if wanted else None
        return Response(document=single(request, self._show(request, [found])[0], included))

    def update(self, request: Request) -> Response:
        return Response(document=single(request, self._show(request, [self.mapper.update(request)])[0]))

    def related(self, kind: Kind, request: Request) -> Response:
        """404 without one: the public description has no empty answer here, unlike for the relationship."""
        found = self._targets(request, [mapped := self._mapped(request)], (kind,))
        if not found:
            raise Rejected(
                f"No {kind} is mapped to {mapped.name}.", status=404, code="not_found", title="Not found."
            )
        return Response(document=single(request, found[0]))

    def related_id(self, kind: Kind, request: Request) -> Response:
        return Response(document=single(request, target_of(self._mapped(request), kind)))

    def _mapped(self, request: Request) -> Mapped:
        name = named(request)
        return self.mapper.in_force(request.account_id)[name]

    def _show(self, request: Request, found: Iterable[Mapped]) -> list[Json]:
        begun = accounts.get(self.table, request.account_id).created
        return [mapped_metric(request, one, begun) for one in found]

    def _targets(self, request: Request, of: Iterable[Mapped], kinds: Iterable[str]) -> list[Json]:
        """What stands behind the mappings, of these kinds."""
        targets = [one.target for one in of if one.target is not None and one.target.kind in kinds]
        custom = [target.id for target in targets if target.kind == "custom-metric"]
        stored = CUSTOM_METRICS.get_many(self.table, request.account_id, custom)
        plain = [target.id for target in targets if target.kind == "metric"]
        return [
            *metrics_of(request, self.table, plain),
            *(custom_metric(request, one.thing) for one in stored if one is not None),
        ]
