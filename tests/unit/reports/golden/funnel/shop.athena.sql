WITH e1 AS (
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
    END AS units
  FROM events AS events
  WHERE
    (
      events.metric_id = CAST(? AS BIGINT)
      AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    )
    AND events.month BETWEEN 24305 AND 24318
), e2 AS (
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
    END AS units
  FROM events AS events
  WHERE
    (
      events.metric_id = CAST(? AS BIGINT)
      AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    )
    AND events.month BETWEEN 24305 AND 24318
), e3 AS (
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
    END AS units
  FROM events AS events
  WHERE
    (
      events.metric_id = CAST(? AS BIGINT)
      AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    )
    AND events.month BETWEEN 24305 AND 24318
), e4 AS (
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
    END AS units
  FROM events AS events
  WHERE
    (
      events.metric_id = CAST(? AS BIGINT)
      AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    )
    AND events.month BETWEEN 24305 AND 24318
), a0 AS (
  SELECT
    e1.profile_no AS profile_no,
    e1.occurred_at AS occurred_at,
    e1.event_id AS event_id
  FROM e1 AS e1
), a2 AS (
  SELECT
    placed.profile_no AS profile_no,
    placed.occurred_at AS occurred_at,
    placed.event_id AS event_id
  FROM (
    SELECT
      a0.profile_no AS profile_no,
      a0.occurred_at AS occurred_at,
      a0.event_id AS event_id,
      ROW_NUMBER() OVER (PARTITION BY a0.profile_no, a0.occurred_at ORDER BY a0.event_id) AS place
    FROM a0 AS a0
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
    CASE
      WHEN NOT n1.t1 IS NULL
      AND n1.next_at <= DATE_ADD('SECOND', CAST(? AS BIGINT), n1.t1)
      THEN n1.next_at
    END AS t2
  FROM n1 AS n1
), n2 AS (
  SELECT
    carried.profile_no AS profile_no,
    carried.no AS no,
    carried.t1 AS t1,
    carried.t2 AS t2,
    carried.next_at AS next_at
  FROM (
    SELECT
      both_.profile_no AS profile_no,
      both_.no AS no,
      both_.t1 AS t1,
      both_.t2 AS t2,
      both_.is_next AS is_next,
      MIN(both_.event_at) OVER (
        PARTITION BY both_.profile_no
        ORDER BY both_.t2 DESC, both_.is_next DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS next_at
    FROM (
      SELECT
        w2.profile_no AS profile_no,
        w2.no AS no,
        w2.t1 AS t1,
        w2.t2 AS t2,
        0 AS is_next,
        CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS event_at
      FROM w2 AS w2
      UNION ALL
      SELECT
        e3.profile_no AS profile_no,
        CAST(NULL AS BIGINT) AS "null",
        CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS "null",
        e3.occurred_at AS occurred_at,
        1 AS "1",
        e3.occurred_at AS occurred_at
      FROM e3 AS e3
    ) AS both_
  ) AS carried
  WHERE
    carried.is_next = 0
), w3 AS (
  SELECT
    n2.profile_no AS profile_no,
    n2.no AS no,
    n2.t1 AS t1,
    n2.t2 AS t2,
    CASE
      WHEN NOT n2.t2 IS NULL
      AND n2.next_at <= DATE_ADD('SECOND', CAST(? AS BIGINT), n2.t1)
      THEN n2.next_at
    END AS t3
  FROM n2 AS n2
), n3 AS (
  SELECT
    carried.profile_no AS profile_no,
    carried.no AS no,
    carried.t1 AS t1,
    carried.t2 AS t2,
    carried.t3 AS t3,
    carried.next_at AS next_at
  FROM (
    SELECT
      both_.profile_no AS profile_no,
      both_.no AS no,
      both_.t1 AS t1,
      both_.t2 AS t2,
      both_.t3 AS t3,
      both_.is_next AS is_next,
      MIN(both_.event_at) OVER (
        PARTITION BY both_.profile_no
        ORDER BY both_.t3 DESC, both_.is_next DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS next_at
    FROM (
      SELECT
        w3.profile_no AS profile_no,
        w3.no AS no,
        w3.t1 AS t1,
        w3.t2 AS t2,
        w3.t3 AS t3,
        0 AS is_next,
        CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS event_at
      FROM w3 AS w3
      UNION ALL
      SELECT
        e4.profile_no AS profile_no,
        CAST(NULL AS BIGINT) AS "null",
        CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS "null",
        CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS "null",
        e4.occurred_at AS occurred_at,
        1 AS "1",
        e4.occurred_at AS occurred_at
      FROM e4 AS e4
    ) AS both_
  ) AS carried
  WHERE
    carried.is_next = 0
), w4 AS (
  SELECT
    n3.profile_no AS profile_no,
    n3.no AS no,
    n3.t1 AS t1,
    n3.t2 AS t2,
    n3.t3 AS t3,
    CASE
      WHEN NOT n3.t3 IS NULL
      AND n3.next_at <= DATE_ADD('SECOND', CAST(? AS BIGINT), n3.t1)
      THEN n3.next_at
    END AS t4
  FROM n3 AS n3
), led AS (
  SELECT
    w4.no AS no,
    w4.t1 AS t1,
    w4.t2 AS t2,
    w4.t3 AS t3,
    w4.t4 AS t4,
    MIN(CASE WHEN NOT w4.t2 IS NULL THEN w4.no END) OVER (PARTITION BY w4.profile_no) AS f2,
    MIN(CASE WHEN NOT w4.t3 IS NULL THEN w4.no END) OVER (PARTITION BY w4.profile_no) AS f3,
    MIN(CASE WHEN NOT w4.t4 IS NULL THEN w4.no END) OVER (PARTITION BY w4.profile_no) AS f4
  FROM w4 AS w4
), waited AS (
  SELECT
    led.no AS no,
    led.t1 AS t1,
    led.t2 AS t2,
    led.t3 AS t3,
    led.t4 AS t4,
    led.f2 AS f2,
    led.f3 AS f3,
    led.f4 AS f4,
    CASE WHEN led.no = led.f2 THEN DATE_DIFF('MILLISECOND', led.t1, led.t2) END AS d2,
    CASE WHEN led.no = led.f3 THEN DATE_DIFF('MILLISECOND', led.t2, led.t3) END AS d3,
    CASE WHEN led.no = led.f4 THEN DATE_DIFF('MILLISECOND', led.t3, led.t4) END AS d4
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
    ELEMENT_AT(ARRAY_SORT(ARRAY_AGG(waited.d2)), COUNT(waited.d2) / 2 + 1) AS h2,
    COUNT(CASE WHEN waited.no = waited.f3 THEN 1 END) AS n3,
    MAX(waited.t3) AS m3,
    ELEMENT_AT(ARRAY_SORT(ARRAY_AGG(waited.d3)), (
      COUNT(waited.d3) + 1
    ) / 2) AS l3,
    ELEMENT_AT(ARRAY_SORT(ARRAY_AGG(waited.d3)), COUNT(waited.d3) / 2 + 1) AS h3,
    COUNT(CASE WHEN waited.no = waited.f4 THEN 1 END) AS n4,
    MAX(waited.t4) AS m4,
    ELEMENT_AT(ARRAY_SORT(ARRAY_AGG(waited.d4)), (
      COUNT(waited.d4) + 1
    ) / 2) AS l4,
    ELEMENT_AT(ARRAY_SORT(ARRAY_AGG(waited.d4)), COUNT(waited.d4) / 2 + 1) AS h4
  FROM waited AS waited
)
SELECT
  steps.step AS step,
  CASE steps.step
    WHEN 1
    THEN one.n1
    WHEN 2
    THEN one.n2
    WHEN 3
    THEN one.n3
    WHEN 4
    THEN one.n4
  END AS profiles,
  CASE steps.step
    WHEN 1
    THEN CAST(NULL AS BIGINT)
    WHEN 2
    THEN one.l2
    WHEN 3
    THEN one.l3
    WHEN 4
    THEN one.l4
  END AS low,
  CASE steps.step
    WHEN 1
    THEN CAST(NULL AS BIGINT)
    WHEN 2
    THEN one.h2
    WHEN 3
    THEN one.h3
    WHEN 4
    THEN one.h4
  END AS high,
  CASE steps.step
    WHEN 1
    THEN one.m1
    WHEN 2
    THEN one.m2
    WHEN 3
    THEN one.m3
    WHEN 4
    THEN one.m4
  END AS newest
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
  UNION ALL
  SELECT
    4 AS step
) AS steps
ORDER BY
  step
