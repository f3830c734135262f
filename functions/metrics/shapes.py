"""Resources `custom-metric` and `mapped-metric`, and the metrics around them (SPEC §3, §4.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cdp.documents import metrics
from cdp.documents.custom_metrics import CustomMetric, MetricGroup
from cdp.documents.mapped_metrics import Mapped
from cdp.jsonapi.documents import Json, Resources, identifier
from cdp.jsonapi.front import Request
from cdp.jsonapi.times import format_instant
from cdp.ports import Table
from cdp.resources import metric as shown

CUSTOM, MAPPED = "custom-metric", "mapped-metric"
OF_MAPPED = ("metric", "custom-metric")


def custom_metric(request: Request, one: CustomMetric) -> Json:
    fields = request.params.fields(CUSTOM)
    made = Resources(request, CUSTOM, "custom-metrics", relationships=("metrics",), fields=fields)
    attributes = {
        "name": one.name,
        "created": format_instant(one.created),
        "updated": format_instant(one.updated),
        "definition": {
            "aggregation_method": one.definition.aggregation_method,
            "metric_groups": [_group(group) for group in one.definition.metric_groups],
        },
    }
    return made.make(one.id, attributes, {"metrics": [identifier(shown.TYPE, id_) for id_ in metric_ids(one)]})


def _group(group: MetricGroup) -> Json:
    return {
        "metric_id": group.metric_id,
        "metric_filters": list(group.metric_filters),
        "value_property": group.value_property,
    }


def metric_ids(one: CustomMetric) -> list[str]:
    """The metrics that it counts, each once."""
    return list(dict.fromkeys(group.metric_id for group in one.definition.metric_groups))


def metrics_of(request: Request, table: Table, ids: Iterable[str]) -> list[Json]:
    """The metrics with these ids."""
    make = shown.resources(request, request.params.fields(shown.TYPE)).make
    found = (metrics.get(table, request.account_id, id_) for id_ in dict.fromkeys(ids))
    return [make(one.id, shown.attributes(one)) for one in found if one is not None]


def mapped_metric(request: Request, one: Mapped, begun: datetime) -> Json:
    """`begun`: since when nobody has chosen otherwise."""
    fields = request.params.fields(MAPPED)
    made = Resources(request, MAPPED, "mapped-metrics", relationships=OF_MAPPED, fields=fields)
    return made.make(
        one.name,
        {"updated": format_instant(one.updated or begun)},
        {} if one.target is None else {one.target.kind: target_of(one, one.target.kind)},
    )


def target_of(one: Mapped, kind: str) -> Json | None:
    """The identifier of what stands behind the mapping, if it is of this kind."""
    target = one.target
    return None if target is None or target.kind != kind else identifier(kind, target.id)
