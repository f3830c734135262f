WITH e1 AS (
  SELECT
    events.profile_no AS profile_no,
    events.occurred_at AS occurred_at,
    events.event_id AS event_id,
    CASE
      WHEN (
        events.value
      ) * CASE events.currency
        WHEN CAST($e1_v0 AS TEXT)
        THEN CAST($e1_v1 AS DOUBLE)
        ELSE CAST(1 AS DOUBLE)
      END BETWEEN -1e12 AND 1e12
      THEN CAST(ROUND(
        (
          events.value
        ) * CASE events.currency
          WHEN CAST($e1_v0 AS TEXT)
          THEN CAST($e1_v1 AS DOUBLE)
          ELSE CAST(1 AS DOUBLE)
        END * 10000
      ) AS BIGINT)
    END AS units
  FROM events_24304_24316 AS events
  WHERE
    events.metric_id = CAST($e1_v2 AS BIGINT)
    AND events.occurred_at >= CAST($e1_v3 AS TIMESTAMPTZ)
    AND events.occurred_at < CAST($e1_v4 AS TIMESTAMPTZ)
), e2 AS (
  SELECT
    events.profile_no AS profile_no,
    events.occurred_at AS occurred_at,
    events.event_id AS event_id,
    CASE
      WHEN (
        events.value
      ) * CASE events.currency
        WHEN CAST($e2_v0 AS TEXT)
        THEN CAST($e2_v1 AS DOUBLE)
        ELSE CAST(1 AS DOUBLE)
      END BETWEEN -1e12 AND 1e12
      THEN CAST(ROUND(
        (
          events.value
        ) * CASE events.currency
          WHEN CAST($e2_v0 AS TEXT)
          THEN CAST($e2_v1 AS DOUBLE)
          ELSE CAST(1 AS DOUBLE)
        END * 10000
      ) AS BIGINT)
    END AS units
  FROM events_24304_24318 AS events
  WHERE
    events.metric_id = CAST($e2_v2 AS BIGINT)
    AND events.occurred_at >= CAST($e2_v3 AS TIMESTAMPTZ)
    AND events.occurred_at < CAST($e2_v4 AS TIMESTAMPTZ)
), e3 AS (
  SELECT
    events.profile_no AS profile_no,
    events.occurred_at AS occurred_at,
    events.event_id AS event_id,
    CASE
      WHEN (
        events.value
      ) * CASE events.currency
        WHEN CAST($e3_v0 AS TEXT)
        THEN CAST($e3_v1 AS DOUBLE)
        ELSE CAST(1 AS DOUBLE)
      END BETWEEN -1e12 AND 1e12
      THEN CAST(ROUND(
        (
          events.value
        ) * CASE events.currency
          WHEN CAST($e3_v0 AS TEXT)
          THEN CAST($e3_v1 AS DOUBLE)
          ELSE CAST(1 AS DOUBLE)
        END * 10000
      ) AS BIGINT)
    END AS units
  FROM events_24304_24318 AS events
  WHERE
    events.metric_id = CAST($e3_v2 AS BIGINT)
    AND events.occurred_at >= CAST($e3_v3 AS TIMESTAMPTZ)
    AND events.occurred_at < CAST($e3_v4 AS TIMESTAMPTZ)
), a0 AS (
  SELECT
    e1.profile_no AS profile_no,
    e1.occurred_at AS occurred_at,
    e1.event_id AS event_id
  FROM e1 AS e1
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
    placed.place <= CAST($v0 AS BIGINT)
), w1 AS (
  SELECT
    a2.profile_no AS profile_no,
    ROW_NUMBER() OVER (PARTITION BY a2.profile_no ORDER BY a2.occurred_at, a2.event_id) AS no,
    a2.occurred_at AS t1,
    ',' || CAST(a2.event_id AS TEXT) || ',' AS used
  FROM a2 AS a2
), c2 AS (
  SELECT
    placed.profile_no AS profile_no,
    placed.occurred_at AS occurred_at,
    placed.event_id AS event_id
  FROM (
    SELECT
      e2.profile_no AS profile_no,
      e2.occurred_at AS occurred_at,
      e2.event_id AS event_id,
      ROW_NUMBER() OVER (PARTITION BY e2.profile_no, e2.occurred_at ORDER BY e2.event_id) AS place
    FROM e2 AS e2
  ) AS placed
  WHERE
    placed.place <= CAST($v1 AS BIGINT)
), s1 AS (
  SELECT
    w.profile_no AS profile_no,
    w.no AS no,
    w.t1 AS t1,
    w.used AS used,
    MIN(
      CASE
        WHEN STRPOS(w.used, ',' || CAST(c.event_id AS TEXT) || ',') = 0
        THEN c.event_id
      END
    ) AS same_id
  FROM w1 AS w
  LEFT JOIN c2 AS c
    ON c.profile_no = w.profile_no AND c.occurred_at = w.t1
  GROUP BY
    w.profile_no,
    w.no,
    w.t1,
    w.used
), f2 AS (
  SELECT
    c2.profile_no AS profile_no,
    c2.occurred_at AS occurred_at,
    MIN(c2.event_id) AS first_id
  FROM c2 AS c2
  GROUP BY
    c2.profile_no,
    c2.occurred_at
), n1 AS (
  SELECT
    carried.profile_no AS profile_no,
    carried.no AS no,
    carried.t1 AS t1,
    carried.used AS used,
    carried.same_id AS same_id,
    carried.next_at AS next_at
  FROM (
    SELECT
      both_.profile_no AS profile_no,
      both_.no AS no,
      both_.t1 AS t1,
      both_.used AS used,
      both_.same_id AS same_id,
      both_.is_next AS is_next,
      MIN(both_.event_at) OVER (
        PARTITION BY both_.profile_no
        ORDER BY both_.t1 DESC, both_.is_next ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS next_at
    FROM (
      SELECT
        s1.profile_no AS profile_no,
        s1.no AS no,
        s1.t1 AS t1,
        s1.used AS used,
        s1.same_id AS same_id,
        0 AS is_next,
        CAST(NULL AS TIMESTAMPTZ) AS event_at
      FROM s1 AS s1
      UNION ALL
      SELECT
        f2.profile_no AS profile_no,
        CAST(NULL AS BIGINT) AS "null",
        f2.occurred_at AS occurred_at,
        CAST(NULL AS TEXT) AS "null",
        CAST(NULL AS BIGINT) AS "null",
        1 AS "1",
        f2.occurred_at AS occurred_at
      FROM f2 AS f2
    ) AS both_
  ) AS carried
  WHERE
    carried.is_next = 0
), w2 AS (
  SELECT
    n.profile_no AS profile_no,
    n.no AS no,
    n.t1 AS t1,
    CASE
      WHEN NOT n.same_id IS NULL
      THEN n.t1
      ELSE CASE WHEN NOT n.t1 IS NULL THEN n.next_at END
    END AS t2,
    CASE
      WHEN NOT n.same_id IS NULL
      THEN n.used || ',' || CAST(n.same_id AS TEXT) || ','
      ELSE ',' || CAST(f.first_id AS TEXT) || ','
    END AS used
  FROM n1 AS n
  LEFT JOIN f2 AS f
    ON f.profile_no = n.profile_no AND f.occurred_at = n.next_at
), c3 AS (
  SELECT
    placed.profile_no AS profile_no,
    placed.occurred_at AS occurred_at,
    placed.event_id AS event_id
  FROM (
    SELECT
      e3.profile_no AS profile_no,
      e3.occurred_at AS occurred_at,
      e3.event_id AS event_id,
      ROW_NUMBER() OVER (PARTITION BY e3.profile_no, e3.occurred_at ORDER BY e3.event_id) AS place
    FROM e3 AS e3
  ) AS placed
  WHERE
    placed.place <= CAST($v2 AS BIGINT)
), s2 AS (
  SELECT
    w.profile_no AS profile_no,
    w.no AS no,
    w.t1 AS t1,
    w.t2 AS t2,
    w.used AS used,
    MIN(
      CASE
        WHEN STRPOS(w.used, ',' || CAST(c.event_id AS TEXT) || ',') = 0
        THEN c.event_id
      END
    ) AS same_id
  FROM w2 AS w
  LEFT JOIN c3 AS c
    ON c.profile_no = w.profile_no AND c.occurred_at = w.t2
  GROUP BY
    w.profile_no,
    w.no,
    w.t1,
    w.t2,
    w.used
), f3 AS (
  SELECT
    c3.profile_no AS profile_no,
    c3.occurred_at AS occurred_at,
    MIN(c3.event_id) AS first_id
  FROM c3 AS c3
  GROUP BY
    c3.profile_no,
    c3.occurred_at
), n2 AS (
  SELECT
    carried.profile_no AS profile_no,
    carried.no AS no,
    carried.t1 AS t1,
    carried.t2 AS t2,
    carried.used AS used,
    carried.same_id AS same_id,
    carried.next_at AS next_at
  FROM (
    SELECT
      both_.profile_no AS profile_no,
      both_.no AS no,
      both_.t1 AS t1,
      both_.t2 AS t2,
      both_.used AS used,
      both_.same_id AS same_id,
      both_.is_next AS is_next,
      MIN(both_.event_at) OVER (
        PARTITION BY both_.profile_no
        ORDER BY both_.t2 DESC, both_.is_next ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS next_at
    FROM (
      SELECT
        s2.profile_no AS profile_no,
        s2.no AS no,
        s2.t1 AS t1,
        s2.t2 AS t2,
        s2.used AS used,
        s2.same_id AS same_id,
        0 AS is_next,
        CAST(NULL AS TIMESTAMPTZ) AS event_at
      FROM s2 AS s2
      UNION ALL
      SELECT
        f3.profile_no AS profile_no,
        CAST(NULL AS BIGINT) AS "null",
        CAST(NULL AS TIMESTAMPTZ) AS "null",
        f3.occurred_at AS occurred_at,
        CAST(NULL AS TEXT) AS "null",
        CAST(NULL AS BIGINT) AS "null",
        1 AS "1",
        f3.occurred_at AS occurred_at
      FROM f3 AS f3
    ) AS both_
  ) AS carried
  WHERE
    carried.is_next = 0
), w3 AS (
  SELECT
    n.profile_no AS profile_no,
    n.no AS no,
    n.t1 AS t1,
    n.t2 AS t2,
    CASE
      WHEN NOT n.same_id IS NULL
      THEN n.t2
      ELSE CASE WHEN NOT n.t2 IS NULL THEN n.next_at END
    END AS t3,
    CASE
      WHEN NOT n.same_id IS NULL
      THEN n.used || ',' || CAST(n.same_id AS TEXT) || ','
      ELSE ',' || CAST(f.first_id AS TEXT) || ','
    END AS used
  FROM n2 AS n
  LEFT JOIN f3 AS f
    ON f.profile_no = n.profile_no AND f.occurred_at = n.next_at
), led AS (
  SELECT
    w3.no AS no,
    w3.t1 AS t1,
    w3.t2 AS t2,
    w3.t3 AS t3,
    MIN(CASE WHEN NOT w3.t2 IS NULL THEN w3.no END) OVER (PARTITION BY w3.profile_no) AS f2,
    MIN(CASE WHEN NOT w3.t3 IS NULL THEN w3.no END) OVER (PARTITION BY w3.profile_no) AS f3
  FROM w3 AS w3
), waited AS (
  SELECT
    led.no AS no,
    led.t1 AS t1,
    led.t2 AS t2,
    led.t3 AS t3,
    led.f2 AS f2,
    led.f3 AS f3,
    CASE
      WHEN led.no = led.f2
      THEN (
        EPOCH_US(led.t2) - EPOCH_US(led.t1)
      ) // 1000
    END AS d2,
    CASE
      WHEN led.no = led.f3
      THEN (
        EPOCH_US(led.t3) - EPOCH_US(led.t2)
      ) // 1000
    END AS d3
  FROM led AS led
), one AS (
  SELECT
    COUNT(CASE WHEN waited.no = 1 THEN 1 END) AS n1,
    MAX(waited.t1) AS m1,
    COUNT(CASE WHEN waited.no = waited.f2 THEN 1 END) AS n2,
    MAX(waited.t2) AS m2,
    QUANTILE_DISC(waited.d2, 0.499999999999) AS l2,
    -QUANTILE_DISC(-waited.d2, 0.499999999999) AS h2,
    COUNT(CASE WHEN waited.no = waited.f3 THEN 1 END) AS n3,
    MAX(waited.t3) AS m3,
    QUANTILE_DISC(waited.d3, 0.499999999999) AS l3,
    -QUANTILE_DISC(-waited.d3, 0.499999999999) AS h3
  FROM waited AS waited
)
SELECT
  steps.step AS step,
  CASE steps.step WHEN 1 THEN one.n1 WHEN 2 THEN one.n2 WHEN 3 THEN one.n3 END AS profiles,
  CASE steps.step
    WHEN 1
    THEN CAST(NULL AS BIGINT)
    WHEN 2
    THEN one.l2
    WHEN 3
    THEN one.l3
  END AS low,
  CASE steps.step
    WHEN 1
    THEN CAST(NULL AS BIGINT)
    WHEN 2
    THEN one.h2
    WHEN 3
    THEN one.h3
  END AS high,
  CASE steps.step WHEN 1 THEN one.m1 WHEN 2 THEN one.m2 WHEN 3 THEN one.m3 END AS newest
FROM one AS one
CROSS JOIN (
  SELECT
    1 AS step
  UNION ALL
  SELECT
    2 AS step
  UNION ALL
  SELECT
    3 AS step
) AS steps
ORDER BY
  step
