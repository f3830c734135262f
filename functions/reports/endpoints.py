"""Every report with an address of its own; each has its route in `spec.py`."""

from __future__ import annotations

from typing import Any

from functions.reports import aggregate_results
from functions.reports.kinds import metric_aggregate, rfm, rfm_results
from functions.reports.report import Endpoint

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint("metric-aggregate", metric_aggregate.REPORT, aggregate_results.answer),
    Endpoint("rfm-report", rfm.REPORT, rfm_results.answer),
)
