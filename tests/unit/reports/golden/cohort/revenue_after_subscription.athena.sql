WITH entered AS (
  WITH cohorting AS (
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
      END AS units,
      DATE_TRUNC('MONTH', CAST(AT_TIMEZONE(events.occurred_at, 'Europe/Berlin') AS DATE)) AS bucket
    FROM events AS events
    WHERE
      (
        events.metric_id = CAST(? AS BIGINT)
        AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      )
      AND events.month BETWEEN 23640 AND 24317
  )
  SELECT
    ranked.profile_no AS profile_no,
    ranked.occurred_at AS occurred_at,
    ranked.event_id AS event_id,
    ranked.units AS units,
    ranked.bucket AS bucket
  FROM (
    SELECT
      cohorting.profile_no AS profile_no,
      cohorting.occurred_at AS occurred_at,
      cohorting.event_id AS event_id,
      cohorting.units AS units,
      cohorting.bucket AS bucket,
      ROW_NUMBER() OVER (
        PARTITION BY cohorting.profile_no
        ORDER BY cohorting.occurred_at, cohorting.event_id
      ) AS place
    FROM cohorting AS cohorting
  ) AS ranked
  WHERE
    ranked.place = 1
    AND ranked.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
), reporting AS (
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
    END AS units,
    DATE_TRUNC('MONTH', CAST(AT_TIMEZONE(events.occurred_at, 'Europe/Berlin') AS DATE)) AS bucket
  FROM events AS events
  WHERE
    (
      events.metric_id = CAST(? AS BIGINT)
      AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    )
    AND events.month BETWEEN 24311 AND 24318
), visits AS (
  SELECT
    r.profile_no AS profile_no,
    e.bucket AS cohort,
    r.bucket AS bucket,
    COUNT(*) AS conversions,
    SUM(r.units) AS units,
    MAX(r.occurred_at) AS newest
  FROM reporting AS r
  JOIN entered AS e
    ON e.profile_no = r.profile_no
  WHERE
    r.occurred_at >= e.occurred_at AND r.event_id <> e.event_id
  GROUP BY
    r.profile_no,
    e.bucket,
    r.bucket
), firsts AS (
  SELECT
    earliest.cohort AS cohort,
    earliest.bucket AS bucket,
    COUNT(*) AS newcomers
  FROM (
    SELECT
      visits.profile_no AS profile_no,
      visits.cohort AS cohort,
      MIN(visits.bucket) AS bucket
    FROM visits AS visits
    GROUP BY
      visits.profile_no,
      visits.cohort
  ) AS earliest
  GROUP BY
    earliest.cohort,
    earliest.bucket
), cells AS (
  SELECT
    visits.cohort AS cohort,
    visits.bucket AS bucket,
    COUNT(*) AS profiles,
    SUM(visits.conversions) AS conversions,
    SUM(visits.units) AS units,
    MAX(visits.newest) AS newest
  FROM visits AS visits
  GROUP BY
    visits.cohort,
    visits.bucket
)
SELECT
  entered.bucket AS cohort,
  CAST(NULL AS DATE) AS bucket,
  COUNT(*) AS profiles,
  COUNT(*) AS newcomers,
  COUNT(*) AS conversions,
  SUM(entered.units) AS units,
  MAX(entered.occurred_at) AS newest
FROM entered AS entered
GROUP BY
  entered.bucket
UNION ALL
SELECT
  c.cohort AS cohort,
  c.bucket AS bucket,
  c.profiles AS profiles,
  COALESCE(f.newcomers, 0) AS _col_3,
  c.conversions AS conversions,
  c.units AS units,
  c.newest AS newest
FROM cells AS c
LEFT JOIN firsts AS f
  ON f.cohort = c.cohort AND f.bucket = c.bucket
ORDER BY
  cohort,
  bucket
