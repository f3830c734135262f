"""The metrics and custom metrics of an account as queries count them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdp.documents import custom_metrics, metrics
from cdp.documents.custom_metrics import CustomMetric
from cdp.filters.events import VALUE, read_filters
from cdp.filters.grammar import CUSTOM_METRIC
from cdp.ports import Table
from cdp.query.counted import Counted, Group, KnownMetric


def known(table: Table, account_id: str) -> list[KnownMetric]:
    return [KnownMetric(one.id, one.no, one.name) for one in metrics.all_metrics(table, account_id)]


def customs(table: Table, account_id: str, among: Sequence[KnownMetric]) -> tuple[Counted, ...]:
    """Custom metrics; groups whose metric is not among these count nothing."""
    by_id = {metric.id: metric for metric in among}
    return tuple(_counted(one, by_id) for one in custom_metrics.all_of(table, account_id))


def _counted(one: CustomMetric, by_id: Mapping[str, KnownMetric]) -> Counted:
    groups = tuple(
        Group(
            by_id[group.metric_id],
            read_filters(group.metric_filters, "/metric_filters", CUSTOM_METRIC),
            group.value_property or VALUE,
        )
        for group in one.definition.metric_groups
        if group.metric_id in by_id
    )
    return Counted(one.id, one.name, groups, one.definition.aggregation_method == "value", custom=True)
