WITH picked AS (
  WITH sifted AS (
    WITH valued AS (
      WITH found AS (
        WITH found AS (
          SELECT
            events.profile_no AS profile_no,
            events.occurred_at AS occurred_at,
            events.event_id AS event_id,
            events.properties AS properties,
            events.value AS value,
            CASE
              WHEN (
                events.value
              ) * CASE events.currency
                WHEN CAST($picked_sifted_valued_found_found_v0 AS TEXT)
                THEN CAST($picked_sifted_valued_found_found_v1 AS DOUBLE)
                ELSE CAST(1 AS DOUBLE)
              END BETWEEN -1e12 AND 1e12
              THEN CAST(ROUND(
                (
                  events.value
                ) * CASE events.currency
                  WHEN CAST($picked_sifted_valued_found_found_v0 AS TEXT)
                  THEN CAST($picked_sifted_valued_found_found_v1 AS DOUBLE)
                  ELSE CAST(1 AS DOUBLE)
                END * 10000
              ) AS BIGINT)
            END AS units
          FROM events_24316_24318 AS events
          WHERE
            events.metric_id = CAST($picked_sifted_valued_found_found_v2 AS BIGINT)
            AND events.occurred_at >= CAST($picked_sifted_valued_found_found_v3 AS TIMESTAMPTZ)
            AND events.occurred_at < CAST($picked_sifted_valued_found_found_v4 AS TIMESTAMPTZ)
        )
        SELECT
          sieved.profile_no AS profile_no,
          sieved.occurred_at AS occurred_at,
          sieved.units AS units
        FROM (
          SELECT
            l0.profile_no AS profile_no,
            l0.occurred_at AS occurred_at,
            l0.units AS units,
            l0.e0 AS e0,
            l0.e1 AS e1,
            CASE
              WHEN SUBSTRING(l0.e0, 1, 1) = '"'
              THEN JSON_EXTRACT_STRING(JSON_VALUE(l0.e0, ''), '$')
              WHEN REGEXP_MATCHES(l0.e0, '\A(true|false|-?[0-9]{1,15}|-?[0-9]{1,9}\.[0-9]{1,4})\z')
              THEN l0.e0
            END AS e0_text
          FROM (
            SELECT
              found.profile_no AS profile_no,
              found.occurred_at AS occurred_at,
              found.units AS units,
              NULLIF(CAST(JSON_EXTRACT(found.properties, '/country') AS TEXT), 'null') AS e0,
              NULLIF(CAST(JSON_EXTRACT(found.properties, '/coupon') AS TEXT), 'null') AS e1
            FROM found AS found
          ) AS l0
        ) AS sieved
        WHERE
          COALESCE(
            sieved.e0_text IN (
              CAST($picked_sifted_valued_found_v1_0 AS TEXT),
              CAST($picked_sifted_valued_found_v1_1 AS TEXT)
            ),
            FALSE
          )
          AND NOT COALESCE(sieved.e1 <> 'null', FALSE)
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
          profile_history.property = CAST($picked_sifted_valued_changes0_property AS TEXT)
      ), marks AS (
        SELECT
          found.profile_no AS profile_no,
          found.occurred_at AS occurred_at,
          found.units AS units,
          0 AS change,
          CAST(NULL AS BIGINT) AS n0
        FROM found AS found
        UNION ALL
        SELECT
          changes0.profile_no AS profile_no,
          changes0.since AS since,
          NULL AS _col_2,
          1 AS "1",
          changes0.n AS n
        FROM changes0 AS changes0
      ), carried AS (
        SELECT
          marks.profile_no AS profile_no,
          marks.occurred_at AS occurred_at,
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
        c.profile_no AS profile_no,
        c.occurred_at AS occurred_at,
        c.units AS units,
        a0.value AS h0
      FROM (
        SELECT
          carried.profile_no AS profile_no,
          carried.occurred_at AS occurred_at,
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
      valued.profile_no AS profile_no,
      valued.occurred_at AS occurred_at,
      valued.units AS units,
      CASE
        WHEN SUBSTRING(valued.h0, 1, 1) = '"'
        THEN JSON_EXTRACT_STRING(JSON_VALUE(valued.h0, ''), '$')
        ELSE valued.h0
      END AS name
    FROM valued AS valued
  )
  SELECT
    sifted.profile_no AS profile_no,
    sifted.occurred_at AS occurred_at,
    sifted.units AS units,
    sifted.name AS name,
    CAST(CAST(DATE_TRUNC(
      'WEEK',
      CAST(CAST(CASE
        WHEN EPOCH_US(sifted.occurred_at) < 1777593600000000
        OR EPOCH_US(sifted.occurred_at) >= 1785542400000000
        THEN sifted.occurred_at AT TIME ZONE 'Europe/Berlin'
        ELSE MAKE_TIMESTAMP(EPOCH_US(sifted.occurred_at) + 7200000000)
      END AS DATE) + INTERVAL 1 DAY AS DATE)
    ) AS DATE) + INTERVAL (-1) DAY AS DATE) AS bucket
  FROM sifted AS sifted
)
SELECT
  picked.name AS name,
  picked.bucket AS bucket,
  COUNT(*) AS total,
  MAX(picked.occurred_at) AS newest,
  CAST(SUM(picked.units) AS BIGINT) AS units,
  COUNT(picked.units) AS valued
FROM picked AS picked
GROUP BY
  picked.name,
  picked.bucket
ORDER BY
  name,
  bucket
LIMIT 100001
