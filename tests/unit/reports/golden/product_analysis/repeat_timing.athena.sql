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
      AND events.month BETWEEN 0 AND 24318
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
), orders AS (
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
      ledger.metric_id IN (CAST(? AS BIGINT), CAST(? AS BIGINT))
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
), refunds AS (
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
), listed AS (
  SELECT
    given.profile_no AS profile_no,
    given.event_id AS event_id,
    given.occurred_at AS occurred_at,
    given.product_id AS product_id,
    given.product_name AS product_name,
    given.categories AS categories,
    given.quantity AS quantity,
    given.item_price AS item_price,
    CAST(ROUND(given.quantity * CAST(? AS DOUBLE)) AS BIGINT) AS thousandths
  FROM (
    SELECT
      order_items.profile_no AS profile_no,
      order_items.event_id AS event_id,
      order_items.occurred_at AS occurred_at,
      order_items.product_id AS product_id,
      order_items.product_name AS product_name,
      order_items.categories AS categories,
      order_items.item_price AS item_price,
      COALESCE(order_items.quantity, CAST(1 AS DOUBLE)) AS quantity
    FROM order_items AS order_items
    WHERE
      (
        order_items.metric_id IN (CAST(? AS BIGINT))
        AND order_items.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND order_items.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      )
      AND order_items.month BETWEEN 24294 AND 24318
  ) AS given
  WHERE
    given.quantity > 0
    AND given.quantity < 1e12
    AND COALESCE(given.product_id, given.product_name) <> ''
), lines AS (
  WITH of_items AS (
    WITH currencies AS (
      SELECT DISTINCT
        events.event_id AS event_id,
        events.currency AS currency
      FROM events AS events
      WHERE
        (
          events.metric_id IN (CAST(? AS BIGINT))
          AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
          AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
          AND events.currency IN (CAST(? AS VARCHAR))
        )
        AND events.month BETWEEN 24294 AND 24318
    )
    SELECT
      o.profile_no AS profile_no,
      o.event_id AS event_id,
      o.occurred_at AS occurred_at,
      i.product_id AS product_id,
      i.product_name AS product_name,
      i.categories AS categories,
      i.thousandths AS thousandths,
      CASE
        WHEN (
          i.quantity * i.item_price
        ) * CASE c.currency
          WHEN CAST(? AS VARCHAR)
          THEN CAST(? AS DOUBLE)
          ELSE CAST(1 AS DOUBLE)
        END BETWEEN -1e12 AND 1e12
        THEN CAST(ROUND(
          (
            i.quantity * i.item_price
          ) * CASE c.currency
            WHEN CAST(? AS VARCHAR)
            THEN CAST(? AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END * 10000
        ) AS BIGINT)
      END AS units
    FROM orders AS o
    JOIN listed AS i
      ON i.event_id = o.event_id
    LEFT JOIN currencies AS c
      ON c.event_id = o.event_id
    WHERE
      o.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
  ), of_events AS (
    WITH sold AS (
      WITH counted AS (
        SELECT
          events.profile_no AS profile_no,
          events.occurred_at AS occurred_at,
          events.event_id AS event_id,
          events.order_id AS order_id,
          events.product_id AS product_id,
          events.properties AS properties,
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
          AND events.month BETWEEN 24294 AND 24318
      )
      SELECT
        given.profile_no AS profile_no,
        given.order_id AS order_id,
        given.product_id AS product_id,
        given.product_name AS product_name,
        given.units AS units,
        CAST(ROUND(given.quantity * CAST(? AS DOUBLE)) AS BIGINT) AS thousandths,
        CASE
          WHEN SUBSTR(given.own, 1, 1) = '['
          THEN given.own
          WHEN NOT given.own IS NULL
          THEN '[' || given.own || ']'
        END AS categories
      FROM (
        SELECT
          counted.profile_no AS profile_no,
          counted.order_id AS order_id,
          counted.product_id AS product_id,
          counted.units AS units,
          NULLIF(
            COALESCE(
              JSON_EXTRACT_SCALAR(counted.properties, '$.ProductName'),
              JSON_EXTRACT_SCALAR(counted.properties, '$.Name')
            ),
            ''
          ) AS product_name,
          NULLIF(
            COALESCE(
              NULLIF(JSON_FORMAT(JSON_EXTRACT(counted.properties, '$.Categories')), 'null'),
              JSON_FORMAT(JSON_EXTRACT(counted.properties, '$.Collections'))
            ),
            'null'
          ) AS own,
          COALESCE(
            TRY_CAST(NULLIF(
              COALESCE(
                JSON_EXTRACT_SCALAR(counted.properties, '$.Quantity'),
                JSON_EXTRACT_SCALAR(counted.properties, '$.quantity')
              ),
              ''
            ) AS DOUBLE),
            CAST(1 AS DOUBLE)
          ) AS quantity
        FROM counted AS counted
        WHERE
          NOT counted.order_id IS NULL
      ) AS given
      WHERE
        given.quantity > 0
        AND given.quantity < 1e12
        AND COALESCE(given.product_id, given.product_name) <> ''
    )
    SELECT
      k.profile_no AS profile_no,
      k.event_id AS event_id,
      k.occurred_at AS occurred_at,
      s.product_id AS product_id,
      s.product_name AS product_name,
      s.categories AS categories,
      s.thousandths AS thousandths,
      s.units AS units
    FROM (
      SELECT
        o.profile_no AS profile_no,
        o.event_id AS event_id,
        o.occurred_at AS occurred_at,
        l.order_key AS order_key,
        ROW_NUMBER() OVER (
          PARTITION BY o.profile_no, l.order_key
          ORDER BY o.occurred_at DESC, o.event_id DESC
        ) AS newest
      FROM orders AS o
      JOIN (
        SELECT DISTINCT
          ledger.profile_no AS profile_no,
          ledger.event_id AS event_id,
          ledger.order_key AS order_key
        FROM ledger AS ledger
      ) AS l
        ON l.event_id = o.event_id AND l.profile_no = o.profile_no
      WHERE
        o.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    ) AS k
    JOIN sold AS s
      ON s.profile_no = k.profile_no AND s.order_id = k.order_key
    LEFT JOIN (
      SELECT DISTINCT
        listed.event_id AS event_id
      FROM listed AS listed
    ) AS i
      ON i.event_id = k.event_id
    WHERE
      k.newest = 1 AND i.event_id IS NULL
  )
  SELECT
    of_items.profile_no AS profile_no,
    of_items.event_id AS event_id,
    of_items.occurred_at AS occurred_at,
    of_items.product_id AS product_id,
    of_items.product_name AS product_name,
    of_items.categories AS categories,
    of_items.thousandths AS thousandths,
    of_items.units AS units
  FROM of_items AS of_items
  UNION ALL
  SELECT
    of_events.profile_no AS profile_no,
    of_events.event_id AS event_id,
    of_events.occurred_at AS occurred_at,
    of_events.product_id AS product_id,
    of_events.product_name AS product_name,
    of_events.categories AS categories,
    of_events.thousandths AS thousandths,
    of_events.units AS units
  FROM of_events AS of_events
), ids AS (
  SELECT
    SUBSTR(listed.pair, 1, STRPOS(listed.pair, CAST(? AS VARCHAR)) - 1) AS item,
    SUBSTR(listed.pair, STRPOS(listed.pair, CAST(? AS VARCHAR)) + 1) AS name
  FROM UNNEST(SPLIT(CAST(? AS VARCHAR), CAST(? AS VARCHAR))) AS listed(pair)
  WHERE
    listed.pair <> ''
), titles AS (
  SELECT
    SUBSTR(listed.pair, 1, STRPOS(listed.pair, CAST(? AS VARCHAR)) - 1) AS item,
    SUBSTR(listed.pair, STRPOS(listed.pair, CAST(? AS VARCHAR)) + 1) AS name
  FROM UNNEST(SPLIT(CAST(? AS VARCHAR), CAST(? AS VARCHAR))) AS listed(pair)
  WHERE
    listed.pair <> ''
), hidden AS (
  SELECT
    SUBSTR(listed.pair, 1, STRPOS(listed.pair, CAST(? AS VARCHAR)) - 1) AS item,
    SUBSTR(listed.pair, STRPOS(listed.pair, CAST(? AS VARCHAR)) + 1) AS name
  FROM UNNEST(SPLIT(CAST(? AS VARCHAR), CAST(? AS VARCHAR))) AS listed(pair)
  WHERE
    listed.pair <> ''
), matched AS (
  SELECT
    l.profile_no AS profile_no,
    l.event_id AS event_id,
    l.occurred_at AS occurred_at,
    l.product_name AS product_name,
    l.categories AS categories,
    l.thousandths AS thousandths,
    l.units AS units,
    COALESCE(i.item, t.item, l.product_id, l.product_name) AS item
  FROM lines AS l
  LEFT JOIN ids AS i
    ON i.name = l.product_id
  LEFT JOIN titles AS t
    ON t.name = l.product_name
), products AS (
  SELECT
    m.profile_no AS profile_no,
    m.event_id AS event_id,
    m.occurred_at AS occurred_at,
    m.product_name AS product_name,
    m.categories AS categories,
    m.thousandths AS thousandths,
    m.units AS units,
    m.item AS item
  FROM matched AS m
  LEFT JOIN hidden AS h
    ON h.item = m.item
  WHERE
    h.item IS NULL
), placed AS (
  SELECT
    products.profile_no AS profile_no,
    products.event_id AS event_id,
    products.occurred_at AS occurred_at,
    products.item AS item,
    products.product_name AS product_name,
    products.thousandths AS thousandths,
    products.units AS units
  FROM products AS products
), held AS (
  SELECT
    placed.profile_no AS profile_no,
    placed.event_id AS event_id,
    placed.occurred_at AS occurred_at,
    placed.item AS item,
    placed.product_name AS product_name
  FROM placed AS placed
), bought AS (
  SELECT DISTINCT
    held.profile_no AS profile_no,
    held.event_id AS event_id,
    held.occurred_at AS occurred_at
  FROM held AS held
  WHERE
    held.item = CAST(? AS VARCHAR)
    AND held.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    AND held.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
), moments AS (
  SELECT
    o.profile_no AS profile_no,
    o.occurred_at AS occurred_at,
    MIN(o.event_id) AS event_id
  FROM orders AS o
  JOIN (
    SELECT DISTINCT
      bought.profile_no AS profile_no
    FROM bought AS bought
  ) AS b
    ON b.profile_no = o.profile_no
  WHERE
    o.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
  GROUP BY
    o.profile_no,
    o.occurred_at
), followed AS (
  SELECT
    moments.profile_no AS profile_no,
    moments.occurred_at AS occurred_at,
    LEAD(moments.occurred_at) OVER (PARTITION BY moments.profile_no ORDER BY moments.occurred_at) AS next_at,
    LEAD(moments.event_id) OVER (PARTITION BY moments.profile_no ORDER BY moments.occurred_at) AS next_id
  FROM moments AS moments
), anchors AS (
  SELECT
    b.profile_no AS profile_no,
    b.event_id AS event_id,
    f.next_id AS next_id,
    DATE_DIFF('HOUR', b.occurred_at, f.next_at) / 24 AS days,
    ROW_NUMBER() OVER (PARTITION BY b.profile_no ORDER BY b.occurred_at, b.event_id) AS place
  FROM bought AS b
  JOIN followed AS f
    ON f.profile_no = b.profile_no AND f.occurred_at = b.occurred_at
), returned AS (
  SELECT
    anchors.days AS days
  FROM anchors AS anchors
  WHERE
    anchors.place = 1 AND NOT anchors.next_id IS NULL
)
SELECT
  'basis' AS section,
  CAST(0 AS BIGINT) AS place,
  CAST(NULL AS VARCHAR) AS item,
  (
    SELECT
      MIN(COALESCE(held.product_name, held.item)) AS _col_0
    FROM held AS held
    WHERE
      held.item = CAST(? AS VARCHAR)
  ) AS name,
  CAST(NULL AS BIGINT) AS days_low,
  CAST(NULL AS BIGINT) AS days_high,
  (
    SELECT
      COUNT(*) AS _col_0
    FROM bought AS bought
  ) AS orders,
  (
    SELECT
      COUNT(DISTINCT bought.profile_no) AS _col_0
    FROM bought AS bought
  ) AS customers,
  MIN(held.occurred_at) AS oldest,
  MAX(held.occurred_at) AS newest
FROM held AS held
UNION ALL
SELECT
  'returned' AS returned,
  0 AS "0",
  NULL AS _col_2,
  NULL AS _col_3,
  ELEMENT_AT(ARRAY_SORT(ARRAY_AGG(returned.days)), (
    COUNT(returned.days) + 1
  ) / 2) AS _col_4,
  ELEMENT_AT(ARRAY_SORT(ARRAY_AGG(returned.days)), COUNT(returned.days) * 1 / 2 + 1) AS _col_5,
  COUNT(*) AS _col_6,
  COUNT(*) AS _col_7,
  NULL AS _col_8,
  NULL AS _col_9
FROM returned AS returned
HAVING
  COUNT(*) > 0
UNION ALL
SELECT
  'day' AS day,
  returned.days AS days,
  NULL AS _col_2,
  NULL AS _col_3,
  returned.days AS days,
  returned.days AS days,
  COUNT(*) AS _col_6,
  COUNT(*) AS _col_7,
  NULL AS _col_8,
  NULL AS _col_9
FROM returned AS returned
WHERE
  returned.days <= CAST(? AS BIGINT)
GROUP BY
  returned.days
ORDER BY
  section,
  place
