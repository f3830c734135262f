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
      COALESCE(JSON_EXTRACT_SCALAR(events.properties, '$["form_version_id"]'), '') AS version
    FROM events AS events
    WHERE
      (
        events.metric_id IN (CAST(? AS BIGINT), CAST(? AS BIGINT))
        AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      )
      AND events.month BETWEEN 24305 AND 24318
  )
  SELECT
    told.form AS form,
    told.version AS version,
    told.kind AS kind,
    told.profile_no AS profile_no,
    told.occurred_at AS occurred_at
  FROM told AS told
  WHERE
    NOT told.form IS NULL
), people AS (
  SELECT
    counted.form AS form,
    counted.version AS version,
    counted.kind AS kind,
    counted.profile_no AS profile_no,
    COUNT(*) AS total,
    MAX(counted.occurred_at) AS newest
  FROM counted AS counted
  GROUP BY
    counted.form,
    counted.version,
    counted.kind,
    counted.profile_no
)
SELECT
  people.form AS form,
  people.version AS version,
  people.kind AS kind,
  SUM(people.total) AS total,
  COUNT(*) AS uniques,
  MAX(people.newest) AS newest
FROM people AS people
GROUP BY
  people.form,
  people.version,
  people.kind
ORDER BY
  form,
  version,
  kind
