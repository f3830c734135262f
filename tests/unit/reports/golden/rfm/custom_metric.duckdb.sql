WITH standing AS (
  WITH orders AS (
    WITH counted AS (
      SELECT
        found.profile_no AS profile_no,
        found.occurred_at AS occurred_at,
        found.event_id AS event_id,
        found.currency AS currency,
        CASE
          WHEN found.metric_id = CAST($standing_orders_counted_v4 AS BIGINT)
          AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
          THEN CASE
            WHEN (
              found.value
            ) * CASE found.currency
              WHEN CAST($standing_orders_counted_v5 AS TEXT)
              THEN CAST($standing_orders_counted_v6 AS DOUBLE)
              ELSE CAST(1 AS DOUBLE)
            END BETWEEN -1e12 AND 1e12
            THEN CAST(ROUND(
              (
                found.value
              ) * CASE found.currency
                WHEN CAST($standing_orders_counted_v5 AS TEXT)
                THEN CAST($standing_orders_counted_v6 AS DOUBLE)
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
          NULLIF(CAST(JSON_EXTRACT(events.properties, '/coupon') AS TEXT), 'null') AS g0_0
        FROM events_23640_24317 AS events
        WHERE
          events.metric_id IN (CAST($standing_orders_counted_v1_0 AS BIGINT))
          AND events.occurred_at >= CAST($standing_orders_counted_v2 AS TIMESTAMPTZ)
          AND events.occurred_at < CAST($standing_orders_counted_v3 AS TIMESTAMPTZ)
      ) AS found
      WHERE
        (
          found.metric_id = CAST($standing_orders_counted_v4 AS BIGINT)
          AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
        )
    )
    SELECT
      counted.profile_no AS profile_no,
      counted.event_id AS event_id,
      counted.occurred_at AS occurred_at,
      counted.units AS units,
      CASE
        WHEN NOT counted.currency IN (CAST($standing_orders_known_0 AS TEXT), CAST($standing_orders_known_1 AS TEXT))
        THEN 1
        ELSE 0
      END AS unconverted
    FROM counted AS counted
    WHERE
      counted.units > 0
  )
  SELECT
    MAX(
      CASE
        WHEN orders.occurred_at < CAST($standing_start AS TIMESTAMPTZ)
        THEN orders.occurred_at
      END
    ) AS start_last,
    COUNT(CASE WHEN orders.occurred_at < CAST($standing_start AS TIMESTAMPTZ) THEN 1 END) AS start_orders,
    CAST(SUM(
      CASE
        WHEN orders.occurred_at < CAST($standing_start AS TIMESTAMPTZ)
        THEN orders.units
        ELSE 0
      END
    ) AS BIGINT) AS start_units,
    MAX(orders.occurred_at) AS end_last,
    COUNT(*) AS end_orders,
    CAST(SUM(orders.units) AS BIGINT) AS end_units,
    MIN(orders.occurred_at) AS end_first,
    COUNT(CASE WHEN orders.unconverted = 1 THEN 1 END) AS unconverted
  FROM orders AS orders
  GROUP BY
    orders.profile_no
), start_values AS (
  SELECT
    -QUANTILE_DISC(-standing.start_units, 0.6666666666656667) AS m2,
    -QUANTILE_DISC(-standing.start_units, 0.33333333333233334) AS m3
  FROM standing AS standing
  WHERE
    standing.start_orders > 0
), end_values AS (
  SELECT
    -QUANTILE_DISC(-standing.end_units, 0.6666666666656667) AS m2,
    -QUANTILE_DISC(-standing.end_units, 0.33333333333233334) AS m3
  FROM standing AS standing
  WHERE
    standing.end_orders > 0
), start_counts AS (
  SELECT
    standing.start_orders AS orders,
    COUNT(*) AS customers
  FROM standing AS standing
  WHERE
    standing.start_orders > 0
  GROUP BY
    standing.start_orders
), end_counts AS (
  SELECT
    standing.end_orders AS orders,
    COUNT(*) AS customers
  FROM standing AS standing
  WHERE
    standing.end_orders > 0
  GROUP BY
    standing.end_orders
), start_rising AS (
  SELECT
    start_counts.orders AS orders,
    CAST(SUM(start_counts.customers) OVER (ORDER BY start_counts.orders) AS BIGINT) AS reached,
    CAST(SUM(start_counts.customers) OVER () AS BIGINT) AS n
  FROM start_counts AS start_counts
), end_rising AS (
  SELECT
    end_counts.orders AS orders,
    CAST(SUM(end_counts.customers) OVER (ORDER BY end_counts.orders) AS BIGINT) AS reached,
    CAST(SUM(end_counts.customers) OVER () AS BIGINT) AS n
  FROM end_counts AS end_counts
), start_marks AS (
  SELECT
    MAX(start_rising.n) AS n,
    MIN(
      CASE
        WHEN start_rising.reached >= CASE
          WHEN start_rising.n IS NULL
          OR start_rising.n * CAST($f2_part AS BIGINT) // NULLIF(CAST($f_of AS BIGINT), 0) + 1 IS NULL
          THEN NULL
          ELSE CASE
            WHEN start_rising.n IS NULL
            OR (
              start_rising.n * CAST($f2_part AS BIGINT) // NULLIF(CAST($f_of AS BIGINT), 0) + 1
            ) IS NULL
            THEN NULL
            ELSE LEAST(
              start_rising.n,
              start_rising.n * CAST($f2_part AS BIGINT) // NULLIF(CAST($f_of AS BIGINT), 0) + 1
            )
          END
        END
        THEN start_rising.orders
      END
    ) AS f2,
    MIN(
      CASE
        WHEN start_rising.reached >= CASE
          WHEN start_rising.n IS NULL
          OR start_rising.n * CAST($f3_part AS BIGINT) // NULLIF(CAST($f_of AS BIGINT), 0) + 1 IS NULL
          THEN NULL
          ELSE CASE
            WHEN start_rising.n IS NULL
            OR (
              start_rising.n * CAST($f3_part AS BIGINT) // NULLIF(CAST($f_of AS BIGINT), 0) + 1
            ) IS NULL
            THEN NULL
            ELSE LEAST(
              start_rising.n,
              start_rising.n * CAST($f3_part AS BIGINT) // NULLIF(CAST($f_of AS BIGINT), 0) + 1
            )
          END
        END
        THEN start_rising.orders
      END
    ) AS f3
  FROM start_rising AS start_rising
), end_marks AS (
  SELECT
    MAX(end_rising.n) AS n,
    MIN(
      CASE
        WHEN end_rising.reached >= CASE
          WHEN end_rising.n IS NULL
          OR end_rising.n * CAST($f2_part AS BIGINT) // NULLIF(CAST($f_of AS BIGINT), 0) + 1 IS NULL
          THEN NULL
          ELSE CASE
            WHEN end_rising.n IS NULL
            OR (
              end_rising.n * CAST($f2_part AS BIGINT) // NULLIF(CAST($f_of AS BIGINT), 0) + 1
            ) IS NULL
            THEN NULL
            ELSE LEAST(
              end_rising.n,
              end_rising.n * CAST($f2_part AS BIGINT) // NULLIF(CAST($f_of AS BIGINT), 0) + 1
            )
          END
        END
        THEN end_rising.orders
      END
    ) AS f2,
    MIN(
      CASE
        WHEN end_rising.reached >= CASE
          WHEN end_rising.n IS NULL
          OR end_rising.n * CAST($f3_part AS BIGINT) // NULLIF(CAST($f_of AS BIGINT), 0) + 1 IS NULL
          THEN NULL
          ELSE CASE
            WHEN end_rising.n IS NULL
            OR (
              end_rising.n * CAST($f3_part AS BIGINT) // NULLIF(CAST($f_of AS BIGINT), 0) + 1
            ) IS NULL
            THEN NULL
            ELSE LEAST(
              end_rising.n,
              end_rising.n * CAST($f3_part AS BIGINT) // NULLIF(CAST($f_of AS BIGINT), 0) + 1
            )
          END
        END
        THEN end_rising.orders
      END
    ) AS f3
  FROM end_rising AS end_rising
), start_limits AS (
  SELECT
    start_marks.n AS n,
    CASE
      WHEN CAST($f_fixed AS BOOLEAN)
      THEN CAST($f2 AS BIGINT)
      ELSE CASE
        WHEN start_marks.f2 IS NULL OR CAST($f2 AS BIGINT) IS NULL
        THEN NULL
        ELSE CASE
          WHEN start_marks.f2 IS NULL OR CAST($f2 AS BIGINT) IS NULL
          THEN NULL
          ELSE GREATEST(start_marks.f2, CAST($f2 AS BIGINT))
        END
      END
    END AS f2,
    CASE
      WHEN CAST($f_fixed AS BOOLEAN)
      THEN CAST($f3 AS BIGINT)
      ELSE CASE
        WHEN start_marks.f3 IS NULL OR CAST($f3 AS BIGINT) IS NULL
        THEN NULL
        ELSE CASE
          WHEN start_marks.f3 IS NULL OR CAST($f3 AS BIGINT) IS NULL
          THEN NULL
          ELSE GREATEST(start_marks.f3, CAST($f3 AS BIGINT))
        END
      END
    END AS f3,
    CASE
      WHEN CAST($m_fixed AS BOOLEAN)
      THEN CAST($m2 AS BIGINT)
      ELSE start_values.m2
    END AS m2,
    CASE
      WHEN CAST($m_fixed AS BOOLEAN)
      THEN CAST($m3 AS BIGINT)
      ELSE start_values.m3
    END AS m3
  FROM start_marks AS start_marks
  CROSS JOIN start_values AS start_values
), end_limits AS (
  SELECT
    end_marks.n AS n,
    CASE
      WHEN CAST($f_fixed AS BOOLEAN)
      THEN CAST($f2 AS BIGINT)
      ELSE CASE
        WHEN end_marks.f2 IS NULL OR CAST($f2 AS BIGINT) IS NULL
        THEN NULL
        ELSE CASE
          WHEN end_marks.f2 IS NULL OR CAST($f2 AS BIGINT) IS NULL
          THEN NULL
          ELSE GREATEST(end_marks.f2, CAST($f2 AS BIGINT))
        END
      END
    END AS f2,
    CASE
      WHEN CAST($f_fixed AS BOOLEAN)
      THEN CAST($f3 AS BIGINT)
      ELSE CASE
        WHEN end_marks.f3 IS NULL OR CAST($f3 AS BIGINT) IS NULL
        THEN NULL
        ELSE CASE
          WHEN end_marks.f3 IS NULL OR CAST($f3 AS BIGINT) IS NULL
          THEN NULL
          ELSE GREATEST(end_marks.f3, CAST($f3 AS BIGINT))
        END
      END
    END AS f3,
    CASE WHEN CAST($m_fixed AS BOOLEAN) THEN CAST($m2 AS BIGINT) ELSE end_values.m2 END AS m2,
    CASE WHEN CAST($m_fixed AS BOOLEAN) THEN CAST($m3 AS BIGINT) ELSE end_values.m3 END AS m3
  FROM end_marks AS end_marks
  CROSS JOIN end_values AS end_values
), aged AS (
  SELECT
    standing.start_orders AS start_orders,
    standing.start_units AS start_units,
    standing.end_orders AS end_orders,
    standing.end_units AS end_units,
    standing.end_last AS end_last,
    standing.unconverted AS unconverted,
    (
      EPOCH_US(CAST($start AS TIMESTAMPTZ)) - EPOCH_US(standing.start_last)
    ) // 86400000000 AS start_days,
    (
      EPOCH_US(CAST($end AS TIMESTAMPTZ)) - EPOCH_US(standing.end_last)
    ) // 86400000000 AS end_days
  FROM standing AS standing
), scored AS (
  SELECT
    a.start_days AS start_days,
    a.start_orders AS start_orders,
    a.start_units AS start_units,
    a.end_days AS end_days,
    a.end_orders AS end_orders,
    a.end_units AS end_units,
    a.end_last AS end_last,
    a.unconverted AS unconverted,
    CASE
      WHEN a.start_orders = 0
      THEN 0
      ELSE CASE
        WHEN a.start_days <= CAST($r3 AS BIGINT)
        THEN 300
        WHEN a.start_days <= CAST($r2 AS BIGINT)
        THEN 200
        ELSE 100
      END + CASE
        WHEN a.start_orders >= s.f3
        THEN 30
        WHEN a.start_orders >= s.f2
        THEN 20
        ELSE 10
      END + CASE WHEN a.start_units >= s.m3 THEN 3 WHEN a.start_units >= s.m2 THEN 2 ELSE 1 END
    END AS start_code,
    CASE
      WHEN a.end_orders = 0
      THEN 0
      ELSE CASE
        WHEN a.end_days <= CAST($r3 AS BIGINT)
        THEN 300
        WHEN a.end_days <= CAST($r2 AS BIGINT)
        THEN 200
        ELSE 100
      END + CASE WHEN a.end_orders >= e.f3 THEN 30 WHEN a.end_orders >= e.f2 THEN 20 ELSE 10 END + CASE WHEN a.end_units >= e.m3 THEN 3 WHEN a.end_units >= e.m2 THEN 2 ELSE 1 END
    END AS end_code
  FROM aged AS a
  CROSS JOIN start_limits AS s
  CROSS JOIN end_limits AS e
), pairs AS (
  SELECT
    scored.start_code AS start_code,
    scored.end_code AS end_code,
    COUNT(*) AS customers,
    MAX(scored.end_last) AS newest,
    CAST(SUM(scored.unconverted) AS BIGINT) AS unconverted
  FROM scored AS scored
  GROUP BY
    scored.start_code,
    scored.end_code
), names AS (
  SELECT
    codes.code AS code,
    CASE
      WHEN codes.code = 0
      THEN NULL
      WHEN codes.code IN (333, 332, 323)
      THEN 'champions'
      WHEN codes.code IN (321, 322, 331, 232, 233)
      THEN 'loyal'
      WHEN codes.code IN (312, 313, 311, 222, 223)
      THEN 'recent'
      WHEN codes.code IN (213, 221, 123, 132, 133)
      THEN 'needs_attention'
      WHEN codes.code IN (231, 212, 122, 131, 211)
      THEN 'at_risk'
      ELSE 'inactive'
    END AS name
  FROM (
    SELECT
      pairs.start_code AS code
    FROM pairs AS pairs
    UNION
    SELECT
      pairs.end_code AS end_code
    FROM pairs AS pairs
  ) AS codes
), moves AS (
  SELECT
    s.name AS origin,
    e.name AS arrival,
    CAST(SUM(p.customers) AS BIGINT) AS customers,
    MAX(p.newest) AS newest,
    CAST(SUM(p.unconverted) AS BIGINT) AS unconverted
  FROM pairs AS p
  JOIN names AS s
    ON s.code = p.start_code
  JOIN names AS e
    ON e.code = p.end_code
  GROUP BY
    s.name,
    e.name
), counted AS (
  SELECT
    'start' AS cut,
    'days' AS what,
    scored.start_code AS code,
    scored.start_days AS v,
    COUNT(*) AS customers
  FROM scored AS scored
  WHERE
    scored.start_code > 0 AND scored.end_code > 0
  GROUP BY
    scored.start_code,
    scored.start_days
  UNION ALL
  SELECT
    'start' AS start,
    'orders' AS orders,
    scored.start_code AS start_code,
    scored.start_orders AS start_orders,
    COUNT(*) AS _col_4
  FROM scored AS scored
  WHERE
    scored.start_code > 0 AND scored.end_code > 0
  GROUP BY
    scored.start_code,
    scored.start_orders
  UNION ALL
  SELECT
    'end' AS "end",
    'days' AS days,
    scored.end_code AS end_code,
    scored.end_days AS end_days,
    COUNT(*) AS _col_4
  FROM scored AS scored
  WHERE
    scored.end_code > 0
  GROUP BY
    scored.end_code,
    scored.end_days
  UNION ALL
  SELECT
    'end' AS "end",
    'orders' AS orders,
    scored.end_code AS end_code,
    scored.end_orders AS end_orders,
    COUNT(*) AS _col_4
  FROM scored AS scored
  WHERE
    scored.end_code > 0
  GROUP BY
    scored.end_code,
    scored.end_orders
), gathered AS (
  SELECT
    c.cut AS cut,
    c.what AS what,
    n.name AS name,
    c.v AS v,
    CAST(SUM(c.customers) AS BIGINT) AS customers
  FROM counted AS c
  JOIN names AS n
    ON n.code = c.code
  GROUP BY
    c.cut,
    c.what,
    n.name,
    c.v
), rising AS (
  SELECT
    gathered.cut AS cut,
    gathered.what AS what,
    gathered.name AS name,
    gathered.v AS v,
    CAST(SUM(gathered.customers) OVER (PARTITION BY gathered.cut, gathered.what, gathered.name ORDER BY gathered.v) AS BIGINT) AS reached,
    CAST(SUM(gathered.customers) OVER (PARTITION BY gathered.cut, gathered.what, gathered.name) AS BIGINT) AS n
  FROM gathered AS gathered
), middles AS (
  SELECT
    rising.cut AS cut,
    rising.what AS what,
    rising.name AS name,
    MAX(rising.n) AS n,
    MIN(CASE WHEN rising.reached >= (
      rising.n + 1
    ) // 2 THEN rising.v END) AS low,
    MIN(CASE WHEN rising.reached >= rising.n // 2 + 1 THEN rising.v END) AS high
  FROM rising AS rising
  GROUP BY
    rising.cut,
    rising.what,
    rising.name
), amounts AS (
  SELECT
    'start' AS cut,
    n.name AS name,
    QUANTILE_DISC(c.start_units, 0.499999999999) AS low,
    -QUANTILE_DISC(-c.start_units, 0.499999999999) AS high
  FROM scored AS c
  JOIN names AS n
    ON n.code = c.start_code
  WHERE
    c.start_code > 0 AND c.end_code > 0
  GROUP BY
    n.name
  UNION ALL
  SELECT
    'end' AS "end",
    n.name AS name,
    QUANTILE_DISC(c.end_units, 0.499999999999) AS _col_2,
    -QUANTILE_DISC(-c.end_units, 0.499999999999) AS _col_3
  FROM scored AS c
  JOIN names AS n
    ON n.code = c.end_code
  WHERE
    c.end_code > 0
  GROUP BY
    n.name
)
SELECT
  'move' AS section,
  CAST(NULL AS TEXT) AS cut,
  moves.origin AS origin,
  moves.arrival AS arrival,
  moves.customers AS customers,
  CAST(NULL AS BIGINT) AS days_low,
  CAST(NULL AS BIGINT) AS days_high,
  CAST(NULL AS BIGINT) AS orders_low,
  CAST(NULL AS BIGINT) AS orders_high,
  CAST(NULL AS BIGINT) AS units_low,
  CAST(NULL AS BIGINT) AS units_high,
  moves.newest AS newest,
  moves.unconverted AS unconverted
FROM moves AS moves
UNION ALL
SELECT
  'median' AS median,
  a.cut AS cut,
  a.name AS name,
  NULL AS _col_3,
  d.n AS n,
  d.low AS low,
  d.high AS high,
  o.low AS low,
  o.high AS high,
  a.low AS low,
  a.high AS high,
  NULL AS _col_11,
  NULL AS _col_12
FROM amounts AS a
JOIN middles AS d
  ON d.cut = a.cut AND d.name = a.name AND d.what = 'days'
JOIN middles AS o
  ON o.cut = a.cut AND o.name = a.name AND o.what = 'orders'
UNION ALL
SELECT
  'threshold' AS threshold,
  'start' AS start,
  NULL AS _col_2,
  NULL AS _col_3,
  start_limits.n AS n,
  NULL AS _col_5,
  NULL AS _col_6,
  start_limits.f2 AS f2,
  start_limits.f3 AS f3,
  start_limits.m2 AS m2,
  start_limits.m3 AS m3,
  NULL AS _col_11,
  NULL AS _col_12
FROM start_limits AS start_limits
WHERE
  start_limits.n > 0
UNION ALL
SELECT
  'threshold' AS threshold,
  'end' AS "end",
  NULL AS _col_2,
  NULL AS _col_3,
  end_limits.n AS n,
  NULL AS _col_5,
  NULL AS _col_6,
  end_limits.f2 AS f2,
  end_limits.f3 AS f3,
  end_limits.m2 AS m2,
  end_limits.m3 AS m3,
  NULL AS _col_11,
  NULL AS _col_12
FROM end_limits AS end_limits
WHERE
  end_limits.n > 0
UNION ALL
SELECT
  'basis' AS basis,
  'end' AS "end",
  NULL AS _col_2,
  NULL AS _col_3,
  COUNT(*) AS _col_4,
  (
    EPOCH_US(CAST($end AS TIMESTAMPTZ)) - EPOCH_US(MAX(standing.end_last))
  ) // 86400000000 AS _col_5,
  (
    EPOCH_US(CAST($end AS TIMESTAMPTZ)) - EPOCH_US(MIN(standing.end_first))
  ) // 86400000000 AS _col_6,
  NULL AS _col_7,
  COUNT(CASE WHEN standing.end_orders >= 3 THEN 1 END) AS _col_8,
  NULL AS _col_9,
  NULL AS _col_10,
  NULL AS _col_11,
  NULL AS _col_12
FROM standing AS standing
WHERE
  standing.end_orders > 0
ORDER BY
  section,
  cut,
  origin,
  arrival
