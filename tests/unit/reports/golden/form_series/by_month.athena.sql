WITH counted AS (
  WITH told AS (
    SELECT
      events.profile_no AS profile_no,
      events.occurred_at AS occurred_at,
      CASE
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN 0
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN 1
      END AS kind,
      JSON_EXTRACT_SCALAR(events.properties, '$["form_id"]') AS form,
      DATE_TRUNC('MONTH', CAST(AT_TIMEZONE(events.occurred_at, 'Europe/Berlin') AS DATE)) AS bucket
    FROM events AS events
    WHERE
      (
        events.metric_id IN (CAST(? AS BIGINT), CAST(? AS BIGINT))
        AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      )
      AND events.month BETWEEN 24305 AND 24317
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
  SUM(people.total) AS total,
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
