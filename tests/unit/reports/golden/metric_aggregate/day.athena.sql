WITH picked AS (
  SELECT
    events.profile_no AS profile_no,
    events.occurred_at AS occurred_at,
    CASE
      WHEN events.value BETWEEN -1e12 AND 1e12
      THEN CAST(ROUND(events.value * 10000) AS BIGINT)
    END AS units,
    CAST(AT_TIMEZONE(events.occurred_at, 'Europe/Berlin') AS DATE) AS bucket
  FROM events AS events
  WHERE
    (
      events.metric_id = CAST(? AS BIGINT)
      AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    )
    AND events.month BETWEEN 24317 AND 24317
)
SELECT
  picked.bucket AS bucket,
  MAX(picked.occurred_at) AS newest,
  COUNT(*) AS total,
  SUM(picked.units) AS units,
  COUNT(DISTINCT picked.profile_no) AS uniques
FROM picked AS picked
GROUP BY
  picked.bucket
ORDER BY
  bucket
