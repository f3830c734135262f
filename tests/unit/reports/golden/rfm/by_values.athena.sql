WITH standing AS (
  WITH ledger AS (
    WITH raw AS (
      SELECT
        events.metric_id AS metric_id,
        events.profile_no AS profile_no,
        events.event_id AS event_id,
        events.occurred_at AS occurred_at,
        events.value AS value,
        events.currency AS currency,
        events.order_id AS order_id,
        events.unique_id AS unique_id
      FROM events AS events
      WHERE
        (
          events.metric_id IN (
            CAST(? AS BIGINT),
            CAST(? AS BIGINT),
            CAST(? AS BIGINT)
          )
          AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        )
        AND events.month BETWEEN 0 AND 24317
    ), rates AS (
      SELECT
        CAST(? AS VARCHAR) AS currency,
        CAST(? AS DOUBLE) AS rate
    )
    SELECT
      e.metric_id AS metric_id,
      e.profile_no AS profile_no,
      e.event_id AS event_id,
      e.occurred_at AS occurred_at,
      e.order_key AS order_key,
      CASE
        WHEN e.value * COALESCE(r.rate, CAST(1 AS DOUBLE)) BETWEEN -1e12 AND 1e12
        THEN CAST(ROUND(e.value * COALESCE(r.rate, CAST(1 AS DOUBLE)) * 10000) AS BIGINT)
      END AS units,
      CASE
        WHEN e.currency <> CAST(? AS VARCHAR) AND r.rate IS NULL
        THEN 1
        ELSE 0
      END AS unconverted
    FROM (
      SELECT
        raw.metric_id AS metric_id,
        raw.profile_no AS profile_no,
        raw.event_id AS event_id,
        raw.occurred_at AS occurred_at,
        raw.value AS value,
        raw.currency AS currency,
        COALESCE(raw.order_id, raw.unique_id, CAST(raw.event_id AS VARCHAR)) AS order_key
      FROM raw AS raw
    ) AS e
    LEFT JOIN rates AS r
      ON r.currency = e.currency
  ), start_orders AS (
    WITH placed AS (
      SELECT
        ledger.metric_id AS metric_id,
        ledger.profile_no AS profile_no,
        ledger.event_id AS event_id,
        ledger.occurred_at AS occurred_at,
        ledger.order_key AS order_key,
        ledger.units AS units,
        ledger.unconverted AS unconverted
      FROM ledger AS ledger
      WHERE
        ledger.metric_id IN (CAST(? AS BIGINT))
        AND ledger.units > 0
        AND ledger.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    ), others AS (
      SELECT
        ledger.metric_id AS metric_id,
        ledger.profile_no AS profile_no,
        ledger.event_id AS event_id,
        ledger.occurred_at AS occurred_at,
        ledger.order_key AS order_key,
        ledger.units AS units,
        ledger.unconverted AS unconverted
      FROM ledger AS ledger
      WHERE
        ledger.metric_id IN (
          CAST(? AS BIGINT),
          CAST(? AS BIGINT)
        )
        AND ledger.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    ), cancellations AS (
      SELECT
        others.profile_no AS profile_no,
        others.event_id AS event_id,
        others.occurred_at AS occurred_at,
        others.order_key AS order_key,
        ABS(others.units) AS units
      FROM others AS others
      WHERE
        others.metric_id IN (CAST(? AS BIGINT))
    ), refunds AS (
      SELECT
        others.profile_no AS profile_no,
        others.order_key AS order_key,
        SUM(ABS(others.units)) AS units
      FROM others AS others
      WHERE
        others.metric_id IN (CAST(? AS BIGINT))
      GROUP BY
        others.profile_no,
        others.order_key
    ), adjusted AS (
      SELECT DISTINCT
        others.profile_no AS profile_no
      FROM others AS others
    ), untouched AS (
      SELECT
        p.profile_no AS profile_no,
        p.event_id AS event_id,
        p.occurred_at AS occurred_at,
        p.units AS units,
        p.unconverted AS unconverted
      FROM placed AS p
      LEFT JOIN adjusted AS a
        ON a.profile_no = p.profile_no
      WHERE
        a.profile_no IS NULL
    ), touched AS (
      SELECT
        p.profile_no AS profile_no,
        p.event_id AS event_id,
        p.occurred_at AS occurred_at,
        p.units AS units,
        p.unconverted AS unconverted,
        p.order_key AS order_key,
        ROW_NUMBER() OVER (
          PARTITION BY p.profile_no, p.order_key
          ORDER BY p.occurred_at DESC, p.event_id DESC
        ) AS newest
      FROM placed AS p
      JOIN adjusted AS a
        ON a.profile_no = p.profile_no
    ), keys AS (
      SELECT DISTINCT
        touched.profile_no AS profile_no,
        touched.order_key AS order_key
      FROM touched AS touched
    ), cancelled_keys AS (
      SELECT DISTINCT
        cancellations.profile_no AS profile_no,
        cancellations.order_key AS order_key
      FROM cancellations AS cancellations
    ), steps AS (
      SELECT
        t.profile_no AS profile_no,
        t.event_id AS event_id,
        t.occurred_at AS occurred_at,
        t.units AS units,
        t.unconverted AS unconverted,
        t.order_key AS order_key,
        t.newest AS newest,
        1 AS step
      FROM touched AS t
      LEFT JOIN cancelled_keys AS c
        ON c.profile_no = t.profile_no AND c.order_key = t.order_key
      WHERE
        c.profile_no IS NULL
      UNION ALL
      SELECT
        c.profile_no AS profile_no,
        c.event_id AS event_id,
        c.occurred_at AS occurred_at,
        c.units AS units,
        0 AS "0",
        c.order_key AS order_key,
        0 AS "0",
        -1 AS _col_7
      FROM cancellations AS c
      LEFT JOIN keys AS k
        ON k.profile_no = c.profile_no AND k.order_key = c.order_key
      WHERE
        k.profile_no IS NULL
    ), summed AS (
      SELECT
        steps.profile_no AS profile_no,
        steps.event_id AS event_id,
        steps.occurred_at AS occurred_at,
        steps.units AS units,
        steps.unconverted AS unconverted,
        steps.order_key AS order_key,
        steps.newest AS newest,
        steps.step AS step,
        SUM(steps.step) OVER (
          PARTITION BY steps.profile_no, steps.units
          ORDER BY steps.occurred_at, steps.step DESC, steps.event_id
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS balance
      FROM steps AS steps
    ), ahead AS (
      SELECT
        summed.profile_no AS profile_no,
        summed.event_id AS event_id,
        summed.occurred_at AS occurred_at,
        summed.units AS units,
        summed.unconverted AS unconverted,
        summed.order_key AS order_key,
        summed.newest AS newest,
        summed.step AS step,
        summed.balance AS balance,
        MIN(summed.balance) OVER (
          PARTITION BY summed.profile_no, summed.units
          ORDER BY summed.occurred_at, summed.step DESC, summed.event_id
          ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS lowest
      FROM summed AS summed
    ), netted AS (
      SELECT
        a.profile_no AS profile_no,
        a.event_id AS event_id,
        a.occurred_at AS occurred_at,
        a.unconverted AS unconverted,
        a.units - CASE WHEN a.newest = 1 THEN COALESCE(r.units, 0) ELSE 0 END AS units
      FROM ahead AS a
      LEFT JOIN refunds AS r
        ON r.profile_no = a.profile_no AND r.order_key = a.order_key
      WHERE
        a.step = 1 AND (
          a.lowest IS NULL OR a.lowest >= a.balance
        )
    )
    SELECT
      untouched.profile_no AS profile_no,
      untouched.event_id AS event_id,
      untouched.occurred_at AS occurred_at,
      untouched.units AS units,
      untouched.unconverted AS unconverted
    FROM untouched AS untouched
    UNION ALL
    SELECT
      netted.profile_no AS profile_no,
      netted.event_id AS event_id,
      netted.occurred_at AS occurred_at,
      netted.units AS units,
      netted.unconverted AS unconverted
    FROM netted AS netted
    WHERE
      netted.units > 0
  ), end_orders AS (
    WITH placed AS (
      SELECT
        ledger.metric_id AS metric_id,
        ledger.profile_no AS profile_no,
        ledger.event_id AS event_id,
        ledger.occurred_at AS occurred_at,
        ledger.order_key AS order_key,
        ledger.units AS units,
        ledger.unconverted AS unconverted
      FROM ledger AS ledger
      WHERE
        ledger.metric_id IN (CAST(? AS BIGINT))
        AND ledger.units > 0
        AND ledger.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    ), others AS (
      SELECT
        ledger.metric_id AS metric_id,
        ledger.profile_no AS profile_no,
        ledger.event_id AS event_id,
        ledger.occurred_at AS occurred_at,
        ledger.order_key AS order_key,
        ledger.units AS units,
        ledger.unconverted AS unconverted
      FROM ledger AS ledger
      WHERE
        ledger.metric_id IN (
          CAST(? AS BIGINT),
          CAST(? AS BIGINT)
        )
        AND ledger.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    ), cancellations AS (
      SELECT
        others.profile_no AS profile_no,
        others.event_id AS event_id,
        others.occurred_at AS occurred_at,
        others.order_key AS order_key,
        ABS(others.units) AS units
      FROM others AS others
      WHERE
        others.metric_id IN (CAST(? AS BIGINT))
    ), refunds AS (
      SELECT
        others.profile_no AS profile_no,
        others.order_key AS order_key,
        SUM(ABS(others.units)) AS units
      FROM others AS others
      WHERE
        others.metric_id IN (CAST(? AS BIGINT))
      GROUP BY
        others.profile_no,
        others.order_key
    ), adjusted AS (
      SELECT DISTINCT
        others.profile_no AS profile_no
      FROM others AS others
    ), untouched AS (
      SELECT
        p.profile_no AS profile_no,
        p.event_id AS event_id,
        p.occurred_at AS occurred_at,
        p.units AS units,
        p.unconverted AS unconverted
      FROM placed AS p
      LEFT JOIN adjusted AS a
        ON a.profile_no = p.profile_no
      WHERE
        a.profile_no IS NULL
    ), touched AS (
      SELECT
        p.profile_no AS profile_no,
        p.event_id AS event_id,
        p.occurred_at AS occurred_at,
        p.units AS units,
        p.unconverted AS unconverted,
        p.order_key AS order_key,
        ROW_NUMBER() OVER (
          PARTITION BY p.profile_no, p.order_key
          ORDER BY p.occurred_at DESC, p.event_id DESC
        ) AS newest
      FROM placed AS p
      JOIN adjusted AS a
        ON a.profile_no = p.profile_no
    ), keys AS (
      SELECT DISTINCT
        touched.profile_no AS profile_no,
        touched.order_key AS order_key
      FROM touched AS touched
    ), cancelled_keys AS (
      SELECT DISTINCT
        cancellations.profile_no AS profile_no,
        cancellations.order_key AS order_key
      FROM cancellations AS cancellations
    ), steps AS (
      SELECT
        t.profile_no AS profile_no,
        t.event_id AS event_id,
        t.occurred_at AS occurred_at,
        t.units AS units,
        t.unconverted AS unconverted,
        t.order_key AS order_key,
        t.newest AS newest,
        1 AS step
      FROM touched AS t
      LEFT JOIN cancelled_keys AS c
        ON c.profile_no = t.profile_no AND c.order_key = t.order_key
      WHERE
        c.profile_no IS NULL
      UNION ALL
      SELECT
        c.profile_no AS profile_no,
        c.event_id AS event_id,
        c.occurred_at AS occurred_at,
        c.units AS units,
        0 AS "0",
        c.order_key AS order_key,
        0 AS "0",
        -1 AS _col_7
      FROM cancellations AS c
      LEFT JOIN keys AS k
        ON k.profile_no = c.profile_no AND k.order_key = c.order_key
      WHERE
        k.profile_no IS NULL
    ), summed AS (
      SELECT
        steps.profile_no AS profile_no,
        steps.event_id AS event_id,
        steps.occurred_at AS occurred_at,
        steps.units AS units,
        steps.unconverted AS unconverted,
        steps.order_key AS order_key,
        steps.newest AS newest,
        steps.step AS step,
        SUM(steps.step) OVER (
          PARTITION BY steps.profile_no, steps.units
          ORDER BY steps.occurred_at, steps.step DESC, steps.event_id
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS balance
      FROM steps AS steps
    ), ahead AS (
      SELECT
        summed.profile_no AS profile_no,
        summed.event_id AS event_id,
        summed.occurred_at AS occurred_at,
        summed.units AS units,
        summed.unconverted AS unconverted,
        summed.order_key AS order_key,
        summed.newest AS newest,
        summed.step AS step,
        summed.balance AS balance,
        MIN(summed.balance) OVER (
          PARTITION BY summed.profile_no, summed.units
          ORDER BY summed.occurred_at, summed.step DESC, summed.event_id
          ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS lowest
      FROM summed AS summed
    ), netted AS (
      SELECT
        a.profile_no AS profile_no,
        a.event_id AS event_id,
        a.occurred_at AS occurred_at,
        a.unconverted AS unconverted,
        a.units - CASE WHEN a.newest = 1 THEN COALESCE(r.units, 0) ELSE 0 END AS units
      FROM ahead AS a
      LEFT JOIN refunds AS r
        ON r.profile_no = a.profile_no AND r.order_key = a.order_key
      WHERE
        a.step = 1 AND (
          a.lowest IS NULL OR a.lowest >= a.balance
        )
    )
    SELECT
      untouched.profile_no AS profile_no,
      untouched.event_id AS event_id,
      untouched.occurred_at AS occurred_at,
      untouched.units AS units,
      untouched.unconverted AS unconverted
    FROM untouched AS untouched
    UNION ALL
    SELECT
      netted.profile_no AS profile_no,
      netted.event_id AS event_id,
      netted.occurred_at AS occurred_at,
      netted.units AS units,
      netted.unconverted AS unconverted
    FROM netted AS netted
    WHERE
      netted.units > 0
  ), start_refunds AS (
    WITH keys AS (
      SELECT DISTINCT
        ledger.profile_no AS profile_no,
        ledger.order_key AS order_key
      FROM ledger AS ledger
      WHERE
        ledger.metric_id IN (CAST(? AS BIGINT))
        AND ledger.units > 0
        AND ledger.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND ledger.profile_no IN (
          SELECT
            ledger.profile_no AS profile_no
          FROM ledger AS ledger
          WHERE
            ledger.metric_id IN (CAST(? AS BIGINT))
            AND ledger.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        )
    )
    SELECT
      r.profile_no AS profile_no,
      SUM(ABS(r.units)) AS units
    FROM ledger AS r
    LEFT JOIN keys AS k
      ON k.profile_no = r.profile_no AND k.order_key = r.order_key
    WHERE
      r.metric_id IN (CAST(? AS BIGINT))
      AND r.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      AND k.profile_no IS NULL
    GROUP BY
      r.profile_no
  ), end_refunds AS (
    WITH keys AS (
      SELECT DISTINCT
        ledger.profile_no AS profile_no,
        ledger.order_key AS order_key
      FROM ledger AS ledger
      WHERE
        ledger.metric_id IN (CAST(? AS BIGINT))
        AND ledger.units > 0
        AND ledger.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND ledger.profile_no IN (
          SELECT
            ledger.profile_no AS profile_no
          FROM ledger AS ledger
          WHERE
            ledger.metric_id IN (CAST(? AS BIGINT))
            AND ledger.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        )
    )
    SELECT
      r.profile_no AS profile_no,
      SUM(ABS(r.units)) AS units
    FROM ledger AS r
    LEFT JOIN keys AS k
      ON k.profile_no = r.profile_no AND k.order_key = r.order_key
    WHERE
      r.metric_id IN (CAST(? AS BIGINT))
      AND r.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      AND k.profile_no IS NULL
    GROUP BY
      r.profile_no
  ), start_sums AS (
    SELECT
      start_orders.profile_no AS profile_no,
      MAX(start_orders.occurred_at) AS last_at,
      COUNT(*) AS orders,
      SUM(start_orders.units) AS units
    FROM start_orders AS start_orders
    GROUP BY
      start_orders.profile_no
  ), end_sums AS (
    SELECT
      end_orders.profile_no AS profile_no,
      MAX(end_orders.occurred_at) AS last_at,
      COUNT(*) AS orders,
      SUM(end_orders.units) AS units,
      SUM(end_orders.unconverted) AS unconverted
    FROM end_orders AS end_orders
    GROUP BY
      end_orders.profile_no
  )
  SELECT
    'start' AS cut,
    s.profile_no AS profile_no,
    s.last_at AS last_at,
    s.orders AS orders,
    GREATEST(s.units - COALESCE(r.units, 0), 0) AS units,
    0 AS unconverted
  FROM start_sums AS s
  LEFT JOIN start_refunds AS r
    ON r.profile_no = s.profile_no
  UNION ALL
  SELECT
    'end' AS "end",
    e.profile_no AS profile_no,
    e.last_at AS last_at,
    e.orders AS orders,
    GREATEST(e.units - COALESCE(r.units, 0), 0) AS _col_4,
    e.unconverted AS unconverted
  FROM end_sums AS e
  LEFT JOIN end_refunds AS r
    ON r.profile_no = e.profile_no
), ranked AS (
  SELECT
    standing.cut AS cut,
    standing.orders AS orders,
    standing.units AS units,
    ROW_NUMBER() OVER (PARTITION BY standing.cut ORDER BY standing.orders) AS by_orders,
    ROW_NUMBER() OVER (PARTITION BY standing.cut ORDER BY standing.units) AS by_units,
    COUNT(*) OVER (PARTITION BY standing.cut) AS n
  FROM standing AS standing
), marks AS (
  SELECT
    ranked.cut AS cut,
    MAX(ranked.n) AS n,
    MAX(
      CASE
        WHEN ranked.by_orders = LEAST(
          ranked.n,
          ranked.n * CAST(? AS BIGINT) / NULLIF(CAST(? AS BIGINT), 0) + 1
        )
        THEN ranked.orders
      END
    ) AS f2,
    MAX(
      CASE
        WHEN ranked.by_orders = LEAST(
          ranked.n,
          ranked.n * CAST(? AS BIGINT) / NULLIF(CAST(? AS BIGINT), 0) + 1
        )
        THEN ranked.orders
      END
    ) AS f3,
    MAX(
      CASE
        WHEN ranked.by_units = LEAST(
          ranked.n,
          ranked.n * CAST(? AS BIGINT) / NULLIF(CAST(? AS BIGINT), 0) + 1
        )
        THEN ranked.units
      END
    ) AS m2,
    MAX(
      CASE
        WHEN ranked.by_units = LEAST(
          ranked.n,
          ranked.n * CAST(? AS BIGINT) / NULLIF(CAST(? AS BIGINT), 0) + 1
        )
        THEN ranked.units
      END
    ) AS m3
  FROM ranked AS ranked
  GROUP BY
    ranked.cut
), thresholds AS (
  SELECT
    marks.cut AS cut,
    marks.n AS n,
    CASE
      WHEN CAST(? AS BOOLEAN)
      THEN CAST(? AS BIGINT)
      ELSE GREATEST(marks.f2, CAST(? AS BIGINT))
    END AS f2,
    CASE
      WHEN CAST(? AS BOOLEAN)
      THEN CAST(? AS BIGINT)
      ELSE GREATEST(marks.f3, CAST(? AS BIGINT))
    END AS f3,
    CASE WHEN CAST(? AS BOOLEAN) THEN CAST(? AS BIGINT) ELSE marks.m2 END AS m2,
    CASE WHEN CAST(? AS BOOLEAN) THEN CAST(? AS BIGINT) ELSE marks.m3 END AS m3
  FROM marks AS marks
), aged AS (
  SELECT
    standing.cut AS cut,
    standing.profile_no AS profile_no,
    standing.last_at AS last_at,
    standing.orders AS orders,
    standing.units AS units,
    standing.unconverted AS unconverted,
    DATE_DIFF(
      'DAY',
      standing.last_at,
      CASE
        WHEN standing.cut = 'start'
        THEN CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        ELSE CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      END
    ) AS days
  FROM standing AS standing
), scored AS (
  SELECT
    a.cut AS cut,
    a.profile_no AS profile_no,
    a.last_at AS last_at,
    a.days AS days,
    a.orders AS orders,
    a.units AS units,
    a.unconverted AS unconverted,
    CASE
      WHEN a.days <= CAST(? AS BIGINT)
      THEN 300
      WHEN a.days <= CAST(? AS BIGINT)
      THEN 200
      ELSE 100
    END + CASE WHEN a.orders >= t.f3 THEN 30 WHEN a.orders >= t.f2 THEN 20 ELSE 10 END + CASE WHEN a.units >= t.m3 THEN 3 WHEN a.units >= t.m2 THEN 2 ELSE 1 END AS code
  FROM aged AS a
  JOIN thresholds AS t
    ON t.cut = a.cut
), grouped AS (
  SELECT
    scored.cut AS cut,
    scored.profile_no AS profile_no,
    scored.last_at AS last_at,
    scored.days AS days,
    scored.orders AS orders,
    scored.units AS units,
    scored.unconverted AS unconverted,
    CASE
      WHEN scored.code IN (333, 332, 323)
      THEN 'champions'
      WHEN scored.code IN (321, 322, 331, 232, 233)
      THEN 'loyal'
      WHEN scored.code IN (312, 313, 311, 222, 223)
      THEN 'recent'
      WHEN scored.code IN (213, 221, 123, 132, 133)
      THEN 'needs_attention'
      WHEN scored.code IN (231, 212, 122, 131, 211)
      THEN 'at_risk'
      ELSE 'inactive'
    END AS name
  FROM scored AS scored
), starts AS (
  SELECT
    grouped.cut AS cut,
    grouped.profile_no AS profile_no,
    grouped.last_at AS last_at,
    grouped.days AS days,
    grouped.orders AS orders,
    grouped.units AS units,
    grouped.unconverted AS unconverted,
    grouped.name AS name
  FROM grouped AS grouped
  WHERE
    grouped.cut = 'start'
), ends AS (
  SELECT
    grouped.cut AS cut,
    grouped.profile_no AS profile_no,
    grouped.last_at AS last_at,
    grouped.days AS days,
    grouped.orders AS orders,
    grouped.units AS units,
    grouped.unconverted AS unconverted,
    grouped.name AS name
  FROM grouped AS grouped
  WHERE
    grouped.cut = 'end'
), lost AS (
  SELECT
    s.name AS name,
    COUNT(*) AS customers
  FROM starts AS s
  LEFT JOIN ends AS e
    ON e.profile_no = s.profile_no
  WHERE
    e.profile_no IS NULL
  GROUP BY
    s.name
), pairs AS (
  SELECT
    e.profile_no AS profile_no,
    s.name AS origin,
    e.name AS arrival,
    e.last_at AS last_at,
    e.unconverted AS unconverted,
    s.days AS start_days,
    s.orders AS start_orders,
    s.units AS start_units,
    e.days AS end_days,
    e.orders AS end_orders,
    e.units AS end_units
  FROM ends AS e
  LEFT JOIN starts AS s
    ON s.profile_no = e.profile_no
), members AS (
  SELECT
    'start' AS cut,
    pairs.origin AS name,
    pairs.start_days AS days,
    pairs.start_orders AS orders,
    pairs.start_units AS units
  FROM pairs AS pairs
  WHERE
    NOT pairs.origin IS NULL
  UNION ALL
  SELECT
    'end' AS "end",
    pairs.arrival AS arrival,
    pairs.end_days AS end_days,
    pairs.end_orders AS end_orders,
    pairs.end_units AS end_units
  FROM pairs AS pairs
), placed AS (
  SELECT
    members.cut AS cut,
    members.name AS name,
    members.days AS days,
    members.orders AS orders,
    members.units AS units,
    ROW_NUMBER() OVER (PARTITION BY members.cut, members.name ORDER BY members.days) AS by_days,
    ROW_NUMBER() OVER (PARTITION BY members.cut, members.name ORDER BY members.orders) AS by_orders,
    ROW_NUMBER() OVER (PARTITION BY members.cut, members.name ORDER BY members.units) AS by_units,
    COUNT(*) OVER (PARTITION BY members.cut, members.name) AS n
  FROM members AS members
)
SELECT
  'move' AS section,
  CAST(NULL AS VARCHAR) AS cut,
  pairs.origin AS origin,
  pairs.arrival AS arrival,
  COUNT(*) AS customers,
  CAST(NULL AS BIGINT) AS days_low,
  CAST(NULL AS BIGINT) AS days_high,
  CAST(NULL AS BIGINT) AS orders_low,
  CAST(NULL AS BIGINT) AS orders_high,
  CAST(NULL AS BIGINT) AS units_low,
  CAST(NULL AS BIGINT) AS units_high,
  MAX(pairs.last_at) AS newest,
  SUM(pairs.unconverted) AS unconverted
FROM pairs AS pairs
GROUP BY
  pairs.origin,
  pairs.arrival
UNION ALL
SELECT
  'move' AS move,
  NULL AS _col_1,
  lost.name AS name,
  NULL AS _col_3,
  lost.customers AS customers,
  NULL AS _col_5,
  NULL AS _col_6,
  NULL AS _col_7,
  NULL AS _col_8,
  NULL AS _col_9,
  NULL AS _col_10,
  NULL AS _col_11,
  NULL AS _col_12
FROM lost AS lost
UNION ALL
SELECT
  'median' AS median,
  placed.cut AS cut,
  placed.name AS name,
  NULL AS _col_3,
  MAX(placed.n) AS _col_4,
  MAX(CASE WHEN placed.by_days = (
    placed.n + 1
  ) / 2 THEN placed.days END) AS _col_5,
  MAX(CASE WHEN placed.by_days = placed.n / 2 + 1 THEN placed.days END) AS _col_6,
  MAX(CASE WHEN placed.by_orders = (
    placed.n + 1
  ) / 2 THEN placed.orders END) AS _col_7,
  MAX(CASE WHEN placed.by_orders = placed.n / 2 + 1 THEN placed.orders END) AS _col_8,
  MAX(CASE WHEN placed.by_units = (
    placed.n + 1
  ) / 2 THEN placed.units END) AS _col_9,
  MAX(CASE WHEN placed.by_units = placed.n / 2 + 1 THEN placed.units END) AS _col_10,
  NULL AS _col_11,
  NULL AS _col_12
FROM placed AS placed
GROUP BY
  placed.cut,
  placed.name
UNION ALL
SELECT
  'threshold' AS threshold,
  thresholds.cut AS cut,
  NULL AS _col_2,
  NULL AS _col_3,
  thresholds.n AS n,
  NULL AS _col_5,
  NULL AS _col_6,
  thresholds.f2 AS f2,
  thresholds.f3 AS f3,
  thresholds.m2 AS m2,
  thresholds.m3 AS m3,
  NULL AS _col_11,
  NULL AS _col_12
FROM thresholds AS thresholds
ORDER BY
  section,
  cut,
  origin,
  arrival
