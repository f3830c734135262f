WITH picked AS (
  SELECT
    events.profile_no AS profile_no,
    events.occurred_at AS occurred_at,
    CASE
      WHEN events.value BETWEEN -1e12 AND 1e12
      THEN CAST(ROUND(events.value * 10000) AS BIGINT)
    END AS units,
    CAST(DATE_TRUNC(
      'MONTH',
      CAST(CASE
        WHEN EPOCH_US(events.occurred_at) < 1767225600000000
        OR EPOCH_US(events.occurred_at) >= 1785542400000000
        THEN events.occurred_at AT TIME ZONE 'UTC'
        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 0)
      END AS DATE)
    ) AS DATE) AS bucket,
    COALESCE(events.campaign, '') AS d0
  FROM events_24312_24318 AS events
  WHERE
    (
      events.metric_id = CAST($picked_metric AS BIGINT)
      AND events.occurred_at >= CAST($picked_start AS TIMESTAMPTZ)
      AND events.occurred_at < CAST($picked_end AS TIMESTAMPTZ)
    )
    AND (
      COALESCE(events.currency, '') IN (CAST($picked_if1_value_0 AS TEXT), CAST($picked_if1_value_1 AS TEXT))
    )
), totals AS (
  SELECT
    picked.d0 AS d0,
    COUNT(*) AS total,
    CAST(SUM(picked.units) AS BIGINT) AS units
  FROM picked AS picked
  GROUP BY
    picked.d0
), placed AS (
  SELECT
    totals.d0 AS d0,
    ROW_NUMBER() OVER (ORDER BY COALESCE(totals.units, 0) DESC, totals.d0) AS place
  FROM totals AS totals
), cells AS (
  SELECT
    picked.d0 AS d0,
    picked.bucket AS bucket,
    MAX(picked.occurred_at) AS newest,
    COUNT(*) AS total,
    CAST(SUM(picked.units) AS BIGINT) AS units
  FROM picked AS picked
  GROUP BY
    picked.d0,
    picked.bucket
)
SELECT
  p.place AS place,
  c.d0 AS d0,
  c.bucket AS bucket,
  c.newest AS newest,
  c.total AS total,
  c.units AS units
FROM placed AS p
JOIN cells AS c
  ON c.d0 = p.d0
WHERE
  p.place > CAST($seen AS BIGINT) AND p.place <= CAST($last AS BIGINT)
ORDER BY
  p.place,
  c.bucket
