WITH picked AS (
  SELECT
    events.profile_no AS profile_no,
    events.occurred_at AS occurred_at,
    CASE
      WHEN events.value BETWEEN -1e12 AND 1e12
      THEN CAST(ROUND(events.value * 10000) AS BIGINT)
    END AS units,
    DATE_TRUNC('MONTH', CAST(AT_TIMEZONE(events.occurred_at, 'UTC') AS DATE)) AS bucket,
    COALESCE(events.campaign, '') AS d0
  FROM events AS events
  WHERE
    (
      (
        events.metric_id = CAST(? AS BIGINT)
        AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      )
      AND (
        COALESCE(events.currency, '') IN (CAST(? AS VARCHAR), CAST(? AS VARCHAR))
      )
    )
    AND events.month BETWEEN 24312 AND 24318
), totals AS (
  SELECT
    picked.d0 AS d0,
    COUNT(*) AS total,
    SUM(picked.units) AS units
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
    SUM(picked.units) AS units
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
  p.place > CAST(? AS BIGINT) AND p.place <= CAST(? AS BIGINT)
ORDER BY
  p.place,
  c.bucket
