WITH picked AS (
  WITH valued AS (
    WITH found AS (
      WITH found AS (
        WITH plain AS (
          SELECT
            events.profile_no AS profile_no,
            events.occurred_at AS occurred_at,
            events.event_id AS event_id,
            events.metric_id AS metric_id,
            events.properties AS properties,
            events.value AS value,
            CASE
              WHEN (
                events.value
              ) * CASE events.currency
                WHEN CAST($picked_valued_found_found_plain_v0 AS TEXT)
                THEN CAST($picked_valued_found_found_plain_v1 AS DOUBLE)
                ELSE CAST(1 AS DOUBLE)
              END BETWEEN -1e12 AND 1e12
              THEN CAST(ROUND(
                (
                  events.value
                ) * CASE events.currency
                  WHEN CAST($picked_valued_found_found_plain_v0 AS TEXT)
                  THEN CAST($picked_valued_found_found_plain_v1 AS DOUBLE)
                  ELSE CAST(1 AS DOUBLE)
                END * 10000
              ) AS BIGINT)
            END AS units
          FROM events_24315_24318 AS events
          WHERE
            events.metric_id IN (
              CAST($picked_valued_found_found_plain_v2_0 AS BIGINT),
              CAST($picked_valued_found_found_plain_v2_1 AS BIGINT)
            )
            AND events.occurred_at >= CAST($picked_valued_found_found_plain_v3 AS TIMESTAMPTZ)
            AND events.occurred_at < CAST($picked_valued_found_found_plain_v4 AS TIMESTAMPTZ)
        )
        SELECT
          CASE plain.metric_id WHEN 1 THEN 0 WHEN 4 THEN 1 END AS metric,
          plain.profile_no AS profile_no,
          plain.occurred_at AS occurred_at,
          plain.event_id AS event_id,
          plain.units AS units,
          plain.properties AS properties,
          plain.value AS value
        FROM plain AS plain
      )
      SELECT
        sieved.metric AS metric,
        sieved.profile_no AS profile_no,
        sieved.occurred_at AS occurred_at,
        sieved.event_id AS event_id,
        sieved.units AS units
      FROM (
        SELECT
          l0.metric AS metric,
          l0.profile_no AS profile_no,
          l0.occurred_at AS occurred_at,
          l0.event_id AS event_id,
          l0.units AS units,
          l0.e0 AS e0,
          CASE
            WHEN SUBSTRING(l0.e0, 1, 1) = '"'
            THEN JSON_EXTRACT_STRING(JSON_VALUE(l0.e0, ''), '$')
            WHEN REGEXP_MATCHES(l0.e0, '\A(true|false|-?[0-9]{1,15}|-?[0-9]{1,9}\.[0-9]{1,4})\z')
            THEN l0.e0
          END AS e0_text
        FROM (
          SELECT
            found.metric AS metric,
            found.profile_no AS profile_no,
            found.occurred_at AS occurred_at,
            found.event_id AS event_id,
            found.units AS units,
            NULLIF(CAST(JSON_EXTRACT(found.properties, '/country') AS TEXT), 'null') AS e0
          FROM found AS found
        ) AS l0
      ) AS sieved
      WHERE
        COALESCE(sieved.e0_text = CAST($picked_valued_found_v1 AS TEXT), FALSE)
    ), changes0 AS (
      SELECT
        profile_history.profile_no AS profile_no,
        profile_history.value AS value,
        profile_history.revision AS n,
        MAX(profile_history.changed_at) OVER (
          PARTITION BY profile_history.profile_no
          ORDER BY profile_history.revision
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS since
      FROM profile_history AS profile_history
      WHERE
        profile_history.property = CAST($picked_valued_changes0_property AS TEXT)
    ), marks AS (
      SELECT
        found.metric AS metric,
        found.profile_no AS profile_no,
        found.occurred_at AS occurred_at,
        found.event_id AS event_id,
        found.units AS units,
        0 AS change,
        CAST(NULL AS BIGINT) AS n0
      FROM found AS found
      UNION ALL
      SELECT
        NULL AS _col_0,
        changes0.profile_no AS profile_no,
        changes0.since AS since,
        NULL AS _col_3,
        NULL AS _col_4,
        1 AS "1",
        changes0.n AS n
      FROM changes0 AS changes0
    ), carried AS (
      SELECT
        marks.metric AS metric,
        marks.profile_no AS profile_no,
        marks.occurred_at AS occurred_at,
        marks.event_id AS event_id,
        marks.units AS units,
        marks.change AS change,
        MAX(marks.n0) OVER (
          PARTITION BY marks.profile_no
          ORDER BY marks.occurred_at, marks.change DESC
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS n0
      FROM marks AS marks
    )
    SELECT
      c.metric AS metric,
      c.profile_no AS profile_no,
      c.occurred_at AS occurred_at,
      c.event_id AS event_id,
      c.units AS units,
      a0.value AS h0
    FROM (
      SELECT
        carried.metric AS metric,
        carried.profile_no AS profile_no,
        carried.occurred_at AS occurred_at,
        carried.event_id AS event_id,
        carried.units AS units,
        carried.n0 AS n0
      FROM carried AS carried
      WHERE
        carried.change = 0
    ) AS c
    JOIN changes0 AS a0
      ON a0.profile_no = c.profile_no AND a0.n = c.n0 AND NOT a0.value IS NULL
  )
  SELECT
    valued.metric AS metric,
    valued.profile_no AS profile_no,
    valued.occurred_at AS occurred_at,
    valued.event_id AS event_id,
    valued.units AS units,
    CASE
      WHEN SUBSTRING(valued.h0, 1, 1) = '"'
      THEN JSON_EXTRACT_STRING(JSON_VALUE(valued.h0, ''), '$')
      ELSE valued.h0
    END AS name
  FROM valued AS valued
)
SELECT
  picked.metric AS metric,
  picked.name AS name,
  COUNT(*) AS total,
  MAX(picked.occurred_at) AS newest,
  CAST(SUM(picked.units) AS BIGINT) AS units,
  COUNT(picked.units) AS valued,
  COUNT(DISTINCT picked.profile_no) AS uniques
FROM picked AS picked
GROUP BY
  picked.metric,
  picked.name
ORDER BY
  metric,
  name
LIMIT 100001
