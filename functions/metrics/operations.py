"""The operations on metrics and their properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from cdp.documents import metrics
from cdp.documents.metrics import Metric, MetricProperty
from cdp.errors import not_found
from cdp.jsonapi.documents import Json, Resources, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import TEXT, Condition, Filters
from cdp.jsonapi.paging import Slice, read_page
from cdp.jsonapi.params import Sort
from cdp.lake import event_rows
from cdp.ports import Engine, Lake, Table
from cdp.resources import flow
from cdp.resources import metric as shown
from functions.metrics.samples import NEWEST_EVENTS, sample_values

PAGE = 200
FILTERS = Filters({"integration.name": TEXT("equals"), "integration.category": TEXT("equals")})
_BY_ID = Sort("id")
_FUTURE = timedelta(days=367)  # events may lie a year ahead
_INCLUDE = (flow.TRIGGERS,)
_METRIC_OF = "metric"


class Metrics:
    def __init__(self, table: Table, engine: Engine, lake: Lake) -> None:
        self._table, self._engine, self._lake = table, engine, lake

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/metrics": self.listed,
            "GET /api/metrics/{id}": self.one,
            "GET /api/metrics/{id}/metric-properties": self.properties,
            "GET /api/metrics/{id}/relationships/metric-properties": self.property_ids,
            "GET /api/metrics/{id}/flow-triggers": self.flow_triggers,
            "GET /api/metrics/{id}/relationships/flow-triggers": self.flow_triggers,
            "GET /api/metric-properties/{id}": self.property,
            "GET /api/metric-properties/{id}/metric": self.property_metric,
            "GET /api/metric-properties/{id}/relationships/metric": self.property_metric_id,
        }

    def listed(self, request: Request) -> Response:
        """By id, 200 a page. The catalogue is small: filters look at its metrics one by one."""
        conditions = request.params.filter(FILTERS)
        wanted = request.params.include(_INCLUDE)
        page = read_page(
            self._reader(request.account_id, conditions),
            lambda metric: (metric.id,),
            sort=_BY_ID,
            size=PAGE,
            cursor=request.params.cursor(_BY_ID),
        )
        data, included = self._with_flows(request, page.rows, bool(wanted))
        return Response(document=collection(request, data, page, included))

    def _with_flows(
        self, request: Request, found: list[Metric], wanted: bool
    ) -> tuple[list[Json], list[Json] | None]:
        """The metrics, and the flows that they start, if those are wanted."""
        make = shown.resources(request, request.params.fields(shown.TYPE)).make
        if not wanted:
            return [make(metric.id, shown.attributes(metric)) for metric in found], None
        flows = flow.triggered(request, self._table, "metric", [metric.id for metric in found])
        data = [
            make(metric.id, shown.attributes(metric), flow.identifiers(flows[metric.id])) for metric in found
        ]
        return data, [one for started in flows.values() for one in started]

    def _reader(self, account_id: str, conditions: tuple[Condition, ...]) -> Callable[[Slice], list[Metric]]:
        def read(wanted: Slice) -> list[Metric]:
            after = str(wanted.after[0]) if wanted.after else None
            found: list[Metric] = []
            while len(found) < wanted.limit:
                page = metrics.page(
                    self._table, account_id, descending=wanted.descending, limit=PAGE + 1, after=after
                )
                found += (metric for metric in page if _holds(metric, conditions))
                if len(page) <= PAGE:
                    break
                after = page[-1].id
            return found[: wanted.limit]

        return read

    def one(self, request: Request) -> Response:
        wanted = request.params.include(_INCLUDE)
        (data,), included = self._with_flows(request, [self._metric(request)], bool(wanted))
        return Response(document=single(request, data, included))

    def flow_triggers(self, request: Request) -> Response:
        return flow.triggers(request, self._table, "metric", self._metric(request).id)

    def properties(self, request: Request) -> Response:
        metric = self._metric(request)
        found = metrics.properties(self._table, request.account_id, metric.id)
        return Response(document=collection(request, self._show(request, metric, found)))

    def property_ids(self, request: Request) -> Response:
        metric = self._metric(request)
        found = metrics.properties(self._table, request.account_id, metric.id)
        return Response(document=collection(request, [identifier("metric-property", p.id) for p in found]))

    def property(self, request: Request) -> Response:
        include = request.params.include((_METRIC_OF,))
        metric, found = self._property(request)
        data = self._show(request, metric, [found])[0]
        make = shown.resources(request, request.params.fields(shown.TYPE)).make
        included = [make(metric.id, shown.attributes(metric))] if include else None
        return Response(document=single(request, data, included))

    def property_metric(self, request: Request) -> Response:
        metric, _ = self._property(request)
        make = shown.resources(request, request.params.fields(shown.TYPE)).make
        return Response(document=single(request, make(metric.id, shown.attributes(metric))))

    def property_metric_id(self, request: Request) -> Response:
        metric, _ = self._property(request)
        return Response(document=single(request, identifier(shown.TYPE, metric.id)))

    def _show(self, request: Request, metric: Metric, found: list[MetricProperty]) -> list[Json]:
        resources = Resources(
            request,
            "metric-property",
            "metric-properties",
            relationships=(_METRIC_OF,),
            fields=request.params.fields("metric-property"),
        )
        asked = request.params.additional("metric-property", ("sample_values",))
        samples = self._samples(request, metric, found) if asked else None
        related = {_METRIC_OF: identifier(shown.TYPE, metric.id)}
        return [resources.make(p.id, _attributes(p, samples), related) for p in found]

    def _samples(
        self, request: Request, metric: Metric, found: list[MetricProperty]
    ) -> Mapping[str, list[object]]:
        wanted = event_rows.Wanted(event_rows.EARLIEST, request.now + _FUTURE, metric_nos=(metric.no,))
        rows = event_rows.read(
            self._engine, self._lake, request.account_id, wanted, descending=True, limit=NEWEST_EVENTS
        )
        return sample_values((row.properties for row in rows), [p.name for p in found])

    def _metric(self, request: Request) -> Metric:
        id_ = request.path["id"]
        metric = metrics.get(self._table, request.account_id, id_)
        if metric is None:
            raise not_found("metric", id_)
        return metric

    def _property(self, request: Request) -> tuple[Metric, MetricProperty]:
        id_ = request.path["id"]
        metric = metrics.get(self._table, request.account_id, metrics.metric_of_property(id_))
        for found in metrics.properties(self._table, request.account_id, metric.id) if metric else ():
            if metric and found.id == id_:
                return metric, found
        raise not_found("metric property", id_)


def _attributes(found: MetricProperty, samples: Mapping[str, list[object]] | None) -> Json:
    shown_: Json = {
        "label": found.name,
        "property": found.name,
        "inferred_type": found.inferred_type,
    }
    return shown_ if samples is None else {**shown_, "sample_values": samples[found.name]}


def _holds(metric: Metric, conditions: tuple[Condition, ...]) -> bool:
    integration = shown.integration(metric.service)
    return all(integration[c.field.removeprefix("integration.")] == c.value for c in conditions)
