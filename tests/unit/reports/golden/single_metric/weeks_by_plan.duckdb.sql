WITH picked AS (
  SELECT
    events.profile_no AS profile_no,
    events.occurred_at AS occurred_at,
    CASE
      WHEN events.value BETWEEN -1e12 AND 1e12
      THEN CAST(ROUND(events.value * 10000) AS BIGINT)
    END AS units,
    CAST(CAST(DATE_TRUNC(
      'WEEK',
      CAST(CAST(CASE
        WHEN EPOCH_US(events.occurred_at) < 1777593600000000
        OR EPOCH_US(events.occurred_at) >= 1785542400000000
        THEN events.occurred_at AT TIME ZONE 'Europe/Berlin'
        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
      END AS DATE) + INTERVAL 1 DAY AS DATE)
    ) AS DATE) + INTERVAL (-1) DAY AS DATE) AS bucket,
    COALESCE(JSON_EXTRACT_STRING(JSON_VALUE(events.profile_properties, '/plan'), '$'), '') AS name
  FROM events_24316_24318 AS events
  WHERE
    (
      (
        events.metric_id = CAST($picked_metric AS BIGINT)
        AND events.occurred_at >= CAST($picked_start AS TIMESTAMPTZ)
        AND events.occurred_at < CAST($picked_end AS TIMESTAMPTZ)
      )
      AND (
        JSON_EXTRACT_STRING(JSON_VALUE(events.properties, '/country'), '$') IN (CAST($picked_if1_value_0 AS TEXT), CAST($picked_if1_value_1 AS TEXT))
      )
    )
    AND (
      JSON_EXTRACT_STRING(JSON_VALUE(events.properties, '/coupon'), '$') IS NULL
    )
)
SELECT
  picked.bucket AS bucket,
  COUNT(*) AS total,
  CAST(SUM(picked.units) AS BIGINT) AS units,
  COUNT(picked.units) AS valued,
  MAX(picked.occurred_at) AS newest,
  picked.name AS name
FROM picked AS picked
GROUP BY
  picked.bucket,
  picked.name
ORDER BY
  name,
  bucket
LIMIT 100001
