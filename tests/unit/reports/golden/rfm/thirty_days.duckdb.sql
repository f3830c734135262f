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
      FROM events_0_24317 AS events
      WHERE
        events.metric_id IN (
          CAST($standing_ledger_raw_metrics_0 AS BIGINT),
          CAST($standing_ledger_raw_metrics_1 AS BIGINT),
          CAST($standing_ledger_raw_metrics_2 AS BIGINT)
        )
        AND events.occurred_at < CAST($standing_ledger_raw_cut AS TIMESTAMPTZ)
    ), rates AS (
      SELECT
        CAST($standing_ledger_rates_currency0 AS TEXT) AS currency,
        CAST($standing_ledger_rates_rate0 AS DOUBLE) AS rate
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
        WHEN e.currency <> CAST($standing_ledger_currency AS TEXT) AND r.rate IS NULL
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
        COALESCE(raw.order_id, raw.unique_id, CAST(raw.event_id AS TEXT)) AS order_key
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
        ledger.metric_id IN (CAST($standing_start_orders_orders_0 AS BIGINT))
        AND ledger.units > 0
        AND ledger.occurred_at < CAST($standing_start_orders_cut AS TIMESTAMPTZ)
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
          CAST($standing_start_orders_corrections_0 AS BIGINT),
          CAST($standing_start_orders_corrections_1 AS BIGINT)
        )
        AND ledger.occurred_at < CAST($standing_start_orders_cut AS TIMESTAMPTZ)
    ), cancellations AS (
      SELECT
        others.profile_no AS profile_no,
        others.event_id AS event_id,
        others.occurred_at AS occurred_at,
        others.order_key AS order_key,
        ABS(others.units) AS units
      FROM others AS others
      WHERE
        others.metric_id IN (CAST($standing_start_orders_cancellations_0 AS BIGINT))
    ), refunds AS (
      SELECT
        others.profile_no AS profile_no,
        others.order_key AS order_key,
        CAST(SUM(ABS(others.units)) AS BIGINT) AS units
      FROM others AS others
      WHERE
        others.metric_id IN (CAST($standing_start_orders_refunds_0 AS BIGINT))
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
        CAST(SUM(steps.step) OVER (
          PARTITION BY steps.profile_no, steps.units
          ORDER BY steps.occurred_at, steps.step DESC, steps.event_id
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS BIGINT) AS balance
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
        ledger.metric_id IN (CAST($standing_end_orders_orders_0 AS BIGINT))
        AND ledger.units > 0
        AND ledger.occurred_at < CAST($standing_end_orders_cut AS TIMESTAMPTZ)
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
          CAST($standing_end_orders_corrections_0 AS BIGINT),
          CAST($standing_end_orders_corrections_1 AS BIGINT)
        )
        AND ledger.occurred_at < CAST($standing_end_orders_cut AS TIMESTAMPTZ)
    ), cancellations AS (
      SELECT
        others.profile_no AS profile_no,
        others.event_id AS event_id,
        others.occurred_at AS occurred_at,
        others.order_key AS order_key,
        ABS(others.units) AS units
      FROM others AS others
      WHERE
        others.metric_id IN (CAST($standing_end_orders_cancellations_0 AS BIGINT))
    ), refunds AS (
      SELECT
        others.profile_no AS profile_no,
        others.order_key AS order_key,
        CAST(SUM(ABS(others.units)) AS BIGINT) AS units
      FROM others AS others
      WHERE
        others.metric_id IN (CAST($standing_end_orders_refunds_0 AS BIGINT))
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
        CAST(SUM(steps.step) OVER (
          PARTITION BY steps.profile_no, steps.units
          ORDER BY steps.occurred_at, steps.step DESC, steps.event_id
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS BIGINT) AS balance
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
        ledger.metric_id IN (CAST($standing_start_refunds_orders_0 AS BIGINT))
        AND ledger.units > 0
        AND ledger.occurred_at < CAST($standing_start_refunds_cut AS TIMESTAMPTZ)
        AND ledger.profile_no IN (
          SELECT
            ledger.profile_no AS profile_no
          FROM ledger AS ledger
          WHERE
            ledger.metric_id IN (CAST($standing_start_refunds_refunds_0 AS BIGINT))
            AND ledger.occurred_at < CAST($standing_start_refunds_cut AS TIMESTAMPTZ)
        )
    )
    SELECT
      r.profile_no AS profile_no,
      CAST(SUM(ABS(r.units)) AS BIGINT) AS units
    FROM ledger AS r
    LEFT JOIN keys AS k
      ON k.profile_no = r.profile_no AND k.order_key = r.order_key
    WHERE
      r.metric_id IN (CAST($standing_start_refunds_refunds_0 AS BIGINT))
      AND r.occurred_at < CAST($standing_start_refunds_cut AS TIMESTAMPTZ)
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
        ledger.metric_id IN (CAST($standing_end_refunds_orders_0 AS BIGINT))
        AND ledger.units > 0
        AND ledger.occurred_at < CAST($standing_end_refunds_cut AS TIMESTAMPTZ)
        AND ledger.profile_no IN (
          SELECT
            ledger.profile_no AS profile_no
          FROM ledger AS ledger
          WHERE
            ledger.metric_id IN (CAST($standing_end_refunds_refunds_0 AS BIGINT))
            AND ledger.occurred_at < CAST($standing_end_refunds_cut AS TIMESTAMPTZ)
        )
    )
    SELECT
      r.profile_no AS profile_no,
      CAST(SUM(ABS(r.units)) AS BIGINT) AS units
    FROM ledger AS r
    LEFT JOIN keys AS k
      ON k.profile_no = r.profile_no AND k.order_key = r.order_key
    WHERE
      r.metric_id IN (CAST($standing_end_refunds_refunds_0 AS BIGINT))
      AND r.occurred_at < CAST($standing_end_refunds_cut AS TIMESTAMPTZ)
      AND k.profile_no IS NULL
    GROUP BY
      r.profile_no
  ), starts AS (
    SELECT
      start_orders.profile_no AS profile_no,
      MAX(start_orders.occurred_at) AS last_at,
      COUNT(*) AS orders,
      CAST(SUM(start_orders.units) AS BIGINT) AS units
    FROM start_orders AS start_orders
    GROUP BY
      start_orders.profile_no
  ), ends AS (
    SELECT
      end_orders.profile_no AS profile_no,
      MAX(end_orders.occurred_at) AS last_at,
      COUNT(*) AS orders,
      CAST(SUM(end_orders.units) AS BIGINT) AS units,
      MIN(end_orders.occurred_at) AS first_at,
      CAST(SUM(end_orders.unconverted) AS BIGINT) AS unconverted
    FROM end_orders AS end_orders
    GROUP BY
      end_orders.profile_no
  )
  SELECT
    s.last_at AS start_last,
    COALESCE(s.orders, 0) AS start_orders,
    CASE
      WHEN COALESCE(s.units, 0) - COALESCE(r.units, 0) IS NULL OR 0 IS NULL
      THEN NULL
      ELSE CASE
        WHEN (
          COALESCE(s.units, 0) - COALESCE(r.units, 0)
        ) IS NULL OR 0 IS NULL
        THEN NULL
        ELSE GREATEST(COALESCE(s.units, 0) - COALESCE(r.units, 0), 0)
      END
    END AS start_units,
    e.last_at AS end_last,
    COALESCE(e.orders, 0) AS end_orders,
    CASE
      WHEN COALESCE(e.units, 0) - COALESCE(f.units, 0) IS NULL OR 0 IS NULL
      THEN NULL
      ELSE CASE
        WHEN (
          COALESCE(e.units, 0) - COALESCE(f.units, 0)
        ) IS NULL OR 0 IS NULL
        THEN NULL
        ELSE GREATEST(COALESCE(e.units, 0) - COALESCE(f.units, 0), 0)
      END
    END AS end_units,
    e.first_at AS end_first,
    e.unconverted AS unconverted
  FROM ends AS e
  FULL OUTER JOIN starts AS s
    ON s.profile_no = e.profile_no
  LEFT JOIN start_refunds AS r
    ON r.profile_no = s.profile_no
  LEFT JOIN end_refunds AS f
    ON f.profile_no = e.profile_no
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
