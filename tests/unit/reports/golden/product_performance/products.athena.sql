WITH placed AS (
  WITH found AS (
    WITH s0 AS (
      SELECT
        events.profile_no AS profile_no,
        events.occurred_at AS occurred_at,
        events.event_id AS event_id,
        events.product_name AS product_name,
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
            NOT events.product_name IS NULL
          )
        )
        AND events.month BETWEEN 24305 AND 24318
    ), old0 AS (
      SELECT
        events.profile_no AS profile_no,
        events.occurred_at AS occurred_at,
        events.event_id AS event_id,
        events.product_name AS product_name,
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
            events.product_name IS NULL
          )
        )
        AND events.month BETWEEN 24305 AND 24318
    )
    SELECT
      CASE s0.metric_id WHEN 4 THEN 0 WHEN 6 THEN 1 WHEN 7 THEN 2 END AS step,
      NULLIF(s0.product_name, '') AS own,
      s0.profile_no AS profile_no,
      s0.occurred_at AS occurred_at,
      s0.event_id AS event_id,
      s0.currency AS currency,
      s0.units AS units
    FROM s0 AS s0
    UNION ALL
    SELECT
      CASE old0.metric_id WHEN 4 THEN 0 WHEN 6 THEN 1 WHEN 7 THEN 2 END AS step,
      COALESCE(
        JSON_EXTRACT_SCALAR(old0.properties, '$.ProductName'),
        JSON_EXTRACT_SCALAR(old0.properties, '$.Name')
      ) AS own,
      old0.profile_no AS profile_no,
      old0.occurred_at AS occurred_at,
      old0.event_id AS event_id,
      old0.currency AS currency,
      old0.units AS units
    FROM old0 AS old0
  ), lines AS (
    SELECT
      order_items.event_id AS event_id,
      order_items.product_name AS name,
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
      AND order_items.month BETWEEN 24305 AND 24318
  ), bought AS (
    SELECT
      lines.event_id AS event_id,
      COALESCE(lines.name, '') AS name,
      SUM(lines.units) AS units
    FROM lines AS lines
    GROUP BY
      lines.event_id,
      COALESCE(lines.name, '')
  )
  SELECT
    f.step AS step,
    f.profile_no AS profile_no,
    f.occurred_at AS occurred_at,
    COALESCE(b.name, f.own, '') AS name,
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
)
SELECT
  placed.step AS step,
  placed.name AS name,
  COUNT(*) AS total,
  COUNT(DISTINCT placed.profile_no) AS uniques,
  SUM(placed.units) AS units,
  MAX(placed.occurred_at) AS newest
FROM placed AS placed
GROUP BY
  placed.step,
  placed.name
ORDER BY
  step,
  name
LIMIT 100001
