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
            AND events.month BETWEEN 24316 AND 24318
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
              WHEN SUBSTR(l0.e0, 1, 1) = '"'
              THEN JSON_EXTRACT_SCALAR(l0.e0, '$')
              WHEN REGEXP_LIKE(l0.e0, '\A(true|false|-?[0-9]{1,15}|-?[0-9]{1,9}\.[0-9]{1,4})\z')
              THEN l0.e0
            END AS e0_text
          FROM (
            SELECT
              found.profile_no AS profile_no,
              found.occurred_at AS occurred_at,
              found.units AS units,
              NULLIF(JSON_FORMAT(JSON_EXTRACT(found.properties, '$["country"]')), 'null') AS e0,
              NULLIF(JSON_FORMAT(JSON_EXTRACT(found.properties, '$["coupon"]')), 'null') AS e1
            FROM found AS found
          ) AS l0
        ) AS sieved
        WHERE
          COALESCE(
            sieved.e0_text IN (
              CAST(? AS VARCHAR),
              CAST(? AS VARCHAR)
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
          profile_history.property = CAST(? AS VARCHAR)
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
        WHEN SUBSTR(valued.h0, 1, 1) = '"'
        THEN JSON_EXTRACT_SCALAR(valued.h0, '$')
        ELSE valued.h0
      END AS name
    FROM valued AS valued
  )
  SELECT
    sifted.profile_no AS profile_no,
    sifted.occurred_at AS occurred_at,
    sifted.units AS units,
    sifted.name AS name,
    DATE_ADD(
      'DAY',
      -1,
      DATE_TRUNC(
        'WEEK',
        DATE_ADD('DAY', 1, CAST(AT_TIMEZONE(sifted.occurred_at, 'Europe/Berlin') AS DATE))
      )
    ) AS bucket
  FROM sifted AS sifted
)
SELECT
  picked.name AS name,
  picked.bucket AS bucket,
  COUNT(*) AS total,
  MAX(picked.occurred_at) AS newest,
  SUM(picked.units) AS units,
  COUNT(picked.units) AS valued
FROM picked AS picked
GROUP BY
  picked.name,
  picked.bucket
ORDER BY
  name,
  bucket
LIMIT 100001
