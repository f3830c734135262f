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
      COALESCE(JSON_EXTRACT_STRING(JSON_VALUE(events.properties, '/form_version_id'), '$'), '') AS version
    FROM events_24305_24318 AS events
    WHERE
      events.metric_id IN (CAST($counted_told_v4_0 AS BIGINT), CAST($counted_told_v4_1 AS BIGINT))
      AND events.occurred_at >= CAST($counted_told_v5 AS TIMESTAMPTZ)
      AND events.occurred_at < CAST($counted_told_v6 AS TIMESTAMPTZ)
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
  CAST(SUM(people.total) AS BIGINT) AS total,
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
