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
            WHEN CAST($picked_sifted_m0_v0 AS TEXT)
            THEN CAST($picked_sifted_m0_v1 AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END BETWEEN -1e12 AND 1e12
          THEN CAST(ROUND(
            (
              events.value
            ) * CASE events.currency
              WHEN CAST($picked_sifted_m0_v0 AS TEXT)
              THEN CAST($picked_sifted_m0_v1 AS DOUBLE)
              ELSE CAST(1 AS DOUBLE)
            END * 10000
          ) AS BIGINT)
        END AS units
      FROM events_24311_24317 AS events
      WHERE
        events.metric_id = CAST($picked_sifted_m0_v2 AS BIGINT)
        AND events.occurred_at >= CAST($picked_sifted_m0_v3 AS TIMESTAMPTZ)
        AND events.occurred_at < CAST($picked_sifted_m0_v4 AS TIMESTAMPTZ)
    ), m1 AS (
      SELECT
        events.profile_no AS profile_no,
        events.occurred_at AS occurred_at,
        events.event_id AS event_id,
        CASE
          WHEN (
            events.value
          ) * CASE events.currency
            WHEN CAST($picked_sifted_m1_v0 AS TEXT)
            THEN CAST($picked_sifted_m1_v1 AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END BETWEEN -1e12 AND 1e12
          THEN CAST(ROUND(
            (
              events.value
            ) * CASE events.currency
              WHEN CAST($picked_sifted_m1_v0 AS TEXT)
              THEN CAST($picked_sifted_m1_v1 AS DOUBLE)
              ELSE CAST(1 AS DOUBLE)
            END * 10000
          ) AS BIGINT)
        END AS units
      FROM events_24311_24317 AS events
      WHERE
        events.metric_id = CAST($picked_sifted_m1_v2 AS BIGINT)
        AND events.occurred_at >= CAST($picked_sifted_m1_v3 AS TIMESTAMPTZ)
        AND events.occurred_at < CAST($picked_sifted_m1_v4 AS TIMESTAMPTZ)
    ), m2 AS (
      SELECT
        events.profile_no AS profile_no,
        events.occurred_at AS occurred_at,
        events.event_id AS event_id,
        CASE
          WHEN (
            events.value
          ) * CASE events.currency
            WHEN CAST($picked_sifted_m2_v0 AS TEXT)
            THEN CAST($picked_sifted_m2_v1 AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END BETWEEN -1e12 AND 1e12
          THEN CAST(ROUND(
            (
              events.value
            ) * CASE events.currency
              WHEN CAST($picked_sifted_m2_v0 AS TEXT)
              THEN CAST($picked_sifted_m2_v1 AS DOUBLE)
              ELSE CAST(1 AS DOUBLE)
            END * 10000
          ) AS BIGINT)
        END AS units
      FROM events_24311_24317 AS events
      WHERE
        events.metric_id = CAST($picked_sifted_m2_v2 AS BIGINT)
        AND events.occurred_at >= CAST($picked_sifted_m2_v3 AS TIMESTAMPTZ)
        AND events.occurred_at < CAST($picked_sifted_m2_v4 AS TIMESTAMPTZ)
    ), m3 AS (
      SELECT
        events.profile_no AS profile_no,
        events.occurred_at AS occurred_at,
        events.event_id AS event_id,
        CASE
          WHEN (
            events.value
          ) * CASE events.currency
            WHEN CAST($picked_sifted_m3_v0 AS TEXT)
            THEN CAST($picked_sifted_m3_v1 AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END BETWEEN -1e12 AND 1e12
          THEN CAST(ROUND(
            (
              events.value
            ) * CASE events.currency
              WHEN CAST($picked_sifted_m3_v0 AS TEXT)
              THEN CAST($picked_sifted_m3_v1 AS DOUBLE)
              ELSE CAST(1 AS DOUBLE)
            END * 10000
          ) AS BIGINT)
        END AS units
      FROM events_24311_24317 AS events
      WHERE
        events.metric_id = CAST($picked_sifted_m3_v2 AS BIGINT)
        AND events.occurred_at >= CAST($picked_sifted_m3_v3 AS TIMESTAMPTZ)
        AND events.occurred_at < CAST($picked_sifted_m3_v4 AS TIMESTAMPTZ)
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
  picked.metric AS metric,
  picked.bucket AS bucket,
  COUNT(*) AS total,
  COUNT(picked.units) AS valued,
  CAST(SUM(picked.units) AS BIGINT) AS units,
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
