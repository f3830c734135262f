WITH picked AS (
  WITH sifted AS (
    WITH m0 AS (
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
    ), m1 AS (
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
    ), m2 AS (
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
    ), m3 AS (
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
      0 AS metric,
      m0.profile_no AS profile_no,
      m0.occurred_at AS occurred_at,
      m0.event_id AS event_id,
      m0.units AS units
    FROM m0 AS m0
    UNION ALL
    SELECT
      1 AS metric,
      m1.profile_no AS profile_no,
      m1.occurred_at AS occurred_at,
      m1.event_id AS event_id,
      m1.units AS units
    FROM m1 AS m1
    UNION ALL
    SELECT
      2 AS metric,
      m2.profile_no AS profile_no,
      m2.occurred_at AS occurred_at,
      m2.event_id AS event_id,
      m2.units AS units
    FROM m2 AS m2
    UNION ALL
    SELECT
      3 AS metric,
      m3.profile_no AS profile_no,
      m3.occurred_at AS occurred_at,
      m3.event_id AS event_id,
      m3.units AS units
    FROM m3 AS m3
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
  COUNT(picked.units) AS valued,
  SUM(picked.units) AS units,
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
