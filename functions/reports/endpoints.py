"""Every report with an address of its own; each has its route in `spec.py`."""

from __future__ import annotations

from typing import Any

from functions.reports import aggregate_results
from functions.reports.kinds import (
    audience_performance,
    campaign_values,
    cohort,
    conversion_overview,
    conversion_overview_results,
    flow_series,
    flow_values,
    form_series,
    form_values,
    funnel,
    metric_aggregate,
    product_analysis,
    product_analysis_results,
    product_list,
    rfm,
    rfm_results,
    segment_series,
    segment_values,
)
from functions.reports.report import Endpoint

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint("metric-aggregate", metric_aggregate.REPORT, aggregate_results.answer),
    Endpoint("rfm-report", rfm.REPORT, rfm_results.answer),
    cohort.ENDPOINT,
    Endpoint("product-analysis-report", product_analysis.REPORT, product_analysis_results.answer),
    product_list.ENDPOINT,
    Endpoint("funnel-report", funnel.REPORT, funnel.answer),
    Endpoint("conversion-overview-report", conversion_overview.REPORT, conversion_overview_results.answer),
    Endpoint("audience-performance-report", audience_performance.REPORT, audience_performance.answer),
    Endpoint("campaign-values-report", campaign_values.REPORT, campaign_values.answer),
    Endpoint("flow-values-report", flow_values.REPORT, flow_values.answer),
    Endpoint("flow-series-report", flow_series.REPORT, flow_series.answer),
    Endpoint("form-values-report", form_values.REPORT, form_values.answer),
    Endpoint("form-series-report", form_series.REPORT, form_series.answer),
    Endpoint("segment-values-report", segment_values.REPORT, segment_values.answer),
    Endpoint("segment-series-report", segment_series.REPORT, segment_series.answer),
)
