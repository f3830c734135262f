"""Every report kind; the order is the order of the docs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.reports.kinds import (
    audience_performance,
    campaign_performance,
    campaign_values,
    cohort,
    conversion_overview,
    flow_performance,
    flow_series,
    flow_values,
    form_series,
    form_values,
    funnel,
    metric_aggregate,
    multi_metric,
    product_analysis,
    product_list,
    product_performance,
    rfm,
    segment_series,
    segment_values,
    single_metric,
)
from functions.reports.report import Report

REPORTS: tuple[Report[Any, Any], ...] = (
    funnel.REPORT,
    conversion_overview.REPORT,
    rfm.REPORT,
    audience_performance.REPORT,
    single_metric.REPORT,
    multi_metric.REPORT,
    product_performance.REPORT,
    product_analysis.REPORT,
    product_list.REPORT,
    cohort.REPORT,
    metric_aggregate.REPORT,
    campaign_performance.REPORT,
    flow_performance.REPORT,
    campaign_values.REPORT,
    flow_values.REPORT,
    flow_series.REPORT,
    form_values.REPORT,
    form_series.REPORT,
    segment_values.REPORT,
    segment_series.REPORT,
)

BY_KIND: Mapping[str, Report[Any, Any]] = {report.kind: report for report in REPORTS}
