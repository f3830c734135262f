WITH placed AS (
  WITH found AS (
    WITH valued AS (
      WITH found AS (
        WITH s0 AS (
          SELECT
            events.profile_no AS profile_no,
            events.occurred_at AS occurred_at,
            events.event_id AS event_id,
            events.categories AS categories,
            events.metric_id AS metric_id,
            events.properties AS properties,
            events.currency AS currency,
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
              (
                events.metric_id IN (
                  CAST(? AS BIGINT),
                  CAST(? AS BIGINT),
                  CAST(? AS BIGINT)
                )
                AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
                AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
              )
              AND (
                NOT events.categories IS NULL
              )
            )
            AND events.month BETWEEN 24305 AND 24317
        ), old0 AS (
          SELECT
            events.profile_no AS profile_no,
            events.occurred_at AS occurred_at,
            events.event_id AS event_id,
            events.categories AS categories,
            events.metric_id AS metric_id,
            events.properties AS properties,
            events.currency AS currency,
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
              (
                events.metric_id IN (
                  CAST(? AS BIGINT),
                  CAST(? AS BIGINT),
                  CAST(? AS BIGINT)
                )
                AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
                AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
              )
              AND (
                events.categories IS NULL
              )
            )
            AND events.month BETWEEN 24305 AND 24317
        )
        SELECT
          CASE s0.metric_id WHEN 4 THEN 0 WHEN 5 THEN 1 WHEN 1 THEN 2 END AS step,
          NULLIF(s0.categories, '') AS own,
          s0.profile_no AS profile_no,
          s0.occurred_at AS occurred_at,
          s0.event_id AS event_id,
          s0.currency AS currency,
          s0.units AS units
        FROM s0 AS s0
        UNION ALL
        SELECT
          CASE old0.metric_id WHEN 4 THEN 0 WHEN 5 THEN 1 WHEN 1 THEN 2 END AS step,
          NULLIF(
            COALESCE(
              NULLIF(JSON_FORMAT(JSON_EXTRACT(old0.properties, '$.Categories')), 'null'),
              JSON_FORMAT(JSON_EXTRACT(old0.properties, '$.Collections'))
            ),
            'null'
          ) AS own,
          old0.profile_no AS profile_no,
          old0.occurred_at AS occurred_at,
          old0.event_id AS event_id,
          old0.currency AS currency,
          old0.units AS units
        FROM old0 AS old0
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
          found.step AS step,
          found.profile_no AS profile_no,
          found.occurred_at AS occurred_at,
          found.event_id AS event_id,
          found.currency AS currency,
          found.units AS units,
          found.own AS own,
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
          NULL AS _col_5,
          NULL AS _col_6,
          1 AS "1",
          changes0.n AS n
        FROM changes0 AS changes0
      ), carried AS (
        SELECT
          marks.step AS step,
          marks.profile_no AS profile_no,
          marks.occurred_at AS occurred_at,
          marks.event_id AS event_id,
          marks.currency AS currency,
          marks.units AS units,
          marks.own AS own,
          marks.change AS change,
          MAX(marks.n0) OVER (
            PARTITION BY marks.profile_no
            ORDER BY marks.occurred_at, marks.change DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS n0
        FROM marks AS marks
      )
      SELECT
        c.step AS step,
        c.profile_no AS profile_no,
        c.occurred_at AS occurred_at,
        c.event_id AS event_id,
        c.currency AS currency,
        c.units AS units,
        c.own AS own,
        a0.value AS h0
      FROM (
        SELECT
          carried.step AS step,
          carried.profile_no AS profile_no,
          carried.occurred_at AS occurred_at,
          carried.event_id AS event_id,
          carried.currency AS currency,
          carried.units AS units,
          carried.own AS own,
          carried.n0 AS n0
        FROM carried AS carried
        WHERE
          carried.change = 0
      ) AS c
      JOIN changes0 AS a0
        ON a0.profile_no = c.profile_no AND a0.n = c.n0 AND NOT a0.value IS NULL
    )
    SELECT
      layered.step AS step,
      layered.profile_no AS profile_no,
      layered.occurred_at AS occurred_at,
      layered.event_id AS event_id,
      layered.currency AS currency,
      layered.units AS units,
      layered.own AS own
    FROM (
      SELECT
        l0.step AS step,
        l0.profile_no AS profile_no,
        l0.occurred_at AS occurred_at,
        l0.event_id AS event_id,
        l0.currency AS currency,
        l0.units AS units,
        l0.own AS own,
        l0.p0 AS p0,
        CASE
          WHEN SUBSTR(l0.p0, 1, 1) = '"'
          THEN JSON_EXTRACT_SCALAR(l0.p0, '$')
          WHEN REGEXP_LIKE(l0.p0, '\A(true|false|-?[0-9]{1,15}|-?[0-9]{1,9}\.[0-9]{1,4})\z')
          THEN l0.p0
        END AS p0_text
      FROM (
        SELECT
          valued.step AS step,
          valued.profile_no AS profile_no,
          valued.occurred_at AS occurred_at,
          valued.event_id AS event_id,
          valued.currency AS currency,
          valued.units AS units,
          valued.own AS own,
          valued.h0 AS p0
        FROM valued AS valued
      ) AS l0
    ) AS layered
    WHERE
      COALESCE(layered.p0_text = CAST(? AS VARCHAR), FALSE)
  ), lines AS (
    SELECT
      order_items.event_id AS event_id,
      CAST(NULL AS VARCHAR) AS name,
      order_items.categories AS own,
      CASE
        WHEN order_items.quantity * order_items.item_price BETWEEN -1e12 AND 1e12
        THEN CAST(ROUND(order_items.quantity * order_items.item_price * 10000) AS BIGINT)
      END AS units
    FROM order_items AS order_items
    WHERE
      (
        order_items.metric_id IN (
          CAST(? AS BIGINT),
          CAST(? AS BIGINT),
          CAST(? AS BIGINT)
        )
        AND order_items.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND order_items.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      )
      AND order_items.month BETWEEN 24305 AND 24317
  ), line_members AS (
    SELECT DISTINCT
      d.own AS own,
      COALESCE(JSON_EXTRACT_SCALAR(JSON_FORMAT(members.item), '$'), JSON_FORMAT(members.item)) AS name
    FROM (
      SELECT DISTINCT
        lines.own AS own
      FROM lines AS lines
      WHERE
        NOT lines.own IS NULL
    ) AS d
    CROSS JOIN UNNEST(TRY_CAST(JSON_EXTRACT(CASE WHEN SUBSTR(d.own, 1, 1) = '[' THEN d.own ELSE '[' || d.own || ']' END, '$') AS ARRAY(JSON))) AS members(item)
    WHERE
      JSON_FORMAT(members.item) <> 'null'
  ), bought AS (
    SELECT
      l.event_id AS event_id,
      COALESCE(m.name, '') AS name,
      SUM(l.units) AS units
    FROM lines AS l
    LEFT JOIN line_members AS m
      ON m.own = l.own
    GROUP BY
      l.event_id,
      COALESCE(m.name, '')
  )
  SELECT
    f.step AS step,
    f.profile_no AS profile_no,
    f.occurred_at AS occurred_at,
    b.name AS name,
    CASE WHEN b.event_id IS NULL THEN f.own END AS own,
    CASE
      WHEN b.event_id IS NULL
      THEN f.units
      ELSE CASE
        WHEN (
          CAST(b.units AS DOUBLE) / 10000
        ) * CASE f.currency
          WHEN CAST(? AS VARCHAR)
          THEN CAST(? AS DOUBLE)
          ELSE CAST(1 AS DOUBLE)
        END BETWEEN -1e12 AND 1e12
        THEN CAST(ROUND(
          (
            CAST(b.units AS DOUBLE) / 10000
          ) * CASE f.currency
            WHEN CAST(? AS VARCHAR)
            THEN CAST(? AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END * 10000
        ) AS BIGINT)
      END
    END AS units
  FROM found AS f
  LEFT JOIN bought AS b
    ON b.event_id = f.event_id
), people AS (
  SELECT
    placed.step AS step,
    placed.profile_no AS profile_no,
    placed.name AS name,
    placed.own AS own,
    COUNT(*) AS total,
    SUM(placed.units) AS units,
    MAX(placed.occurred_at) AS newest
  FROM placed AS placed
  GROUP BY
    placed.step,
    placed.profile_no,
    placed.name,
    placed.own
), members AS (
  SELECT DISTINCT
    d.own AS own,
    COALESCE(JSON_EXTRACT_SCALAR(JSON_FORMAT(members.item), '$'), JSON_FORMAT(members.item)) AS name
  FROM (
    SELECT DISTINCT
      people.own AS own
    FROM people AS people
    WHERE
      NOT people.own IS NULL
  ) AS d
  CROSS JOIN UNNEST(TRY_CAST(JSON_EXTRACT(CASE WHEN SUBSTR(d.own, 1, 1) = '[' THEN d.own ELSE '[' || d.own || ']' END, '$') AS ARRAY(JSON))) AS members(item)
  WHERE
    JSON_FORMAT(members.item) <> 'null'
), named AS (
  SELECT
    p.step AS step,
    p.profile_no AS profile_no,
    COALESCE(p.name, m.name, '') AS name,
    p.total AS total,
    p.units AS units,
    p.newest AS newest
  FROM people AS p
  LEFT JOIN members AS m
    ON m.own = p.own
)
SELECT
  named.step AS step,
  named.name AS name,
  SUM(named.total) AS total,
  COUNT(DISTINCT named.profile_no) AS uniques,
  SUM(named.units) AS units,
  MAX(named.newest) AS newest
FROM named AS named
GROUP BY
  named.step,
  named.name
ORDER BY
  step,
  name
LIMIT 100001
