WITH picked AS (
  WITH sifted AS (
    SELECT
      events.profile_no AS profile_no,
      events.occurred_at AS occurred_at,
      events.event_id AS event_id,
      CASE
        WHEN (
          events.value
        ) * CASE events.currency
          WHEN CAST(? AS VARCHAR)
          THEN CAST(? AS DOUBLE)
          ELSE CAST(1 AS DOUBLE)
        END BETWEEN -1e12 AND 1e12
        THEN CAST(ROUND(
          (
            events.value
          ) * CASE events.currency
            WHEN CAST(? AS VARCHAR)
            THEN CAST(? AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END * 10000
        ) AS BIGINT)
      END AS units
    FROM events AS events
    WHERE
      (
        events.metric_id = CAST(? AS BIGINT)
        AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      )
      AND events.month BETWEEN 24311 AND 24317
  )
  SELECT
    sifted.profile_no AS profile_no,
    sifted.occurred_at AS occurred_at,
    sifted.event_id AS event_id,
    sifted.units AS units,
    DATE_TRUNC('MONTH', CAST(AT_TIMEZONE(sifted.occurred_at, 'Europe/Berlin') AS DATE)) AS bucket
  FROM sifted AS sifted
)
SELECT
  picked.bucket AS bucket,
  COUNT(*) AS total,
  MAX(picked.occurred_at) AS newest,
  SUM(picked.units) AS units,
  COUNT(picked.units) AS valued,
  COUNT(DISTINCT picked.profile_no) AS uniques
FROM picked AS picked
GROUP BY
  picked.bucket
ORDER BY
  bucket
LIMIT 100001
