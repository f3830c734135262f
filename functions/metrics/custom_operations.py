"""The operations on custom metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdp.documents import custom_metrics
from cdp.documents.custom_metrics import CUSTOM_METRICS, CustomMetric
from cdp.errors import not_found
from cdp.jsonapi.documents import Json, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.ports import Table
from cdp.resources import metric as shown
from functions.metrics.custom_writing import WHAT, Writer
from functions.metrics.shapes import custom_metric, metric_ids, metrics_of

INCLUDE = ("metrics",)
_ALL, _ONE = "/api/custom-metrics", "/api/custom-metrics/{id}"


@dataclass(frozen=True)
class CustomMetrics:
    table: Table
    writer: Writer

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            f"GET {_ALL}": self.listed,
            f"POST {_ALL}": self.create,
            f"GET {_ONE}": self.one,
            f"PATCH {_ONE}": self.update,
            f"DELETE {_ONE}": self.delete,
            f"GET {_ONE}/metrics": self.metrics,
            f"GET {_ONE}/relationships/metrics": self.metric_ids,
        }

    def listed(self, request: Request) -> Response:
        """All of them, oldest first: a plan allows no more than a page takes."""
        found = sorted(custom_metrics.all_of(self.table, request.account_id), key=lambda one: (one.created, one.id))
        included = self._included(request, found)
        return Response(document=collection(request, [custom_metric(request, one) for one in found], None, included))

    def one(self, request: Request) -> Response:
        found = self._stored(request)
        included = self._included(request, [found])
        return Response(document=single(request, custom_metric(request, found), included))

    def create(self, request: Request) -> Response:
        made = self.writer.create(request)
        headers = {"location": f"{request.base_url}{_ALL}/{made.id}"}
        return Response(201, document=single(request, custom_metric(request, made)), headers=headers)

    def update(self, request: Request) -> Response:
        return Response(document=single(request, custom_metric(request, self.writer.update(request))))

    def delete(self, request: Request) -> Response:
        self.writer.delete(request)
        return Response(204)

    def metrics(self, request: Request) -> Response:
        ids = metric_ids(self._stored(request))
        return Response(document=collection(request, metrics_of(request, self.table, ids)))

    def metric_ids(self, request: Request) -> Response:
        ids = metric_ids(self._stored(request))
        return Response(document=collection(request, [identifier(shown.TYPE, id_) for id_ in ids]))

    def _included(self, request: Request, of: Sequence[CustomMetric]) -> list[Json] | None:
        if not request.params.include(INCLUDE):
            return None
        return metrics_of(request, self.table, (id_ for one in of for id_ in metric_ids(one)))

    def _stored(self, request: Request) -> CustomMetric:
        id_ = request.path["id"]
        stored = CUSTOM_METRICS.get(self.table, request.account_id, id_)
        if stored is None:
            raise not_found(WHAT, id_)
        return stored.thing
