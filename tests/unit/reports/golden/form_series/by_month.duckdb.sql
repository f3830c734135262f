WITH counted AS (
  WITH told AS (
    SELECT
      events.profile_no AS profile_no,
      events.occurred_at AS occurred_at,
      CASE
        WHEN events.metric_id IN (CAST($counted_told_v0_0 AS BIGINT))
        THEN 0
        WHEN events.metric_id IN (CAST($counted_told_v1_0 AS BIGINT))
        THEN 1
      END AS kind,
      CASE
        WHEN STARTS_WITH(JSON_EXTRACT_STRING(events.properties, '/form_id'), '{')
        OR STARTS_WITH(JSON_EXTRACT_STRING(events.properties, '/form_id'), '[')
        THEN JSON_EXTRACT_STRING(JSON_VALUE(events.properties, '/form_id'), '$')
        ELSE JSON_EXTRACT_STRING(events.properties, '/form_id')
      END AS form,
      CAST(DATE_TRUNC(
        'MONTH',
        CAST(CASE
          WHEN EPOCH_US(events.occurred_at) < 1748736000000000
          OR EPOCH_US(events.occurred_at) >= 1782864000000000
          THEN events.occurred_at AT TIME ZONE 'Europe/Berlin'
          ELSE CASE
            WHEN EPOCH_US(events.occurred_at) < 1774746000000000
            THEN CASE
              WHEN EPOCH_US(events.occurred_at) < 1761440400000000
              THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
              ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
            END
            ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
          END
        END AS DATE)
      ) AS DATE) AS bucket
    FROM events_24305_24317 AS events
    WHERE
      events.metric_id IN (CAST($counted_told_v3_0 AS BIGINT), CAST($counted_told_v3_1 AS BIGINT))
      AND events.occurred_at >= CAST($counted_told_v4 AS TIMESTAMPTZ)
      AND events.occurred_at < CAST($counted_told_v5 AS TIMESTAMPTZ)
  )
  SELECT
    told.form AS form,
    told.bucket AS bucket,
    told.kind AS kind,
    told.profile_no AS profile_no,
    told.occurred_at AS occurred_at
  FROM told AS told
  WHERE
    NOT told.form IS NULL
), people AS (
  SELECT
    counted.form AS form,
    counted.bucket AS bucket,
    counted.kind AS kind,
    counted.profile_no AS profile_no,
    COUNT(*) AS total,
    MAX(counted.occurred_at) AS newest
  FROM counted AS counted
  GROUP BY
    counted.form,
    counted.bucket,
    counted.kind,
    counted.profile_no
)
SELECT
  people.form AS form,
  people.bucket AS bucket,
  people.kind AS kind,
  CAST(SUM(people.total) AS BIGINT) AS total,
  COUNT(*) AS uniques,
  MAX(people.newest) AS newest
FROM people AS people
GROUP BY
  people.form,
  people.bucket,
  people.kind
ORDER BY
  form,
  bucket,
  kind
