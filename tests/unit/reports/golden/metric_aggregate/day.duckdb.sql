WITH picked AS (
  SELECT
    events.profile_no AS profile_no,
    events.occurred_at AS occurred_at,
    CASE
      WHEN events.value BETWEEN -1e12 AND 1e12
      THEN CAST(ROUND(events.value * 10000) AS BIGINT)
    END AS units,
    CAST(CASE
      WHEN EPOCH_US(events.occurred_at) < 1780272000000000
      OR EPOCH_US(events.occurred_at) >= 1782864000000000
      THEN events.occurred_at AT TIME ZONE 'Europe/Berlin'
      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
    END AS DATE) AS bucket
  FROM events_24317_24317 AS events
  WHERE
    events.metric_id = CAST($picked_metric AS BIGINT)
    AND events.occurred_at >= CAST($picked_start AS TIMESTAMPTZ)
    AND events.occurred_at < CAST($picked_end AS TIMESTAMPTZ)
)
SELECT
  picked.bucket AS bucket,
  MAX(picked.occurred_at) AS newest,
  COUNT(*) AS total,
  CAST(SUM(picked.units) AS BIGINT) AS units,
  COUNT(DISTINCT picked.profile_no) AS uniques
FROM picked AS picked
GROUP BY
  picked.bucket
ORDER BY
  bucket
