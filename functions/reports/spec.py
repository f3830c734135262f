"""What the room answers and needs."""

from __future__ import annotations

from cdp.spec import Access, FunctionSpec, Grant, HttpRoute, Inbox, Limit, Schedule
from functions.reports.settings import Settings

_READ = ("metrics:read",)
_SEGMENTS = ("segments:read",)
_CATALOG = ("catalogs:read",)

_WRITE = ("metrics:write",)


def _stored(path: str, feature: str | None) -> tuple[HttpRoute, ...]:
    """Definitions that an account keeps."""
    one = f"{path}/{{id}}"
    return (
        HttpRoute("GET", path, _READ, Limit.M, extension=True, feature=feature),
        HttpRoute("POST", path, _WRITE, Limit.S, extension=True, feature=feature),
        HttpRoute("GET", one, _READ, Limit.M, extension=True, feature=feature),
        HttpRoute("PATCH", one, _WRITE, Limit.S, extension=True, feature=feature),
        HttpRoute("DELETE", one, _WRITE, Limit.S, extension=True, feature=feature),
    )


SPEC = FunctionSpec(
    name="reports",
    description="Runs reports and aggregates over the events of an account",
    settings=Settings,
    routes=(
        HttpRoute("POST", "/api/metric-aggregates", _READ, Limit.S),
        HttpRoute("POST", "/api/rfm-reports", _READ, Limit.S, extension=True, feature="analytics"),
        HttpRoute("GET", "/api/rfm-settings/default", _READ, Limit.M, extension=True, feature="analytics"),
        HttpRoute("PATCH", "/api/rfm-settings/default", _WRITE, Limit.S, extension=True, feature="analytics"),
        HttpRoute("POST", "/api/campaign-values-reports", ("campaigns:read",), Limit.REPORTING),
        HttpRoute("POST", "/api/flow-values-reports", ("flows:read",), Limit.REPORTING),
        HttpRoute("POST", "/api/flow-series-reports", ("flows:read",), Limit.REPORTING),
        HttpRoute("POST", "/api/form-values-reports", ("forms:read",), Limit.REPORTING),
        HttpRoute("POST", "/api/form-series-reports", ("forms:read",), Limit.REPORTING),
        HttpRoute("POST", "/api/segment-values-reports", _SEGMENTS, Limit.REPORTING),
        HttpRoute("POST", "/api/segment-series-reports", _SEGMENTS, Limit.REPORTING),
        HttpRoute(
            "POST", "/api/conversion-overview-reports", _READ, Limit.S, extension=True, feature="marketing_analytics"
        ),
        HttpRoute("POST", "/api/audience-performance-reports", _READ, Limit.S, extension=True, feature="analytics"),
        HttpRoute("POST", "/api/funnel-reports", _READ, Limit.S, extension=True, feature="analytics"),
        *_stored("/api/funnels", "analytics"),
        HttpRoute("POST", "/api/funnel-clone", _WRITE, Limit.S, extension=True, feature="analytics"),
        HttpRoute("POST", "/api/cohort-reports", _READ, Limit.S, extension=True, feature="marketing_analytics"),
        *_stored("/api/cohorts", "marketing_analytics"),
        HttpRoute("POST", "/api/product-analysis-reports", _READ, Limit.S, extension=True, feature="analytics"),
        HttpRoute("POST", "/api/product-analysis-lists", _READ, Limit.S, extension=True, feature="analytics"),
        HttpRoute("GET", "/api/catalog-insights-settings/default", _CATALOG, Limit.M, extension=True, feature="analytics"),
        HttpRoute(
            "PATCH", "/api/catalog-insights-settings/default", ("catalogs:write",), Limit.S, extension=True, feature="analytics"
        ),
        HttpRoute("GET", "/api/cohort-templates", _READ, Limit.M, extension=True, feature="marketing_analytics"),
        HttpRoute("POST", "/api/custom-report-runs", _READ, Limit.S, extension=True),
        HttpRoute("GET", "/api/custom-reports", _READ, Limit.M, extension=True),
        HttpRoute("POST", "/api/custom-reports", _WRITE, Limit.M, extension=True),
        HttpRoute("GET", "/api/custom-reports/{id}", _READ, Limit.M, extension=True),
        HttpRoute("PATCH", "/api/custom-reports/{id}", _WRITE, Limit.M, extension=True),
        HttpRoute("DELETE", "/api/custom-reports/{id}", _WRITE, Limit.M, extension=True),
        HttpRoute("POST", "/api/custom-report-clone", _WRITE, Limit.M, extension=True),
        HttpRoute("GET", "/api/custom-report-templates", _READ, Limit.M, extension=True),
        HttpRoute("GET", "/api/custom-report-templates/{id}", _READ, Limit.M, extension=True),
        HttpRoute("GET", "/api/custom-reports/{id}/runs", _READ, Limit.M, extension=True),
        HttpRoute("GET", "/api/custom-report-runs/{id}", _READ, Limit.M, extension=True),
        HttpRoute("GET", "/api/custom-report-runs/{id}/export", _READ, Limit.M, extension=True),
        HttpRoute("GET", "/api/report-jobs/{id}", _READ, Limit.M, extension=True),
        HttpRoute("GET", "/api/report-jobs/{id}/report", _READ, Limit.M, extension=True),
    ),
    schedules=(Schedule("report-schedules", rate="1 hour"), Schedule("rfm", rate="1 hour")),
    inbox=Inbox(batch_size=1, max_concurrency=4),
    grants=(
        Grant("table", Access.WRITE),
        Grant("lake", Access.WRITE),
        Grant("limits", Access.WRITE),
        Grant("bus", Access.SEND),
        Grant("post", Access.SEND),
        Grant("queue:reports", Access.SEND),
    ),
    memory_mb=3008,
    timeout_s=900,
    layers=("http", "lake", "duckdb"),
)
