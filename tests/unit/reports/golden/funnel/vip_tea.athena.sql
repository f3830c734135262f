WITH members AS (
  WITH spans AS (
    WITH pairs AS (
      SELECT
        segment_log.group_id AS group_id,
        segment_log.profile_no AS profile_no,
        COUNT(*) AS entries,
        MIN(CASE WHEN segment_log.action = 'joined' THEN segment_log.occurred_at END) AS joined_at,
        MIN(CASE WHEN segment_log.action = 'left' THEN segment_log.occurred_at END) AS left_at,
        MIN(CASE WHEN segment_log.action = 'joined' THEN segment_log.logged_at END) AS joined_logged,
        MIN(CASE WHEN segment_log.action = 'left' THEN segment_log.logged_at END) AS left_logged
      FROM segment_log AS segment_log
      WHERE
        segment_log.group_id IN (CAST(? AS VARCHAR))
      GROUP BY
        segment_log.group_id,
        segment_log.profile_no
    ), sorted AS (
      SELECT
        pairs.group_id AS group_id,
        pairs.profile_no AS profile_no,
        pairs.joined_at AS joined_at,
        pairs.left_at AS left_at,
        CASE
          WHEN pairs.entries = 1
          OR pairs.entries = 2
          AND pairs.joined_at < pairs.left_at
          AND pairs.joined_logged < pairs.left_logged
          THEN 1
          ELSE 0
        END AS plain
      FROM pairs AS pairs
    ), entries AS (
      SELECT
        g.group_id AS group_id,
        g.profile_no AS profile_no,
        g.occurred_at AS occurred_at,
        g.action AS action,
        MIN(g.occurred_at) OVER (
          PARTITION BY g.group_id, g.profile_no
          ORDER BY g.logged_at DESC, g.action, g.log_id DESC
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS later
      FROM segment_log AS g
      JOIN sorted AS s
        ON s.group_id = g.group_id AND s.profile_no = g.profile_no AND s.plain = 0
    ), valid AS (
      SELECT
        entries.group_id AS group_id,
        entries.profile_no AS profile_no,
        entries.occurred_at AS occurred_at,
        entries.action AS action,
        LAG(entries.action) OVER (PARTITION BY entries.group_id, entries.profile_no ORDER BY entries.occurred_at) AS previous
      FROM entries AS entries
      WHERE
        entries.later IS NULL OR entries.occurred_at < entries.later
    ), mixed AS (
      SELECT
        valid.group_id AS group_id,
        valid.profile_no AS profile_no,
        valid.occurred_at AS occurred_at,
        valid.action AS action,
        LEAD(valid.occurred_at) OVER (PARTITION BY valid.group_id, valid.profile_no ORDER BY valid.occurred_at) AS until
      FROM valid AS valid
      WHERE
        valid.action <> COALESCE(valid.previous, 'left')
    )
    SELECT
      sorted.group_id AS group_id,
      sorted.profile_no AS profile_no,
      sorted.joined_at AS since,
      sorted.left_at AS until
    FROM sorted AS sorted
    WHERE
      sorted.plain = 1 AND NOT sorted.joined_at IS NULL
    UNION ALL
    SELECT
      mixed.group_id AS group_id,
      mixed.profile_no AS profile_no,
      mixed.occurred_at AS since,
      mixed.until AS until
    FROM mixed AS mixed
    WHERE
      mixed.action = 'joined'
  )
  SELECT
    spans.group_id AS group_id,
    spans.profile_no AS profile_no
  FROM spans AS spans
  WHERE
    spans.since <= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    AND (
      spans.until IS NULL
      OR CAST(? AS TIMESTAMP(6) WITH TIME ZONE) < spans.until
    )
), e1 AS (
  SELECT
    found.profile_no AS profile_no,
    found.occurred_at AS occurred_at,
    found.event_id AS event_id,
    CASE
      WHEN found.metric_id = CAST(? AS BIGINT)
      AND COALESCE(found.g0_0_text = CAST(? AS VARCHAR), FALSE)
      THEN CASE
        WHEN (
          found.value
        ) * CASE found.currency
          WHEN CAST(? AS VARCHAR)
          THEN CAST(? AS DOUBLE)
          ELSE CAST(1 AS DOUBLE)
        END BETWEEN -1e12 AND 1e12
        THEN CAST(ROUND(
          (
            found.value
          ) * CASE found.currency
            WHEN CAST(? AS VARCHAR)
            THEN CAST(? AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END * 10000
        ) AS BIGINT)
      END
    END AS units
  FROM (
    SELECT
      l0.profile_no AS profile_no,
      l0.occurred_at AS occurred_at,
      l0.event_id AS event_id,
      l0.metric_id AS metric_id,
      l0.value AS value,
      l0.currency AS currency,
      l0.g0_0 AS g0_0,
      CASE
        WHEN SUBSTR(l0.g0_0, 1, 1) = '"'
        THEN JSON_EXTRACT_SCALAR(l0.g0_0, '$')
        WHEN REGEXP_LIKE(l0.g0_0, '\A(true|false|-?[0-9]{1,15}|-?[0-9]{1,9}\.[0-9]{1,4})\z')
        THEN l0.g0_0
      END AS g0_0_text
    FROM (
      SELECT
        events.profile_no AS profile_no,
        events.occurred_at AS occurred_at,
        events.event_id AS event_id,
        events.metric_id AS metric_id,
        events.value AS value,
        events.currency AS currency,
        NULLIF(JSON_FORMAT(JSON_EXTRACT(events.properties, '$["ProductName"]')), 'null') AS g0_0
      FROM events AS events
      WHERE
        (
          events.metric_id IN (CAST(? AS BIGINT))
          AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
          AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        )
        AND events.month BETWEEN 24305 AND 24318
    ) AS l0
  ) AS found
  WHERE
    (
      found.metric_id = CAST(? AS BIGINT)
      AND COALESCE(found.g0_0_text = CAST(? AS VARCHAR), FALSE)
    )
), e2 AS (
  SELECT
    found.profile_no AS profile_no,
    found.occurred_at AS occurred_at,
    found.event_id AS event_id,
    CASE
      WHEN found.metric_id = CAST(? AS BIGINT)
      AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
      THEN CASE
        WHEN (
          found.value
        ) * CASE found.currency
          WHEN CAST(? AS VARCHAR)
          THEN CAST(? AS DOUBLE)
          ELSE CAST(1 AS DOUBLE)
        END BETWEEN -1e12 AND 1e12
        THEN CAST(ROUND(
          (
            found.value
          ) * CASE found.currency
            WHEN CAST(? AS VARCHAR)
            THEN CAST(? AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END * 10000
        ) AS BIGINT)
      END
    END AS units
  FROM (
    SELECT
      events.profile_no AS profile_no,
      events.occurred_at AS occurred_at,
      events.event_id AS event_id,
      events.metric_id AS metric_id,
      events.value AS value,
      events.currency AS currency,
      NULLIF(JSON_FORMAT(JSON_EXTRACT(events.properties, '$["coupon"]')), 'null') AS g0_0
    FROM events AS events
    WHERE
      (
        events.metric_id IN (CAST(? AS BIGINT))
        AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      )
      AND events.month BETWEEN 24305 AND 24318
  ) AS found
  WHERE
    (
      found.metric_id = CAST(? AS BIGINT)
      AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
    )
), a0 AS (
  SELECT
    e1.profile_no AS profile_no,
    e1.occurred_at AS occurred_at,
    e1.event_id AS event_id
  FROM e1 AS e1
  WHERE
    e1.profile_no IN (
      SELECT
        members.profile_no AS profile_no
      FROM members AS members
    )
), a1 AS (
  SELECT
    ranked.profile_no AS profile_no,
    ranked.occurred_at AS occurred_at,
    ranked.event_id AS event_id
  FROM (
    SELECT
      a0.profile_no AS profile_no,
      a0.occurred_at AS occurred_at,
      a0.event_id AS event_id,
      RANK() OVER (PARTITION BY a0.profile_no ORDER BY a0.occurred_at) AS early
    FROM a0 AS a0
  ) AS ranked
  WHERE
    ranked.early = 1
), a2 AS (
  SELECT
    placed.profile_no AS profile_no,
    placed.occurred_at AS occurred_at,
    placed.event_id AS event_id
  FROM (
    SELECT
      a1.profile_no AS profile_no,
      a1.occurred_at AS occurred_at,
      a1.event_id AS event_id,
      ROW_NUMBER() OVER (PARTITION BY a1.profile_no, a1.occurred_at ORDER BY a1.event_id) AS place
    FROM a1 AS a1
  ) AS placed
  WHERE
    placed.place <= CAST(? AS BIGINT)
), w1 AS (
  SELECT
    a2.profile_no AS profile_no,
    ROW_NUMBER() OVER (PARTITION BY a2.profile_no ORDER BY a2.occurred_at, a2.event_id) AS no,
    a2.occurred_at AS t1
  FROM a2 AS a2
), n1 AS (
  SELECT
    carried.profile_no AS profile_no,
    carried.no AS no,
    carried.t1 AS t1,
    carried.next_at AS next_at
  FROM (
    SELECT
      both_.profile_no AS profile_no,
      both_.no AS no,
      both_.t1 AS t1,
      both_.is_next AS is_next,
      MIN(both_.event_at) OVER (
        PARTITION BY both_.profile_no
        ORDER BY both_.t1 DESC, both_.is_next DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS next_at
    FROM (
      SELECT
        w1.profile_no AS profile_no,
        w1.no AS no,
        w1.t1 AS t1,
        0 AS is_next,
        CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS event_at
      FROM w1 AS w1
      UNION ALL
      SELECT
        e2.profile_no AS profile_no,
        CAST(NULL AS BIGINT) AS "null",
        e2.occurred_at AS occurred_at,
        1 AS "1",
        e2.occurred_at AS occurred_at
      FROM e2 AS e2
    ) AS both_
  ) AS carried
  WHERE
    carried.is_next = 0
), w2 AS (
  SELECT
    n1.profile_no AS profile_no,
    n1.no AS no,
    n1.t1 AS t1,
    CASE WHEN NOT n1.t1 IS NULL THEN n1.next_at END AS t2
  FROM n1 AS n1
), led AS (
  SELECT
    w2.no AS no,
    w2.t1 AS t1,
    w2.t2 AS t2,
    MIN(CASE WHEN NOT w2.t2 IS NULL THEN w2.no END) OVER (PARTITION BY w2.profile_no) AS f2
  FROM w2 AS w2
), waited AS (
  SELECT
    led.no AS no,
    led.t1 AS t1,
    led.t2 AS t2,
    led.f2 AS f2,
    CASE WHEN led.no = led.f2 THEN DATE_DIFF('MILLISECOND', led.t1, led.t2) END AS d2
  FROM led AS led
), one AS (
  SELECT
    COUNT(CASE WHEN waited.no = 1 THEN 1 END) AS n1,
    MAX(waited.t1) AS m1,
    COUNT(CASE WHEN waited.no = waited.f2 THEN 1 END) AS n2,
    MAX(waited.t2) AS m2,
    ELEMENT_AT(ARRAY_SORT(ARRAY_AGG(waited.d2)), (
      COUNT(waited.d2) + 1
    ) / 2) AS l2,
    ELEMENT_AT(ARRAY_SORT(ARRAY_AGG(waited.d2)), COUNT(waited.d2) / 2 + 1) AS h2
  FROM waited AS waited
)
SELECT
  steps.step AS step,
  CASE steps.step WHEN 1 THEN one.n1 WHEN 2 THEN one.n2 END AS profiles,
  CASE steps.step WHEN 1 THEN CAST(NULL AS BIGINT) WHEN 2 THEN one.l2 END AS low,
  CASE steps.step WHEN 1 THEN CAST(NULL AS BIGINT) WHEN 2 THEN one.h2 END AS high,
  CASE steps.step WHEN 1 THEN one.m1 WHEN 2 THEN one.m2 END AS newest
FROM one AS one
CROSS JOIN (
  SELECT
    1 AS step
  UNION ALL
  SELECT
    2 AS step
) AS steps
ORDER BY
  step
