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
          WHEN CAST($picked_sifted_v0 AS TEXT)
          THEN CAST($picked_sifted_v1 AS DOUBLE)
          ELSE CAST(1 AS DOUBLE)
        END BETWEEN -1e12 AND 1e12
        THEN CAST(ROUND(
          (
            events.value
          ) * CASE events.currency
            WHEN CAST($picked_sifted_v0 AS TEXT)
            THEN CAST($picked_sifted_v1 AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END * 10000
        ) AS BIGINT)
      END AS units
    FROM events_24311_24317 AS events
    WHERE
      events.metric_id = CAST($picked_sifted_v2 AS BIGINT)
      AND events.occurred_at >= CAST($picked_sifted_v3 AS TIMESTAMPTZ)
      AND events.occurred_at < CAST($picked_sifted_v4 AS TIMESTAMPTZ)
  )
  SELECT
    sifted.profile_no AS profile_no,
    sifted.occurred_at AS occurred_at,
    sifted.event_id AS event_id,
    sifted.units AS units,
    CAST(DATE_TRUNC(
      'MONTH',
      CAST(CASE
        WHEN EPOCH_US(sifted.occurred_at) < 1764547200000000
        OR EPOCH_US(sifted.occurred_at) >= 1782864000000000
        THEN sifted.occurred_at AT TIME ZONE 'Europe/Berlin'
        ELSE CASE
          WHEN EPOCH_US(sifted.occurred_at) < 1774746000000000
          THEN MAKE_TIMESTAMP(EPOCH_US(sifted.occurred_at) + 3600000000)
          ELSE MAKE_TIMESTAMP(EPOCH_US(sifted.occurred_at) + 7200000000)
        END
      END AS DATE)
    ) AS DATE) AS bucket
  FROM sifted AS sifted
)
SELECT
  picked.bucket AS bucket,
  COUNT(*) AS total,
  MAX(picked.occurred_at) AS newest,
  CAST(SUM(picked.units) AS BIGINT) AS units,
  COUNT(picked.units) AS valued,
  COUNT(DISTINCT picked.profile_no) AS uniques
FROM picked AS picked
GROUP BY
  picked.bucket
ORDER BY
  bucket
LIMIT 100001
