"""Ninety days of campaigns by message and channel: what was delivered, opened and clicked; the same with conversions;
a year of flows; and of forms."""

from __future__ import annotations

from typing import Any

from benchmarks.cases import SCOPE, Case, Chdb, instant, rows_of
from cdp.lake.tables import EVENTS
from cdp.ports import Engine
from functions.reports.kinds import campaign_values, flow_series, form_values
from functions.reports.reporting_periods import ReportingTimeframe, frame

SPRING = ReportingTimeframe(start="2026-03-01", end="2026-05-31")
DELIVERY = campaign_values.Params(
    statistics=["recipients", "bounced", "opens", "opens_unique", "click_rate"],
    timeframe=SPRING,
    conversion_metric_id="placed_order",
)
REVENUE = campaign_values.Params(
    statistics=["recipients", "conversions", "conversion_value"], timeframe=SPRING, conversion_metric_id="placed_order"
)
FLOWS = flow_series.Params(
    statistics=["recipients", "opens", "opens_unique", "click_rate"],
    timeframe=ReportingTimeframe(start="2025-07-01", end="2026-06-28"),
    interval="monthly",
    conversion_metric_id="placed_order",
)
FORMS = form_values.Params(
    statistics=["viewed_form", "viewed_form_uniques", "submits", "submit_rate"],
    timeframe=ReportingTimeframe(key="last_365_days"),
)

# Kinds as we number them: 0 received, 1 bounced, 3 opened, 4 clicked. What was done with a message joins the newest
# receipt at or before it.
SENDS = """
CREATE OR REPLACE TABLE sends ENGINE = Memory AS
SELECT profile_no, message, flow, occurred_at, metric_id FROM {events}
WHERE metric_id IN (11, 13) AND flow IS {of} NULL AND message IS NOT NULL AND occurred_at >= {start}
"""
ASSIGNED = """
SELECT {keys}, multiIf(metric_id = 17, 1, metric_id = 5, 3, metric_id IN (6, 14), 4, 0) AS kind, count() AS n,
  if(kind IN (3, 4), uniqExact(profile_no), 1) AS people
FROM (
  SELECT profile_no, message, flow, occurred_at, metric_id FROM sends
  UNION ALL
  SELECT profile_no, message, flow, occurred_at, metric_id FROM {events}
  WHERE metric_id = 17 AND flow IS {of} NULL AND message IS NOT NULL AND occurred_at >= {start} AND occurred_at < {end}
  UNION ALL
  SELECT a.profile_no, a.message, a.flow, s.occurred_at AS occurred_at, a.metric_id
  FROM (
    SELECT profile_no, message, flow, occurred_at, metric_id, metric_id = 14 AS text FROM {events}
    WHERE metric_id IN (5, 6, 14) AND flow IS {of} NULL AND message IS NOT NULL AND occurred_at >= {start}
      AND (machine IS NULL OR metric_id = 5)
  ) AS a
  ASOF JOIN (SELECT *, metric_id = 11 AS text FROM sends) AS s
    ON a.profile_no = s.profile_no AND a.message = s.message AND a.text = s.text AND a.occurred_at >= s.occurred_at
)
WHERE occurred_at >= {start} AND occurred_at < {end}
GROUP BY ALL ORDER BY ALL
"""
FORM = """
SELECT JSONExtractString(properties, 'form_id') AS form, metric_id = 16 AS kind, count(), uniqExact(profile_no)
FROM {events}
WHERE metric_id IN (15, 16) AND occurred_at >= {start} AND occurred_at < {end} AND form <> ''
GROUP BY ALL ORDER BY ALL
"""


def values(engine: Engine) -> list[Any]:
    rows = rows_of(engine, campaign_values.REPORT, DELIVERY)
    return sorted([r.message, r.channel, r.kind, r.n, r.uniques if r.kind >= 3 else 1] for r in rows)


def series(engine: Engine) -> list[Any]:
    rows = rows_of(engine, flow_series.REPORT, FLOWS)
    return sorted(
        [r.flow, r.message, str(r.bucket), r.channel, r.kind, r.n, r.uniques if r.kind >= 3 else 1] for r in rows
    )


def revenue(engine: Engine) -> object:
    return rows_of(engine, campaign_values.REPORT, REVENUE)


def forms(engine: Engine) -> list[Any]:
    return [[r.form, r.kind, r.total, r.uniques] for r in rows_of(engine, form_values.REPORT, FORMS)]


_CHANNEL = "metric_id IN (11, 14) AS channel"


def _assigned(chdb: Chdb, timeframe: ReportingTimeframe, of: str, keys: str) -> list[Any]:
    asked = frame(timeframe, SCOPE)
    found = {"events": chdb.table(EVENTS, asked.start, SCOPE.now), "of": of, "keys": keys}
    times = {"start": instant(asked.start), "end": instant(asked.end)}
    chdb.do(SENDS, **found, **times)
    return sorted(chdb.rows(ASSIGNED, **found, **times))


def their_values(chdb: Chdb) -> list[Any]:
    return _assigned(chdb, SPRING, "", f"message, {_CHANNEL}")


def their_series(chdb: Chdb) -> list[Any]:
    month = "toString(toStartOfMonth(toTimeZone(occurred_at, 'Europe/Berlin'))) AS bucket"
    return _assigned(chdb, FLOWS.timeframe, "NOT", f"flow, message, {month}, {_CHANNEL}")


def their_forms(chdb: Chdb) -> list[Any]:
    asked = frame(FORMS.timeframe, SCOPE)
    events = chdb.table(EVENTS, asked.start, asked.end)
    return chdb.rows(FORM, events=events, start=instant(asked.start), end=instant(asked.end))


CASES = (
    Case("campaign values: delivery", values, their_values),
    Case("campaign values: revenue", revenue),
    Case("flow series by month", series, their_series),
    Case("form values", forms, their_forms),
)
