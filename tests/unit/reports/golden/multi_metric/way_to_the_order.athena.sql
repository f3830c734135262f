WITH picked AS (
  WITH sifted AS (
    WITH plain AS (
      SELECT
        events.profile_no AS profile_no,
        events.occurred_at AS occurred_at,
        events.event_id AS event_id,
        events.metric_id AS metric_id,
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
          events.metric_id IN (
            CAST(? AS BIGINT),
            CAST(? AS BIGINT),
            CAST(? AS BIGINT),
            CAST(? AS BIGINT)
          )
          AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
          AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        )
        AND events.month BETWEEN 24311 AND 24317
    )
    SELECT
      CASE plain.metric_id WHEN 4 THEN 0 WHEN 5 THEN 1 WHEN 6 THEN 2 WHEN 1 THEN 3 END AS metric,
      plain.profile_no AS profile_no,
      plain.occurred_at AS occurred_at,
      plain.event_id AS event_id,
      plain.units AS units
    FROM plain AS plain
  )
  SELECT
    sifted.metric AS metric,
    sifted.profile_no AS profile_no,
    sifted.occurred_at AS occurred_at,
    sifted.event_id AS event_id,
    sifted.units AS units,
    DATE_TRUNC('MONTH', CAST(AT_TIMEZONE(sifted.occurred_at, 'Europe/Berlin') AS DATE)) AS bucket
  FROM sifted AS sifted
)
SELECT
  picked.metric AS metric,
  picked.bucket AS bucket,
  COUNT(*) AS total,
  MAX(picked.occurred_at) AS newest,
  COUNT(DISTINCT picked.profile_no) AS uniques
FROM picked AS picked
GROUP BY
  picked.metric,
  picked.bucket
ORDER BY
  metric,
  bucket
LIMIT 100001
