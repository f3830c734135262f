WITH picked AS (
  SELECT
    events.profile_no AS profile_no,
    events.occurred_at AS occurred_at,
    CASE
      WHEN events.value BETWEEN -1e12 AND 1e12
      THEN CAST(ROUND(events.value * 10000) AS BIGINT)
    END AS units,
    DATE_ADD(
      'DAY',
      -1,
      DATE_TRUNC(
        'WEEK',
        DATE_ADD('DAY', 1, CAST(AT_TIMEZONE(events.occurred_at, 'Europe/Berlin') AS DATE))
      )
    ) AS bucket,
    COALESCE(JSON_EXTRACT_SCALAR(events.profile_properties, '$["plan"]'), '') AS name
  FROM events AS events
  WHERE
    (
      (
        (
          events.metric_id = CAST(? AS BIGINT)
          AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
          AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        )
        AND (
          JSON_EXTRACT_SCALAR(events.properties, '$["country"]') IN (CAST(? AS VARCHAR), CAST(? AS VARCHAR))
        )
      )
      AND (
        JSON_EXTRACT_SCALAR(events.properties, '$["coupon"]') IS NULL
      )
    )
    AND events.month BETWEEN 24316 AND 24318
)
SELECT
  picked.bucket AS bucket,
  COUNT(*) AS total,
  SUM(picked.units) AS units,
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
